"""What the engine asks about a resource, as calls on the Resource Manager."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_sandbox.azure_native import check_rules, values
from pulumi_workspace365_sandbox.azure_native.arm_client import ArmClient, ArmError, OperationFailed
from pulumi_workspace365_sandbox.azure_native.resource_definitions import (
    CREATE_BEFORE_DELETE,
    DEFINITIONS,
    Definition,
    base_token,
)

_SUFFIX = 8
_VERSION = "azureApiVersion"


class UnsupportedRequest(Exception):
    """The engine asked for something that this provider does not do."""


class Unfinished(Exception):
    """The service took a change and did not carry it out to its end; the resource is recorded as it is now.

    `outputs`: None where it cannot be read.
    """

    def __init__(self, reason: str, id_: str, outputs: dict[str, Any] | None) -> None:
        super().__init__(reason)
        self.id, self.outputs = id_, outputs


@dataclass(frozen=True)
class Checked:
    """Inputs with what the provider adds, and what is wrong with them."""

    inputs: dict[str, Any]
    failures: list[str]


def token_of(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def definition(urn: str) -> Definition:
    resource_definition = DEFINITIONS.get(base_token(token_of(urn)))
    if resource_definition is None:
        raise UnsupportedRequest(f"The local azure-native provider has no resource {token_of(urn)}; the real one is needed.")
    return resource_definition


def check(urn: str, olds: Mapping[str, Any], news: Mapping[str, Any], seed: bytes) -> Checked:
    """The inputs, with the version of the API, and a name where none is given: the resource's own, at the top with a random suffix."""
    resource_definition = definition(urn)
    inputs = {_VERSION: resource_definition.version} | dict(news)
    if resource_definition.own_name not in inputs:
        inputs |= _named(resource_definition, urn.rpartition("::")[2], olds, seed)
    return Checked(inputs, list(check_rules.validate(base_token(token_of(urn)), resource_definition.path_rules, inputs)))


