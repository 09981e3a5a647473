# ruff: noqa: N802, ARG002  the protocol names its methods and gives each the same arguments

"""The Engine service: where programs and providers log."""

import re
from typing import Any

import grpc
from google.protobuf import empty_pb2

from pulumi_embedded_engine.protocol import engine_pb2, engine_pb2_grpc
from pulumi_embedded_engine.report.observer import Reporter

EQUIVALENT_CLI = (3, 260, 0)
"""The version of the Pulumi CLI whose behaviour this engine has."""

_SEVERITIES = {engine_pb2.DEBUG: "debug", engine_pb2.INFO: "info", engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}
_CONDITION = re.compile(r"(>=|<=|>|<|==|=|!=|!)?\s{0,9}v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})\S{0,99}")


class EngineService(engine_pb2_grpc.EngineServicer):
    """Answers programs and providers."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._root = ""
        self.silent = False

    async def Log(self, request: engine_pb2.LogRequest, context: Any) -> empty_pb2.Empty:
        if self.silent:
            return empty_pb2.Empty()
        severity = _SEVERITIES.get(request.severity, "info")
        self._reporter.report_message(severity, request.urn, request.message, ephemeral=request.ephemeral)
        return empty_pb2.Empty()

    async def GetRootResource(
        self, request: engine_pb2.GetRootResourceRequest, context: Any
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    async def SetRootResource(
        self, request: engine_pb2.SetRootResourceRequest, context: Any
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    async def StartDebugging(self, request: Any, context: Any) -> empty_pb2.Empty:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "attaching a debugger needs the Pulumi CLI")
        raise AssertionError("abort raises")

    async def RequirePulumiVersion(
        self, request: engine_pb2.RequirePulumiVersionRequest, context: Any
    ) -> engine_pb2.RequirePulumiVersionResponse:
        version_range = request.pulumi_version_range
        if not satisfies(EQUIVALENT_CLI, version_range):
            have = ".".join(map(str, EQUIVALENT_CLI))
            message = f'Pulumi CLI version {have} does not satisfy the version range "{version_range}"'
            await context.abort(grpc.StatusCode.UNKNOWN, message)
        return engine_pb2.RequirePulumiVersionResponse()


def satisfies(version: tuple[int, int, int], version_range: str) -> bool:
    """Whether a version lies in a range: `>=3.1.0 <4.0.0 || !3.5.0`."""
    return any(
        all(_holds(version, condition) for condition in _CONDITION.finditer(alternative))
        for alternative in version_range.split("||")
    )


def _holds(version: tuple[int, int, int], condition: re.Match[str]) -> bool:
    operator, *numbers = condition.groups()
    other = tuple(map(int, numbers))
    outcomes = {">=": version >= other, "<=": version <= other, ">": version > other, "<": version < other}
    if operator in outcomes:
        return outcomes[operator]
    return version != other if operator in ("!", "!=") else version == other
