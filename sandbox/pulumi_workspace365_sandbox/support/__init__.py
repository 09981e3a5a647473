"""What the sandbox's servers and its runner share: server processes, files and texts."""
