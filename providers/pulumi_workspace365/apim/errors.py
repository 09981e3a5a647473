"""Errors of a connectivity check at Resource Manager. A completed check of an unreachable backend is not an error here.

The tree has a separate class only if callers handle it differently::

    W365Error
    └── ArmError                  anything below; keeps code, message, target and details of Resource Manager's answer
        ├── NotSignedIn           no token was issued, or it was refused (401)
        ├── CheckUnavailable      this service, tier or login cannot run checks (a tier without them; 403)
        ├── InvalidResponse       the response is not as documented; it never counts as a success
        ├── CrossHostRedirect     the response points to another host, which must not get the token
        └── DeadlineExceeded      no result in time, or the wait was interrupted
"""

from dataclasses import dataclass

from pulumi_workspace365.errors import W365Error


@dataclass(frozen=True)
class ErrorDetail:
    """``ErrorDetail`` of Resource Manager: the details of a failure, with known secrets masked."""

    code: str = ""
    message: str = ""
    target: str = ""
    details: tuple["ErrorDetail", ...] = ()

    def __str__(self) -> str:
        start = f"{self.code}: {self.message}" if self.code and self.message else self.code or self.message
        text = f"{start} (target {self.target})" if self.target else start
        return "; ".join(part for part in (text, *map(str, self.details)) if part)


class ArmError(W365Error):
    """The check could not be run. ``detail`` is Resource Manager's error, ``status`` its HTTP status (0: no response)."""

    def __init__(self, message: str, *, status: int = 0, detail: ErrorDetail | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail or ErrorDetail()

    @property
    def code(self) -> str:
        """Resource Manager's error code, such as ``AuthorizationFailed``; empty when it gave none."""
        return self.detail.code


class NotSignedIn(ArmError):
    """There is no usable token. Nothing was checked."""


class CheckUnavailable(ArmError):
    """Checks cannot be run here: the pricing tier does not have them, or the login has no right to them (403)."""


class InvalidResponse(ArmError):
    """The answer is not what the reference documents."""


class CrossHostRedirect(ArmError):
    """The answer leads to another host. The token was not sent there."""


class DeadlineExceeded(ArmError):
    """The check did not end in time."""
