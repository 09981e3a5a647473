"""The commands, one module each. A module offers ``register(app)``, and keeps what it judges apart from what it fetches."""
