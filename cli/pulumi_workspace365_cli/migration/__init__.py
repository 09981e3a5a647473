"""Rewrites a stack's state from the dynamic resources of Python to those of the package, and back."""
