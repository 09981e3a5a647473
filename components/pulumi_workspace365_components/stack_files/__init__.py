"""The files of a stack: its settings, one file per customer and one per WebSocket API. They are read strictly: an error names the file and the field."""
