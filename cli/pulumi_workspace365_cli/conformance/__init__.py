"""Which readings of the documentation hold on a real instance: asked of one throw-away environment, which is removed whatever happens."""
