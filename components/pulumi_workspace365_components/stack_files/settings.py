"""A stack's own configuration, typed: which customers and WebSocket APIs it deploys, and whether they are protected."""

from pathlib import Path

import pulumi
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_workspace365_components.arguments import sentence

_NAME = r"^\.*[A-Za-z0-9_-][A-Za-z0-9._-]*$"
"""Of a folder: neither ``.`` nor ``..``."""


class StackSettings(BaseModel):
    """The project's own keys in ``Pulumi.<stack>.yaml``; in the project ``workspace365`` they are ``workspace365:customers`` and so on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Path
    """The folder of the program."""
    customers: str = Field(pattern=_NAME)
    """The folder below the program's ``customers/`` whose files are this stack's customers; the stack's name by default."""
    websocket_apis: str = Field(pattern=_NAME)
    """The folder below the program's ``websocket_apis/`` likewise; none is needed."""
    rings: tuple[str, ...] | None = None
    """Deploy only the customers of these rings; all when left out."""
    deletion_protection: bool = True
    """``False`` registers every environment without protection. For sandboxes only."""

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
        return f"{pulumi.get_project()}:{name}"

    @classmethod
    def read(cls, program: Path) -> "StackSettings":
        """The settings of the stack.

        Args:
            program: the folder of the program, ``Path(__file__).parent``.

        Raises:
            pulumi.RunError: a value is malformed; the message names its key.
        """
        config = pulumi.Config()
        try:
            return cls(
                program=program.absolute(),
                customers=config.get("customers") or pulumi.get_stack(),
                websocket_apis=config.get("websocketApis") or pulumi.get_stack(),
                rings=_rings(config),
                deletion_protection=config.get_bool("deletionProtection") is not False,
            )
        except ValidationError as problem:
            lines = "; ".join(cls.key(sentence(error)) for error in problem.errors())
            raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: {lines}.") from None
        except (pulumi.ConfigTypeError, ValueError) as problem:
            raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: {problem}") from None


def _rings(config: pulumi.Config) -> object:
    try:
        return config.get_object("rings")
    except pulumi.ConfigTypeError:
        raise pulumi.RunError(
            f"Pulumi.{pulumi.get_stack()}.yaml: {StackSettings.key('rings')}: it must be a list, such as [canary, broad]."
        ) from None
