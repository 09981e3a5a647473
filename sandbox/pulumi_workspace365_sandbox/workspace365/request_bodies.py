"""Request bodies of the API, judged strictly: an unknown field, a wrong type or a null is a validation error."""

# ruff: noqa: N815  the names are those on the wire

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


def _uri(value: str) -> str:
    if not _URI.fullmatch(value):
        raise ValueError("is not an absolute URL")
    return value


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("is not an e-mail address")
    return value


def _guid(value: str) -> str:
    if not _GUID.fullmatch(value):
        raise ValueError("is not a GUID")
    return value


Url = Annotated[str, AfterValidator(_uri)]
Email = Annotated[str, AfterValidator(_email)]
Guid = Annotated[str, AfterValidator(_guid)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewEnvironment(Body):
    EmailAddress: Email
    EnvironmentName: Annotated[str, Field(min_length=1)]
    FirstName: str
    LastName: str


class OAuth2Settings(Body):
    Authority: Url
    ClientId: str
    Key: str


class ExchangeSettings(Body):
    ServerType: Literal["Office365", "OnPremises"]
    DefaultEwsUrl: Url = ""  # not validated when left out, and then not among the fields set


class SharePointSettings(Body):
    DefaultUrl: Url = ""
    AuthenticationType: Literal["Online", "ActiveDirectoryFederationServices", "OAuth2"]


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _Info(_Open):
    hostingInstanceId: Guid = ""
    version: int = 1
    exportDateTime: str = ""


class _Position(_Open):
    column: int = 0
    row: int = 0


class _Dimension(_Open):
    columnSpan: int = 1
    rowSpan: int = 1


class _Tile(_Open):
    installedAppId: int = 0
    name: str | None = None
    position: _Position = _Position()
    dimension: _Dimension = _Dimension()


class _TileGroup(_Open):
    name: str | None = None
    type: int = 0
    order: int = 0
    isNewTilesTarget: bool = False
    tiles: list[_Tile] = []


class _App(_Open):
    id: int = 0
    appId: int = 0
    everyoneHasAccess: bool = False


class EnvironmentConfiguration(_Open):
    """Known from one example only: what it shows is checked, every other key is kept as it came."""

    exportImportInfo: _Info = _Info()
    appImages: list[Any] = []
    tileGroups: list[_TileGroup] = []
    apps: list[_App] = []
