"""Runs a Pulumi program without an engine and prints the inputs of its dynamic resources, with their providers, as JSON lines."""

import asyncio
import json
import runpy
import sys
from pathlib import Path

import pulumi


class _Mocks(pulumi.runtime.Mocks):
    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:  # noqa: ARG002
        return {}, []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, object]]:
        if args.typ.startswith("pulumi-python:"):
            sys.stdout.write(json.dumps({"name": args.name, "type": args.typ, "inputs": args.inputs}) + "\n")
        leaves = [{"n": 0, "on": {"branch": [0]}}, {"n": 1, "on": {"branch": [1]}}]
        return args.name, {**args.inputs, "leaves": leaves, "root": {"kind": "oak"}}


asyncio.set_event_loop(asyncio.new_event_loop())  # which the SDK's mocks expect, and Python 3.14 does not make
pulumi.runtime.set_mocks(_Mocks(), project="foreign", stack="dev", preview=False)
sys.path.insert(0, str(Path.cwd()))
pulumi.runtime.test(lambda: runpy.run_path(".", run_name="__main__") and None)()  # type: ignore[no-untyped-call]  # the SDK's
