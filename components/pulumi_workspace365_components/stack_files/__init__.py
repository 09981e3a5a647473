"""What a stack is, in files: its settings, one file per customer, one per WebSocket API. Read strictly: an error names file and field."""
