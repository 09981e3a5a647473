"""Measures what starting a host costs, ours against the SDK's own: ``python -m tests.host.measure_start [RUNS]``.

Prints medians in milliseconds of the time until the port is printed and until a first Check is answered, and the ratio of each.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.host.conftest import LAUNCHER, struct
from tests.host.test_answers import tree

_STOCK = [sys.executable, "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"]


def start(command: list[str]) -> tuple[float, float]:
    """Milliseconds until the port and until the answer."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    with process:
        port = process.stdout.readline()
        announced = time.perf_counter()
        with grpc.insecure_channel(f"127.0.0.1:{int(port)}") as channel:
            rpc = provider_pb2_grpc.ResourceProviderStub(channel)
            rpc.Configure(provider_pb2.ConfigureRequest(), wait_for_ready=True)
            rpc.Check(provider_pb2.CheckRequest(news=struct(tree())))
        answered = time.perf_counter()
        process.kill()
    return (announced - begun) * 1000, (answered - begun) * 1000


def report(runs: int) -> Iterator[str]:
    taken: dict[str, list[tuple[float, float]]] = {"ours": [], "stock": []}
    for _ in range(runs + 1):  # the first warms the files
        taken["stock"].append(start(_STOCK))
        taken["ours"].append(start([str(LAUNCHER), "127.0.0.1:1"]))
    for index, what in enumerate(("port printed", "first Check answered")):
        ours, stock = (statistics.median(run[index] for run in taken[name][1:]) for name in ("ours", "stock"))
        yield f"{what}: ours {ours:.0f} ms, stock {stock:.0f} ms, ratio {ours / stock:.2f}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(report(int(sys.argv[1]) if len(sys.argv) > 1 else 15)) + "\n")
