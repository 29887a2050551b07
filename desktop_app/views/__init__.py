"""The only package that draws."""
