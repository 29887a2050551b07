"""Pure rules on plain values. Standard library only."""
