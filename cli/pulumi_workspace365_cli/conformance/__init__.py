"""Tests on a real instance which assumptions about its API hold, with one temporary environment that is always removed."""
