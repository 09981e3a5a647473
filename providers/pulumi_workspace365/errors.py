"""The errors of requests to a Workspace 365 instance.

The tree has a separate class only if callers handle it differently::

    W365Error                 anything below; its text is one line that stands alone
    ├── ConfigurationError    a setting is missing or malformed; nothing was sent
    │   └── ProxyUnusable     the proxy that the environment variables name is none that can be used
    ├── WrongInstance         the resource lives on another instance than the one configured
    ├── Refused               a rule of this project forbids it (protection, a name in use, …); nothing was sent
    ├── NotFound              the instance has no environment with that name (404)
    ├── Unauthorized          the key is wrong or the API is switched off (401, 403)
    ├── Rejected              the instance refused the request itself (400, 411 and other 4xx, redirects, HTML)
    ├── Unavailable           the request certainly did nothing: not delivered, or a read that failed
    └── Ambiguous             the request may or may not have been carried out
        └── Unnamed           a create succeeded, but the response does not contain the environment's name

Texts never hold a key, a password, a token or a value of a request body. What is chained as the cause repeats none either: where an
exception of a library quotes what was sent or received, it is left out.
"""

from typing import Any, ClassVar, TypedDict, Unpack


class About(TypedDict, total=False):
    """The request that an error is about. ``operation`` describes it in words, after "Could not …"; ``status`` is the HTTP status."""

    operation: str
    instance: str
    status: int


class W365Error(Exception):
    """The root. Hosts that know ``is_expected`` show the text alone, without a traceback.

    ``operation`` and ``instance`` are empty where no request was meant, ``status`` is None where no answer came.
    """

    is_expected: ClassVar[bool] = True

    def __init__(self, message: str, **about: Unpack[About]) -> None:
        super().__init__(message)
        self.operation = about.get("operation", "")
        self.instance = about.get("instance", "")
        self.status = about.get("status")


class ConfigurationError(W365Error):
    """A setting is missing or malformed. Nothing was sent."""


class ProxyUnusable(ConfigurationError):
    """The proxy of the environment variables cannot be used. ``proxy`` is its host and port, without a login; ``said`` is the reason."""

    def __init__(self, proxy: str, detail: str) -> None:
        super().__init__(
            f"The proxy {proxy} that HTTPS_PROXY or ALL_PROXY names cannot be used: it {detail}. Set an http:// or https:// address, or name "
            "the host in NO_PROXY."
        )
        self.proxy = proxy
        self.detail = detail


class WrongInstance(W365Error):
    """A resource of one instance was requested from another one. Nothing was sent."""


class Refused(W365Error):
    """A rule of ours forbids the operation. Nothing was sent."""


class NotFound(W365Error):
    """HTTP 404: the environment does not exist on this instance (docs/provisioning-api.md#status-codes)."""


class Unauthorized(W365Error):
    """HTTP 401 or 403: wrong key, or the API is switched off (docs/provisioning-api.md#status-codes)."""


class Rejected(W365Error):
    """The instance understood and refused. ``fields`` names the arguments it complained about."""

    def __init__(self, message: str, fields: tuple[str, ...] = (), **about: Unpack[About]) -> None:
        super().__init__(message, **about)
        self.fields = fields


class Unavailable(W365Error):
    """Nothing was changed: the request was not delivered, or it only reads. Safe to run again."""


class Ambiguous(W365Error):
    """The request may have been carried out: the answer was lost (timeout, reset, 5xx, 429). ``suspects`` names what it may have made."""

    def __init__(self, message: str, suspects: tuple[str, ...] = (), **about: Unpack[About]) -> None:
        super().__init__(message, **about)
        self.suspects = suspects


class Unnamed(Ambiguous):
    """A create succeeded, but the response contains no usable name; ``created`` is the response, with its other values."""

    def __init__(self, message: str, created: Any, **about: Unpack[About]) -> None:
        super().__init__(message, **about)
        self.created = created
