"""Which operation a method and a raw request path name: exact paths, final slashes included, as the reference gives them."""

import re
from dataclasses import dataclass
from typing import get_args
from urllib.parse import unquote

from pulumi_workspace365_sandbox.workspace365.records import Operation

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
_NAME = "{EnvironmentName}"


@dataclass(frozen=True)
class Route:
    """A method and path; `body`: the call carries a JSON object; `versions`: allowed values of the query's `version`."""

    operation: Operation
    method: str
    path: str
    body: bool = False
    versions: tuple[str, ...] = ()
    optional_slash: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        before, _, after = self.path.partition(_NAME)
        name = "(?P<name>[^/]+)" if _NAME in self.path else ""
        return re.compile(re.escape(before) + name + re.escape(after) + ("/?" if self.optional_slash else ""))


ROUTES = (
    Route("createEnvironment", "POST", "/Provisioning/Environment/", body=True, versions=("2.0",)),
    Route("listEnvironments", "GET", "/Provisioning/Environment/"),
    Route("activateEnvironment", "PUT", f"/Provisioning/Environment/{_NAME}/Activate", optional_slash=True),
    Route("deactivateEnvironment", "PUT", f"/Provisioning/Environment/{_NAME}/Deactivate", optional_slash=True),
    Route("deleteEnvironment", "DELETE", f"/Provisioning/Environment/{_NAME}/"),
    Route("exportEnvironment", "GET", f"/Provisioning/Environment/{_NAME}/Export/"),
    Route("importEnvironment", "PUT", f"/Provisioning/Environment/{_NAME}/Import/", body=True),
    Route("setOAuth2", "PUT", f"/Provisioning/{_NAME}/SingleSignOnSettings/OAuth2/", body=True),
    Route("getLicensing", "GET", f"/Provisioning/{_NAME}/Licensing/", versions=("3.5", "4.0")),
    Route("setExchange", "PUT", f"/Provisioning/{_NAME}/ExchangeSettings/", body=True),
    Route("setSharePoint", "PUT", f"/Provisioning/{_NAME}/SharePointSettings/", body=True),
    Route("getHealth", "GET", "/api/health"),
)
_PATTERNS = tuple((route, route.pattern) for route in ROUTES)


@dataclass(frozen=True)
class Match:
    """`route` None: nothing answers this method; `allowed` then names the methods of the path, none for an unknown path."""

    route: Route | None
    name: str | None = None
    allowed: tuple[str, ...] = ()


def match(method: str, raw_path: str) -> Match:
    """Match a path as it stood on the wire: split first, decoded afterwards, so that `%2F` belongs to a name."""
    hits = [(route, hit) for route, pattern in _PATTERNS if (hit := pattern.fullmatch(raw_path))]
    try:
        names = {route.method: (route, _decoded(hit.groupdict().get("name"))) for route, hit in reversed(hits)}
    except ValueError:
        return Match(None)
    if method in names:
        return Match(*names[method])
    return Match(None, allowed=tuple(names))


def _decoded(segment: str | None) -> str | None:
    """The text of a percent-encoded path segment (UTF-8); ValueError when it is not one."""
    if segment is None:
        return None
    if re.search(r"%(?![0-9A-Fa-f]{2})", segment):
        raise ValueError("a percent sign without two hexadecimal digits")
    return unquote(segment, errors="strict")
