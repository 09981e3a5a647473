"""``make matrix``: the tests of ``make test`` on other interpreters, packages, clocks and orders, under load and without a network."""
