"""The environment of the processes that the engine starts."""

import os
from collections.abc import Mapping

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_EVERYTHING = "*"


LOCAL_ONLY = "PULUMI_EMBEDDED_ENGINE_LOCAL_ONLY"
"""Tells programs and providers that they may connect to this machine only; those that know it keep to it."""


def child_environment(environment: Mapping[str, str] = os.environ, *, local_only: bool) -> dict[str, str]:
    """The engine's own environment, with its decision about other machines, and with this machine excepted from every proxy.

    gRPC takes `http_proxy` and its like for connections to this machine too, unless `no_proxy` excepts it: a proxy would read what
    program, providers and engine tell each other, secrets included.
    """
    result = {name: value for name, value in environment.items() if name != LOCAL_ONLY}
    if local_only:
        result[LOCAL_ONLY] = "1"
    spellings = {name: environment.get(name) for name in ("no_proxy", "NO_PROXY")}
    for name, value in spellings.items():
        result[name] = _with_loopback(next((text for text in (value, *spellings.values()) if text is not None), ""))
    if (own := environment.get("no_grpc_proxy")) is not None or _EVERYTHING in (result["no_proxy"], result["NO_PROXY"]):
        result["no_grpc_proxy"] = _with_loopback(own or "")  # it stands above no_proxy, and gRPC knows no asterisk
    return result


def _with_loopback(value: str) -> str:
    """A list of exceptions with this machine's names. An asterisk alone stays alone: others would not read it any more."""
    listed = [item for item in (part.strip() for part in value.split(",")) if item]
    if listed == [_EVERYTHING]:
        return _EVERYTHING
    return ",".join([*listed, *(name for name in _LOOPBACK if name not in listed)])
