"""The documentation, held to the code: every link leads somewhere, every code block is parsed, and what can run is run."""
