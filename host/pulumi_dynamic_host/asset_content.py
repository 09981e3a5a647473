"""Restores the content of assets that only a resource's outputs hold.

The engine sends old assets without content, and puts it back only into what a refresh reads, only from the inputs, and not for archives.
A program cannot read an asset without content. So what a provider passes on gets its content back here: from what else is in the call,
or from an internal output beside it, which is kept for assets that no input holds, and for archives: each as JSON by its hash, in which the
engine does not recognise it. The engine shows no property whose name starts with two underscores.
"""

import json
import logging
from collections.abc import Iterator

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value

from pulumi_dynamic_host import assets, properties

log = logging.getLogger(__name__)


def complete_assets(outs: Struct, inputs: Struct, olds: Struct, *, reading: bool = False) -> Struct:
    """The outputs with the content of every asset in the call's inputs or old outputs, and what to remember for the next call.

    What stays without content is left out, with a warning; but ``reading``, the engine completes what is an input, too.
    """
    if not assets.may_hold(outs):
        return outs
    contents = {**_contents(olds), **_remembered(olds), **_contents(inputs)}
    declared_hashes = {_hash(item) for item, _ in _found(inputs) if assets.is_asset(item.struct_value)}
    answer, remembered, secret = Struct(), Struct(), False
    answer.CopyFrom(outs)
    for value, is_secret in list(_found(answer)):
        hash_ = _hash(value)
        if not assets.has_content(value.struct_value) and hash_ in contents:
            value.struct_value.CopyFrom(contents[hash_])
        if assets.has_content(value.struct_value):
            if hash_ and hash_ not in declared_hashes:
                remembered.fields[hash_].string_value = json.dumps(MessageToDict(value.struct_value), sort_keys=True)
                secret = secret or is_secret
        elif not (reading and hash_ in declared_hashes):
            log.warning("an output contains an old asset whose content is no longer known; it is omitted")
            value.null_value = NULL_VALUE
    if remembered.fields:
        answer.fields[assets.MEMORY].struct_value.CopyFrom(remembered)
        if secret:
            properties.make_secret(answer, assets.MEMORY)
    return answer


def restore_assets(inputs: Struct, olds: Struct) -> Struct:
    """The inputs that were read with the content of what is remembered; the engine completes the others, if they are old."""
    contents = _remembered(olds)
    for value, _ in _found(inputs) if contents else ():
        if not assets.has_content(value.struct_value) and _hash(value) in contents:
            value.struct_value.CopyFrom(contents[_hash(value)])
    return inputs


def _contents(struct: Struct) -> dict[str, Struct]:
    found = (value for value, _ in _found(struct) if assets.has_content(value.struct_value))
    return {hash_: value.struct_value for value in found if (hash_ := _hash(value))}


def _remembered(struct: Struct) -> dict[str, Struct]:
    if assets.MEMORY not in struct.fields:
        return {}
    memory = properties.strip_secrets(Struct(fields={assets.MEMORY: struct.fields[assets.MEMORY]})).fields[assets.MEMORY]
    return {hash_: ParseDict(json.loads(value.string_value), Struct()) for hash_, value in memory.struct_value.fields.items()}


def _hash(value: Value) -> str:
    fields = value.struct_value.fields
    return fields["hash"].string_value if "hash" in fields else ""


def _found(struct: Struct, *, secret: bool = False) -> Iterator[tuple[Value, bool]]:
    """Every asset and archive, not those inside of an archive, and whether it is in a secret."""
    for name, value in struct.fields.items():
        if name != assets.MEMORY:
            yield from _found_in(value, secret=secret)


def _found_in(value: Value, *, secret: bool) -> Iterator[tuple[Value, bool]]:
    match value.WhichOneof("kind"):
        case "struct_value" if assets.is_asset_or_archive(value.struct_value):
            yield value, secret
        case "struct_value":
            yield from _found(value.struct_value, secret=secret or properties.is_secret(value))
        case "list_value":
            for item in value.list_value.values:
                yield from _found_in(item, secret=secret)
