"""What ``w365 doctor`` looks at: on this machine, and on the way to the instance."""
