"""What the engine asks about a resource, as calls on the Resource Manager."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.azure_native import values
from sandbox.azure_native.account import Account, ArmError
from sandbox.azure_native.definitions import DEFINITIONS, Definition, base_token


class Problem(Exception):
    """The engine asked for something that this provider does not do."""


def definition(urn: str) -> Definition:
    token = urn.split("::")[2].rpartition("$")[2]
    found = DEFINITIONS.get(base_token(token))
    if found is None:
        raise Problem(f"The local azure-native provider has no resource {token}; the real one is needed.")
    return found


def checked(urn: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs, with the name copied from the resource's own where none is given (as AutoNamer does for children)."""
    found = definition(urn)
    name = urn.rpartition("::")[2]
    return {found.own_name: olds.get(found.own_name, name)} | dict(news)


def difference(urn: str, olds: Mapping[str, Any], news: Mapping[str, Any], ignored: Iterable[str]) -> dict[str, tuple[str, bool]]:
    """By path: the kind of change, and whether it replaces."""
    parameters, left_out = set(definition(urn).parameters), set(ignored)
    found = values.differences(dict(olds), dict(news))
    return {path: (kind, path in parameters) for path, kind in found.items() if path.partition(".")[0] not in left_out}


def predicted(urn: str, inputs: Mapping[str, Any], known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Outputs during a preview; what is `known` of an existing resource and not among the inputs stays so."""
    guessed = definition(urn).predicted(inputs, values.UNKNOWN)
    return {name: value for name, value in guessed.items() if not (value == values.UNKNOWN and name in (known or {}))}


async def create(account: Account, urn: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The id is the one in the answer, and what has it is read back. Raises ArmError, Problem: for what exists already, too."""
    found = definition(urn)
    path = found.id(inputs, account.subscription_id)
    if await _response(account, found, path) is not None:
        raise Problem(f"cannot create already existing resource '{path}'")
    answered = await account.change("PUT", path, found.version, found.body(inputs))
    id_ = str(answered.get("id", path))
    return id_, await _read_back(account, found, id_, answered)


async def update(account: Account, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """A PUT to the path that the inputs make, whatever id was recorded."""
    found = definition(urn)
    path = found.id(inputs, account.subscription_id)
    answered = await account.change("PUT", path, found.version, found.body(inputs))
    return await _read_back(account, found, path, answered)


async def delete(account: Account, urn: str, id_: str) -> None:
    try:
        await account.change("DELETE", id_, definition(urn).version)
    except ArmError as error:
        if error.status != 404:
            raise


async def read(
    account: Account, urn: str, id_: str, inputs: dict[str, Any], state: dict[str, Any]
) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
    """Id, outputs and inputs as they are now; None for what is not there."""
    found = definition(urn)
    response = await _response(account, found, id_)
    if response is None:
        return None
    if not found.readable:
        return id_, state, inputs or found.parsed(id_)
    outputs = found.properties(response)
    if not inputs:
        return id_, outputs, found.inputs(id_, outputs)
    fixed = {*found.parameters, "azureApiVersion", "name", "type", *found.outputs}
    return id_, outputs, _drifted(inputs, state, outputs, fixed)


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


async def _read_back(account: Account, found: Definition, id_: str, answered: dict[str, Any]) -> dict[str, Any]:
    """The outputs after a PUT."""
    return found.properties(await _response(account, found, id_) or answered if found.readable else answered)


async def _response(account: Account, found: Definition, id_: str) -> dict[str, Any] | None:
    try:
        answer = await account.call("GET" if found.readable else "HEAD", id_, found.version)
    except ArmError as error:
        if error.status == 404:
            return None
        raise
    return dict(answer.json()) if answer.content else {}
