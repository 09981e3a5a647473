"""The life cycle of an environment: create, complete, read and delete, and the write-ahead log of creates."""