def _named(resource_definition: Definition, name: str, olds: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
    if resource_definition.own_name in olds:
        return {key: olds[key] for key in (resource_definition.own_name, CREATE_BEFORE_DELETE) if key in olds}
    if not resource_definition.top:
        return {resource_definition.own_name: name}
    suffix = hashlib.sha256(seed).hexdigest()[:_SUFFIX] if seed else secrets.token_hex(_SUFFIX // 2)
    return {resource_definition.own_name: name + suffix, CREATE_BEFORE_DELETE: True}


@dataclass(frozen=True)
class DiffResult:
    """By path: the kind of change, and whether it replaces. `deletes_first`: the old one goes before the new one comes."""

    paths: dict[str, tuple[str, bool]]
    deletes_first: bool

    @property
    def replaces(self) -> list[str]:
        return [path for path, (_, replaces) in self.paths.items() if replaces]


def diff(
    urn: str, olds: Mapping[str, Any], state: Mapping[str, Any], news: Mapping[str, Any], ignored: Iterable[str]
) -> DiffResult:
    """`state`: the old outputs; an older provider kept the version of the API there alone."""
    parameters, left_out = set(definition(urn).parameters), set(ignored)
    before = {key: state[key] for key in (_VERSION,) if key in state and key in news} | dict(olds)
    differences = values.differences(before, dict(news))
    paths = {path: (kind, path in parameters) for path, kind in differences.items() if path.partition(".")[0] not in left_out}
    replaces = any(replaces for _, replaces in paths.values())
    return DiffResult(paths, replaces and not before.get(CREATE_BEFORE_DELETE))


def predicted(urn: str, inputs: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Outputs during a preview; of an existing resource the name and the location stay as they are `state`."""
    stable = {name: value for name, value in (state or {}).items() if name in {"name", "location"}}
    return definition(urn).predicted(inputs, values.UNKNOWN) | stable


async def create(client: ArmClient, urn: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The id is the one in the answer, and what has it is read back.

    Raises:
        UnsupportedRequest: it exists.
        ArmError: the service refused.
        Unfinished: it accepted, and failed.
    """
    resource_definition = definition(urn)
    path = resource_definition.id(inputs, client.subscription_id)
    await _must_be_new(client, resource_definition, path)
    response = await _put(client, resource_definition, path, inputs)
    id_ = str(response.get("id", path))
    return id_, await _read_back(client, resource_definition, id_, response)


async def update(client: ArmClient, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """A PUT to the path that the inputs make, whatever id was recorded. Raises ArmError, Unfinished."""
    resource_definition = definition(urn)
    path = resource_definition.id(inputs, client.subscription_id)
    return await _read_back(client, resource_definition, path, await _put(client, resource_definition, path, inputs))


async def delete(client: ArmClient, urn: str, id_: str) -> None:
    resource_definition = definition(urn)
    try:
        await client.change("DELETE", id_, resource_definition.version, long="DELETE" in resource_definition.long)
    except ArmError as error:
        if error.status != 404:
            raise


async def read(
    client: ArmClient, urn: str, id_: str, inputs: dict[str, Any], state: dict[str, Any]
) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
    """Id, outputs and inputs as they are now; None for what is not there."""
    resource_definition = definition(urn)
    try:
        outputs = await _read(client, resource_definition, id_)
    except ArmError as error:
        if error.status == 404:
            return None
        raise
    if not resource_definition.readable:
        return id_, state or outputs, inputs or resource_definition.parse_id(id_)
    if not inputs:
        return id_, outputs, resource_definition.inputs(id_, outputs)
    if _VERSION not in inputs:
        outputs = _as_earlier(state, outputs)
    fixed = {
        *resource_definition.parameters,
        _VERSION,
        "id",
        "name",
        "type",
        *resource_definition.outputs,
        *resource_definition.unreadable,
    }
    return id_, outputs, _drifted(inputs, state, outputs, fixed)


def _as_earlier(state: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    """Outputs in the form of an earlier version of this provider, so that stacks which it deployed show no change."""
    earlier = {name: state[name] for name in ("apiType",) if name in state}
    return {name: value for name, value in outputs.items() if name != "id" or name in state} | earlier


def _drifted(inputs: dict[str, Any], old: dict[str, Any], new: dict[str, Any], fixed: set[str]) -> dict[str, Any]:
    """The old inputs, changed where the outputs changed: what the service made of them the first time is no drift."""
    result = dict(inputs)
    for name in (old.keys() | new.keys()) - fixed:
        if old.get(name) != new.get(name):
            if name in new:
                result[name] = new[name]
            else:
                result.pop(name, None)
    return result


async def _must_be_new(client: ArmClient, resource_definition: Definition, path: str) -> None:
    """Raises UnsupportedRequest. Of what has no GET, only 204 says that it is there: an existing one that answers 200 is taken over."""
    answer = await client.ask("GET" if resource_definition.readable else "HEAD", path, resource_definition.version)
    there = answer.status_code == 200 and bool(answer.content) if resource_definition.readable else answer.status_code == 204
    if there:
        raise UnsupportedRequest(f"cannot create already existing resource '{path}'")
    if answer.status_code not in {200, 204, 404}:
        problem = f"status code {answer.status_code}, {answer.text}"
        raise UnsupportedRequest(f"cannot check existence of resource '{path}': {problem}")


async def _put(client: ArmClient, resource_definition: Definition, path: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return await client.change(
            "PUT", path, resource_definition.version, resource_definition.body(inputs), long="PUT" in resource_definition.long
        )
    except OperationFailed as failed:
        try:
            outputs = await _read(client, resource_definition, path)
        except ArmError as unread:
            raise Unfinished(f"resource created but read failed {unread}: {failed}", path, None) from failed
        raise Unfinished(str(failed), path, outputs) from failed


async def _read_back(client: ArmClient, resource_definition: Definition, id_: str, response: dict[str, Any]) -> dict[str, Any]:
    """The outputs after a PUT; those of its answer where they cannot be read."""
    try:
        return await _read(client, resource_definition, id_)
    except ArmError:
        return resource_definition.properties(response)


async def _read(client: ArmClient, resource_definition: Definition, id_: str) -> dict[str, Any]:
    """The outputs; only the version where the resource has no GET. Raises ArmError."""
    if not resource_definition.readable:
        await client.call("HEAD", id_, resource_definition.version)
        return {_VERSION: resource_definition.version}
    return resource_definition.properties((await client.call("GET", id_, resource_definition.version)).json())
