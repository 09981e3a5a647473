"""A stack's own configuration, typed: which customers and WebSocket APIs it deploys, and whether they are protected."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from pulumi_workspace365.api import naming
from pulumi_workspace365.resource import config_keys
from pulumi_workspace365_components.error_sentences import sentence

_NAME = r"^\.*[A-Za-z0-9_-][A-Za-z0-9._-]*$"
"""Of a folder: neither ``.`` nor ``..``."""
_FEW = 10
"""Customers of which the outputs tell details by default."""
KEYS = ("customers", "websocketApis", "rings", "allowedRings", "outputs", "deletionProtection", "checks")
"""The project's own keys; ``checks`` are read by ``w365 check``."""
_PACKAGE = "workspace365"
"""The namespace of ``checks`` in any project."""


class StackSettings(BaseModel):
    """The project's own keys in ``Pulumi.<stack>.yaml``; in the project ``workspace365`` they are ``workspace365:customers`` and so on."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    program: Path
    """The folder of the program."""
    customers: str = Field(pattern=_NAME)
    """The folder below the program's ``customers/`` whose files are this stack's customers; the stack's name by default."""
    websocket_apis: str = Field(pattern=_NAME)
    """The folder below the program's ``websocket_apis/`` likewise; none is needed."""
    rings: tuple[str, ...] | None = None
    """Deploy only the customers of these rings; all when left out."""
    allowed_rings: tuple[str, ...] | None = None
    """The rings that a customer's file may name; any when left out."""
    outputs: Literal["details", "summary"] | None = None
    """``details``: the output ``environments`` tells of each customer. ``summary``: the output ``customers`` counts them by lifecycle. By
    default details of at most 10 customers."""
    deletion_protection: bool = True
    """``False`` registers every environment without protection. For sandboxes only."""

    @model_validator(mode="after")
    def _only_allowed_rings(self) -> Self:
        for ring in self.rings or ():
            if problem := self.ring_problem(ring):
                raise ValueError(f"rings: {problem}")
        return self

    def ring_problem(self, ring: str) -> str | None:
        """Why no customer may have a ring, as the end of a sentence; ``None`` if one may."""
        if self.allowed_rings is None or ring in self.allowed_rings:
            return None
        near = naming.nearest(ring, self.allowed_rings)
        allowed = ", ".join(self.allowed_rings) or "none"
        return f"{ring!r} is not an allowed ring ({allowed}){f'; the nearest is {near!r}' if near else ''}"

    def shows_details(self, customers: int) -> bool:
        """Whether the outputs of the stack tell of each customer: any change of one prints the outputs of all."""
        return self.outputs == "details" or (self.outputs is None and customers <= _FEW)

    @property
    def folder(self) -> Path:
        """Where the customers' files are."""
        return self.program / "customers" / self.customers

    @property
    def websocket_folder(self) -> Path:
        """Where the WebSocket APIs' files are, if there are any."""
        return self.program / "websocket_apis" / self.websocket_apis

    @staticmethod
    def key(name: str) -> str:
        """A setting as ``Pulumi.<stack>.yaml`` names it."""
        import pulumi  # noqa: PLC0415  files are validated without the SDK

        return f"{pulumi.get_project()}:{name}"

    @classmethod
    def read(cls, program: Path) -> "StackSettings":
        """The settings of the stack.

        Args:
            program: the folder of the program, ``Path(__file__).parent``.

        Raises:
            pulumi.RunError: a value is malformed, or nothing reads a key under ``w365:`` or ``apim:``; the message names the key.
        """
        import pulumi  # noqa: PLC0415  files are validated without the SDK

        config_keys.refuse_unknown_package_keys()
        config = pulumi.Config()
        try:
            return cls(
                program=program.absolute(),
                customers=config.get("customers") or pulumi.get_stack(),
                websocket_apis=config.get("websocketApis") or pulumi.get_stack(),
                rings=_names(config, "rings"),
                allowed_rings=_names(config, "allowedRings"),
                outputs=config.get("outputs"),
                deletion_protection=config.get_bool("deletionProtection") is not False,
            )
        except ValidationError as problem:
            lines = "; ".join(cls.key(sentence(error)) for error in problem.errors())
            raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: {lines}.") from None
        except (pulumi.ConfigTypeError, ValueError) as problem:
            raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: {problem}") from None


def refuse_unknown_keys(secrets: Iterable[str] = ()) -> None:
    """Refuse the project's own keys that nothing reads and that Pulumi.yaml does not declare.

    An encrypted value is no setting but a customer's key, and may stay when the customer's file goes.

    Args:
        secrets: the names that the customers' files read (``key_from: config:NAME``).

    Raises:
        pulumi.RunError: there are such keys.
    """
    import pulumi  # noqa: PLC0415  files are validated without the SDK
    from pulumi.runtime.config import CONFIG, is_config_secret  # noqa: PLC0415  likewise

    project = pulumi.get_project()
    encrypted = (key.partition(":")[2] for key in CONFIG.get() if key.startswith(f"{project}:") and is_config_secret(key))
    config_keys.refuse_unknown(*known_keys(project, {*secrets, *encrypted}))


def known_keys(project: str, secrets: Iterable[str]) -> tuple[dict[str, set[str]], dict[str, str]]:
    """The project's own keys that are read, by namespace; and which key is meant by one in the package's namespace.

    Args:
        project: the name of the project.
        secrets: the names of the customers' keys.
    """
    if project == _PACKAGE:
        return {project: {*KEYS, *secrets}}, {}
    own = {f"{_PACKAGE}:{name}": f"{project}:{name}" for name in KEYS if name != "checks"}
    return {project: {*KEYS, *secrets}, _PACKAGE: {"checks"}}, own


def _names(config: Any, key: str) -> object:
    import pulumi  # noqa: PLC0415  files are validated without the SDK

    try:
        return config.get_object(key)
    except pulumi.ConfigTypeError:
        raise pulumi.RunError(
            f"Pulumi.{pulumi.get_stack()}.yaml: {StackSettings.key(key)}: it must be a list, such as [canary, broad]."
        ) from None
