"""The gateway: a WebSocket listener that serves what was deployed."""
