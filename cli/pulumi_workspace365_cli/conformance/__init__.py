"""Which readings of the documentation hold on a real instance: tried on one temporary environment, which is always removed."""
