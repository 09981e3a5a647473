"""Checks bound to resources of a program."""
