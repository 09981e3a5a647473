"""A rollout: the stacks of a project updated in waves, each judged before and looked at after, on the engine that is there."""
