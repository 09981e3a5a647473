"""Property names of a package, camelCase on the wire, and those of its providers, which are Python's.

The names are translated mechanically. What a schema is needed for is where to stop: keys of a user's own object are no names.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from google.protobuf.struct_pb2 import ListValue, Struct, Value

_HUMP = re.compile(r"(?<=[a-z0-9])[A-Z]")
_MOST_NAMES = 4096  # of which each is translated once
_SIMPLE = re.compile(r"[^.\[\]\"]+")


@lru_cache(_MOST_NAMES)
def to_camel_case(name: str) -> str:
    """A Python name as packages have it on the wire; names with a leading underscore are the engine's."""
    if name.startswith("_"):
        return name
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


@lru_cache(_MOST_NAMES)
def to_snake_case(name: str) -> str:
    """The opposite."""
    return name if name.startswith("_") else _HUMP.sub(lambda found: f"_{found[0].lower()}", name)


def path_to_camel_case(path: str) -> str:
    """A property path, of which the first name is translated."""
    return _with_first_name(path, to_camel_case)


def path_to_snake_case(path: str) -> str:
    """The opposite."""
    return _with_first_name(path, to_snake_case)


def _with_first_name(path: str, rename: Callable[[str], str]) -> str:
    return _SIMPLE.sub(lambda found: rename(found[0]), path, count=1) if _SIMPLE.match(path) else path


class ObjectNames(NamedTuple):
    """An object of the schema.

    Args:
        nested: the properties that hold further objects of it.
        secrets: the properties that are secret.
        known: all properties.
    """

    nested: Mapping[str, "ObjectNames"] = MappingProxyType({})
    secrets: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    def to_provider(self, struct: Struct) -> Struct:
        """The properties as a provider knows them, secret where the schema says so."""
        return self.renamed(self.mark_secrets(struct), to_snake_case, inwards=True)

    def to_wire(self, struct: Struct) -> Struct:
        """The opposite, also of what a provider added."""
        return self.mark_secrets(self.renamed(struct, to_camel_case, inwards=False))

    def mark_secrets(self, struct: Struct) -> Struct:
        """The same, with the schema's secrets marked."""
        present = [key for key in self.secrets if key in struct.fields]
        if not present:
            return struct
        from pulumi_dynamic_host import properties  # noqa: PLC0415  commands that only read names do without the SDK

        unmarked = [key for key in present if properties.can_be_secret(struct.fields[key])]
        if not unmarked:
            return struct
        marked = Struct()
        marked.CopyFrom(struct)
        for key in unmarked:
            properties.make_secret(marked, key)
        return marked

    def renamed(self, struct: Struct, rename: Callable[[str], str], *, inwards: bool) -> Struct:
        """The properties by other names, from the wire (``inwards``) or to it."""
        renamed = {}
        for key, value in struct.fields.items():
            name = rename(key)
            inner = self.nested.get(key if inwards else name)
            renamed[name] = value if inner is None else _within(inner, value, rename, inwards=inwards)
        return Struct(fields=renamed)

    @classmethod
    def of(cls, described: Mapping[str, Any], types: Mapping[str, Any]) -> "ObjectNames":
        """The names in the ``properties`` of a schema, given its ``types``."""
        nested = {}
        for name, spec in described.items():
            reference = str(spec.get("$ref") or spec.get("items", {}).get("$ref") or "").removeprefix("#/types/")
            if "properties" in types.get(reference, {}):
                nested[name] = cls.of(types[reference]["properties"], types)
        secrets = frozenset(name for name, spec in described.items() if spec.get("secret"))
        return cls(nested, secrets, frozenset(described))


def _within(names: ObjectNames, value: Value, rename: Callable[[str], str], *, inwards: bool) -> Value:
    if value.WhichOneof("kind") == "list_value":
        items = [_within(names, item, rename, inwards=inwards) for item in value.list_value.values]
        return Value(list_value=ListValue(values=items))
    from pulumi_dynamic_host import properties  # noqa: PLC0415  likewise

    if value.WhichOneof("kind") == "struct_value" and properties.SIGNATURE not in value.struct_value.fields:
        return Value(struct_value=names.renamed(value.struct_value, rename, inwards=inwards))
    return value
