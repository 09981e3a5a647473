"""What the project costs beside what a user would pick instead, measured in one run (bench/README.md)."""
