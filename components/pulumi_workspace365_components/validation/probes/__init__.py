"""What opens connections. Each probe takes a check and the means to carry it out, and returns what it saw; it judges nothing."""
