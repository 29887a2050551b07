"""The core: everything the program can do, without a screen. Imports no Qt."""
