"""The commands, one module each. A module has ``register(app)``, and separates fetching from evaluating."""
