"""The provider process: says its port in one JSON line, and ends with its parent."""

import argparse
import errno
import os

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_workspace365_sandbox.azure_native.arm_client import ArmClient
from pulumi_workspace365_sandbox.azure_native.server import AzureNativeProvider
from pulumi_workspace365_sandbox.management.http import HOST
from pulumi_workspace365_sandbox.support import processes

_LARGEST = 400 * 1024 * 1024  # the engines' own limit


async def _serve(options: argparse.Namespace) -> None:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", _LARGEST), ("grpc.so_reuseport", 0)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(AzureNativeProvider(ArmClient.from_variables(os.environ)), server)
    try:
        bound = server.add_insecure_port(f"{HOST}:{options.port}")
    except RuntimeError as error:  # which does not say why
        raise OSError(errno.EADDRINUSE, f"address already in use: {HOST}:{options.port}") from error
    await server.start()
    processes.announce({"port": bound})
    await processes.wait_for_parent_exit()
    await server.stop(grace=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    processes.serve(parser, _serve)


if __name__ == "__main__":
    main()
