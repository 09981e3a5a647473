"""As many resources as the other programs declare, wired in the same way, that do nothing."""

import os

from trivial import Trivial

for number in range(int(os.environ["BENCH_COUNT"])):
    name = f"customer-{number:04}"
    environment = Trivial(name, name)
    for kind in ("sign-on", "exchange", "sharepoint"):
        Trivial(f"{name}-{kind}", environment.value)
