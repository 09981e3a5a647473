"""`w365 validate`: what is wrong with the files of a project, found without a stack, a key or a network."""
