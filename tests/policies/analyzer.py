"""The policy pack as the engine runs it: a process that is asked over gRPC."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from pulumi_workspace365_policies import pack

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""A text that a preview does not know, as the engine sends it."""
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


@dataclass(frozen=True)
class Declared:
    """A resource of a program."""

    type: str
    name: str
    properties: Mapping[str, Any]
    protect: bool = False
    parent: str = STACK
    dependencies: tuple[str, ...] = ()
    stack: str = "dev"

    @property
    def urn(self) -> str:
        return f"urn:pulumi:{self.stack}::shop::{self.type}::{self.name}"

    def message(self, kind: Any) -> Any:
        return kind(
            type=self.type,
            name=self.name,
            urn=self.urn,
            properties=json_format.ParseDict(dict(self.properties), struct_pb2.Struct()),
            options=analyzer_pb2.AnalyzerResourceOptions(protect=self.protect, parent=self.parent),
        )


@dataclass(frozen=True)
class Violation:
    """What a policy reported."""

    policy: str
    urn: str
    message: str
    level: int


class Analyzer:
    """The process, and what it is asked."""

    def __init__(self, stub: analyzer_pb2_grpc.AnalyzerStub) -> None:
        self._stub = stub

    def configure(self, **policies: Mapping[str, Any]) -> None:
        """Configure policies, by their names with underscores; ``level`` is that of enforcement. Others are as they were at first."""
        levels = {item.name: item.enforcementLevel for item in self.info().policies}
        given = {name.replace("_", "-"): dict(settings) for name, settings in policies.items()}
        config = {
            name: analyzer_pb2.PolicyConfig(
                enforcementLevel=given.get(name, {}).pop("level", level),
                properties=json_format.ParseDict(given.get(name, {}), struct_pb2.Struct()),
            )
            for name, level in levels.items()
        }
        self._stub.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config))

    def info(self) -> analyzer_pb2.AnalyzerInfo:
        found: analyzer_pb2.AnalyzerInfo = self._stub.GetAnalyzerInfo(empty_pb2.Empty())
        return found

    def judge(self, *resources: Declared) -> list[Violation]:
        """What the policies say of each resource, then of all as a stack."""
        answers = [self._stub.Analyze(one.message(analyzer_pb2.AnalyzeRequest)) for one in resources]
        messages = []
        for one in (Declared("pulumi:pulumi:Stack", "shop-dev", {}, parent=""), *resources):
            message = one.message(analyzer_pb2.AnalyzerResource)
            message.parent = one.parent
            message.dependencies.extend(one.dependencies)
            messages.append(message)
        answers.append(self._stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=messages)))
        return [
            Violation(item.policyName, item.urn, item.message, item.enforcementLevel)
            for answer in answers
            for item in answer.diagnostics
        ]

    def broken(self, *resources: Declared) -> list[str]:
        """The policies that report something."""
        return sorted(one.policy for one in self.judge(*resources))


@contextmanager
def running(**environment: str) -> Iterator[Analyzer]:
    """The pack in a process of its own."""
    settings = {"PULUMI_PROJECT": "shop", "PULUMI_STACK": "dev", "PULUMI_DRY_RUN": "true"} | environment
    command = [sys.executable, "-u", str(pack.FOLDER)]
    with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Analyzer(analyzer_pb2_grpc.AnalyzerStub(channel))
        finally:
            process.kill()
