"""The functions of the package. They ask the instance of the provider's configuration, in previews too, and so need its key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from pulumi_workspace365.api.client import Client
from pulumi_workspace365.api.models import EnvironmentEntry, Health, Licensing
from pulumi_workspace365_components.package.type_specs import NAME

_VERSIONS = ("4.0", "3.5")


@dataclass(frozen=True)
class Argument:
    """A text that a function takes; required, if it has no default."""

    description: str
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """A value that a function returns, beside those of its model."""

    annotation: Any
    description: str
    secret: bool = False


@dataclass(frozen=True)
class Function:
    """A function.

    Args:
        description: in Markdown.
        call: asks the instance; returns the results by their Python names.
        arguments: by name.
        results: by their Python names.
        model: what it returns besides.
    """

    description: str
    call: Callable[[Client, Mapping[str, str]], Mapping[str, Any]]
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)
    model: type[BaseModel] | None = None

    def problems(self, given: Mapping[str, Any]) -> list[str]:
        """What is wrong with arguments, a sentence each."""
        reasons = [f"{name}: there is no such argument" for name in given if name not in self.arguments]
        for name, argument in self.arguments.items():
            value = given.get(name, argument.default)
            if value is None or value == "":
                reasons.append(f"{name}: it is required")
            elif not isinstance(value, str) or (argument.choices and value not in argument.choices):
                reasons.append(f"{name}: it must be {' or '.join(argument.choices) or 'a text'}")
        return reasons


_NAME = Argument("The server's name of the environment.")


def _environments(client: Client, _: Mapping[str, str]) -> dict[str, Any]:
    return {"environments": [entry.model_dump(mode="json") for entry in client.list_environments()]}


def _licensing(client: Client, given: Mapping[str, str]) -> dict[str, Any]:
    version: Any = given["version"]
    return client.get_licensing(given["name"], version).model_dump(mode="json")


def _health(client: Client, _: Mapping[str, str]) -> dict[str, Any]:
    health = client.get_health()
    return {**health.model_dump(mode="json"), "is_healthy": health.is_healthy}


def _export(client: Client, given: Mapping[str, str]) -> dict[str, Any]:
    return {"configuration": client.export_environment(given["name"])}


FUNCTIONS = {
    f"{NAME}:index:getEnvironments": Function(
        "All environments of the instance.",
        _environments,
        results={"environments": Result(list[EnvironmentEntry], "The environments, as the instance lists them.")},
    ),
    f"{NAME}:index:getLicensing": Function(
        "Licence and module counts of one environment.",
        _licensing,
        {
            "name": _NAME,
            "version": Argument(
                "The version of the API: `3.5` returns the former licences too. Default: `4.0`.", "4.0", _VERSIONS
            ),
        },
        model=Licensing,
    ),
    f"{NAME}:index:getHealth": Function(
        "The instance's health, as one of its web servers sees it. An unhealthy instance is no error.",
        _health,
        results={"is_healthy": Result(bool, "Whether the instance and each of its components are healthy.")},
        model=Health,
    ),
    f"{NAME}:index:exportEnvironment": Function(
        "The configuration of an environment, which a `Template` can import. It may be confidential, and so is secret.",
        _export,
        {"name": _NAME},
        {"configuration": Result(Any, "The configuration.", secret=True)},
    ),
}
"""By token."""
