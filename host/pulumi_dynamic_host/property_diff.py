"""Which properties differ, and how: the detail that the engine shows beside a provider's decision. It never changes the decision."""

import re
from collections.abc import Iterator, Mapping

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime.proto import provider_pb2

from pulumi_dynamic_host import properties

_KINDS = {
    "add": (provider_pb2.PropertyDiff.ADD, provider_pb2.PropertyDiff.ADD_REPLACE),
    "update": (provider_pb2.PropertyDiff.UPDATE, provider_pb2.PropertyDiff.UPDATE_REPLACE),
    "delete": (provider_pb2.PropertyDiff.DELETE, provider_pb2.PropertyDiff.DELETE_REPLACE),
}
_BARE = re.compile(r"[A-Za-z0-9_]+")
_HEAD = re.compile(r'^(?:\["((?:[^"\\]|\\.)*)"\]|([^.\[]+))')


def diff_properties(olds: Struct, news: Struct) -> dict[str, str]:
    """The property paths with different values, each with ``add``, ``update`` or ``delete``."""
    return dict(_objects("", olds, news))


def detailed_diff(
    kinds: Mapping[str, str], replaces: list[str], old_inputs: Struct, news: Struct
) -> dict[str, provider_pb2.PropertyDiff]:
    """The protocol's form of such differences. A path below a replacing property, or named as one, is marked as replacing.

    Raises:
        ValueError: a kind is unknown.
    """
    changed_inputs = {top_level_key(path) for path in diff_properties(old_inputs, news)}
    answer = {}
    for path, kind in kinds.items():
        if kind not in _KINDS:
            raise ValueError(f"detailed[{path!r}] is {kind!r}; it must be one of {', '.join(_KINDS)}")
        replacing = path in replaces or top_level_key(path) in replaces
        answer[path] = provider_pb2.PropertyDiff(kind=_KINDS[kind][replacing], inputDiff=top_level_key(path) in changed_inputs)
    return answer


def top_level_key(path: str) -> str:
    """The top-level property of a path."""
    match = _HEAD.match(path)
    if not match:
        return path
    quoted, bare = match.groups()
    return bare if quoted is None else quoted.replace('\\"', '"')


def _objects(path: str, olds: Struct, news: Struct) -> Iterator[tuple[str, str]]:
    for key in sorted({*olds.fields, *news.fields}):
        yield from _values(_below(path, key), olds.fields.get(key), news.fields.get(key))


def _values(path: str, old: Value | None, new: Value | None) -> Iterator[tuple[str, str]]:
    if old is None or new is None:
        yield path, "add" if old is None else "delete"
    elif _is_object(old) and _is_object(new):
        yield from _objects(path, old.struct_value, new.struct_value)
    elif old.HasField("list_value") and new.HasField("list_value"):
        olds, news = old.list_value.values, new.list_value.values
        for index in range(max(len(olds), len(news))):
            yield from _values(
                f"{path}[{index}]",
                olds[index] if index < len(olds) else None,
                news[index] if index < len(news) else None,
            )
    elif old != new:
        yield path, "update"


def _is_object(value: Value) -> bool:
    return value.HasField("struct_value") and properties.SIGNATURE not in value.struct_value.fields


def _below(path: str, key: str) -> str:
    if not _BARE.fullmatch(key):
        return path + '["' + key.replace('"', '\\"') + '"]'
    return f"{path}.{key}" if path else key
