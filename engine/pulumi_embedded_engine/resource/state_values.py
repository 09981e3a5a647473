"""Property values in state: a deployment's JSON, secrets encrypted (Pulumi's pkg/resource/stack/deployment.go)."""

import json
import math
import struct as binary
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import StateError
from pulumi_embedded_engine.resource.signatures import (
    FLOAT,
    SECRET,
    SIGNATURE,
    UNKNOWN_TEXT,
    byte_string,
    decode,
    signed_file,
    signed_resource,
)
from pulumi_embedded_engine.resource.values import (
    UNKNOWN,
    OutputValue,
    Properties,
    ResourceReference,
    Secret,
    Value,
    lower_outputs,
)

Crypt = Callable[[str], str]
_EXACT_INTEGERS = 1e21  # below this the format writes whole numbers without an exponent


def to_state(values: Mapping[str, Value], encrypt: Crypt | None) -> dict[str, Any]:
    """The properties as a deployment's JSON.

    Args:
        values: the properties.
        encrypt: turns the JSON text of a secret into its ciphertext; None writes secrets in clear, as
            ``pulumi stack export --show-secrets`` does.
    """
    return {key: _to_state(value, encrypt) for key, value in values.items()}


def _to_state(value: Any, encrypt: Crypt | None) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else byte_string(value)
    if isinstance(value, dict):
        return to_state(value, encrypt)
    if isinstance(value, list):
        return [_to_state(item, encrypt) for item in value]
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Secret):
        return _state_secret(value, encrypt)
    if isinstance(value, OutputValue):
        return _to_state(lower_outputs(value), encrypt)
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, ResourceReference):
        return signed_resource(value, on_wire=False)
    return signed_file(value)


def _number(value: float) -> Any:
    if not math.isfinite(value):
        return {SIGNATURE: FLOAT, "value": binary.pack(">d", value).hex()}
    return int(value) if value.is_integer() and abs(value) < _EXACT_INTEGERS else value


def _state_secret(secret: Secret, encrypt: Crypt | None) -> dict[str, str]:
    inner_encrypt = None if encrypt is None else str  # a secret within a secret keeps its mark, but is encrypted once
    plaintext = json.dumps(_to_state(secret.value, inner_encrypt), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    form = {"plaintext": plaintext} if encrypt is None else {"ciphertext": encrypt(plaintext)}
    return {SIGNATURE: SECRET} | form


def from_state(values: Mapping[str, Any], decrypt: Crypt) -> Properties:
    """The properties of a deployment's JSON.

    Raises:
        StateError: the JSON is not what a deployment holds.
        SecretsError: ``decrypt`` refused a ciphertext.
    """
    return {key: _property(key, value, decrypt) for key, value in values.items()}


def _property(key: str, value: Any, decrypt: Crypt) -> Value:
    try:
        return _from_state(value, decrypt)
    except ValueError as error:
        raise StateError(f"the deployment holds a malformed property, {key}: {error}") from error


def _from_state(value: Any, decrypt: Crypt) -> Value:
    if isinstance(value, str):
        return UNKNOWN if value == UNKNOWN_TEXT else value
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return _secret_of_state(value, decrypt)
        return decode({key: _from_state(item, decrypt) for key, item in value.items()})
    if isinstance(value, list):
        return [_from_state(item, decrypt) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value  # type: ignore[no-any-return]  # None, bool or float


def _secret_of_state(fields: Mapping[str, Any], decrypt: Crypt) -> Secret:
    ciphertext, plaintext = fields.get("ciphertext"), fields.get("plaintext")
    if isinstance(plaintext, str) and ciphertext is None:
        return Secret(_from_state(_json(plaintext), str))
    if isinstance(ciphertext, str) and plaintext is None:
        return Secret(_from_state(_json(decrypt(ciphertext)), str))
    raise ValueError("a secret has neither a ciphertext nor a plaintext, or both")


def _json(plaintext: str) -> Any:
    try:
        return input_files.parse_json(plaintext, "a secret")
    except input_files.FileError as error:
        raise ValueError("what a secret holds is no JSON that can be used") from error
