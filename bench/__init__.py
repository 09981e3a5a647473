"""The time that this project takes, compared with its alternatives in one run (bench/README.md)."""
