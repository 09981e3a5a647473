"""The life of an environment: create, complete, read and delete it, and what is remembered meanwhile."""
