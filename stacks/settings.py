"""The stack's own configuration, typed: which customers and WebSocket APIs it deploys, and how carefully."""

from pathlib import Path

import pulumi
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_workspace365_components.arguments import sentence


class Settings(BaseModel):
    """The ``workspace365:`` keys of ``Pulumi.<stack>.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customers: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    """The folder below ``stacks/customers/`` whose files are this stack's customers; the stack's name by default."""
    websocket_apis: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    """The folder below ``stacks/websocket_apis/`` likewise; none is needed."""
    rings: tuple[str, ...] | None = None
    """Deploy only the customers of these rings; all when left out."""
    deletion_protection: bool = True
    """``False`` registers every environment without protection. For sandboxes only."""

    @property
    def folder(self) -> Path:
        """Where the customers' files are."""
        return Path(__file__).parent / "customers" / self.customers

    @property
    def websocket_folder(self) -> Path:
        """Where the WebSocket APIs' files are, if there are any."""
        return Path(__file__).parent / "websocket_apis" / self.websocket_apis

    @classmethod
    def read(cls) -> "Settings":
        """The stack's settings.

        Raises:
            pulumi.RunError: a value is malformed; the message names its key.
        """
        config = pulumi.Config()
        try:
            return cls(
                customers=config.get("customers") or pulumi.get_stack(),
                websocket_apis=config.get("websocketApis") or pulumi.get_stack(),
                rings=_rings(config),
                deletion_protection=config.get_bool("deletionProtection") is not False,
            )
        except ValidationError as problem:
            lines = "; ".join(f"workspace365:{sentence(error)}" for error in problem.errors())
            raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: {lines}.") from None
        except (pulumi.ConfigTypeError, ValueError) as problem:
            raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: {problem}") from None


def _rings(config: pulumi.Config) -> object:
    try:
        return config.get_object("rings")
    except pulumi.ConfigTypeError:
        raise pulumi.RunError(
            f"Pulumi.{pulumi.get_stack()}.yaml: workspace365:rings: it must be a list, such as [canary, broad]."
        ) from None
