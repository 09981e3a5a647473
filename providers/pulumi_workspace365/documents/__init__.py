"""Documents that people and other programs write: files, JSON and YAML, read strictly."""
