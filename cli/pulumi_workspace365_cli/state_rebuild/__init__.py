"""Makes the lost state of a stack again, from its program and the list of its instance."""
