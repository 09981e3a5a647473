"""Static types: which types exist, the results of calls, and the operands of operators."""

from collections.abc import Mapping

from pulumi_workspace365_sandbox.azure.expressions import registry
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types import unsupported_types
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.register_all import TYPES
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName
from pulumi_workspace365_sandbox.azure.expressions.registry import OBJECT, UNKNOWN

BOOL, STRING, INT, NULL = TypeName("bool"), TypeName("string"), TypeName("int"), TypeName("null")
_NUMBERS = ("byte", "int", "long", "decimal", "double")
_FREE = {"?", "null", "JToken", "JValue", "Func"}
_ORDERED = {*_NUMBERS, "char", "DateTime", "DateTimeOffset", "TimeSpan", *_FREE}
_MOMENTS = {"DateTime", "DateTimeOffset"}
_TOKENS = {"JToken", "JValue", "JObject", "JArray", "JProperty", "JContainer"}
_CONVERTED = {"string", "bool", *_NUMBERS}


def canonical(type_: TypeName) -> TypeName:
    """A type by its canonical name. Raises ExpressionError for a type that expressions may not use, or that this gateway does not have."""
    canonical_type = registry.canonical_name(type_)
    if canonical_type.name == "[]":
        return TypeName("[]", (canonical(canonical_type.arguments[0]),))
    if canonical_type.name not in TYPES and canonical_type.name not in {"var", "Func", "?"}:
        raise no_type(type_.name)
    return TypeName(canonical_type.name, tuple(canonical(argument) for argument in canonical_type.arguments))


def no_type(name: str) -> ExpressionError:
    if name in unsupported_types.REASONS:
        return ExpressionError(f"'{name}' cannot run here: {unsupported_types.REASONS[name]}")
    return ExpressionError(f"'{name}' is unknown to this gateway: it is not a type that policy expressions may use")


def bound(type_: TypeName, receiver: TypeName) -> dict[str, TypeName]:
    """What `$0`, `$1` and `$item` stand for in a type's members."""
    bindings = {f"${place}": argument for place, argument in enumerate(receiver.arguments)}
    return bindings | {"$item": item(receiver)} if type_.name != "$item" else bindings


def item(type_: TypeName) -> TypeName:
    """What a loop over a value of a type gives."""
    if type_.name == "IEnumerable":
        return type_.arguments[0] if type_.arguments else UNKNOWN
    for kind in registry.type_hierarchy(type_.name) if type_.name in TYPES else ():
        if kind.items is not None:
            return substitute(kind.items, {f"${place}": argument for place, argument in enumerate(type_.arguments)})
    return UNKNOWN


def loops(type_: TypeName) -> bool:
    return type_.name in _FREE or registry.is_a(type_.name, "IEnumerable") or (type_.name == "object" and type_ != OBJECT)


def substitute(type_: TypeName, names: Mapping[str, TypeName]) -> TypeName:
    """A type with what its `$names` stand for; UNKNOWN for what nobody told."""
    if type_.name.startswith("$"):
        return names.get(type_.name, UNKNOWN)
    return TypeName(type_.name, tuple(substitute(argument, names) for argument in type_.arguments))


def of_operator(symbol: str, left: TypeName, right: TypeName) -> TypeName:
    """The type of `left symbol right`. Raises ExpressionError."""
    result = _of_operator(symbol, left.name, right.name)
    if result is None:
        raise ExpressionError(f"Operator '{symbol}' cannot be applied to operands of type '{left}' and '{right}'")
    return TypeName(result)


def _of_operator(symbol: str, left: str, right: str) -> str | None:
    both = {left, right}
    if symbol in {"&&", "||"}:
        return "bool" if both <= {"bool", "?"} else None
    if symbol in {"==", "!="}:
        return "bool" if _comparable(left, right) else None
    if symbol in {"<", ">", "<=", ">="}:
        return "bool" if both <= _ORDERED or (left == right and registry.is_a(left, "Enum")) else None
    if symbol == "+" and "string" in both:
        return "string"
    if symbol in {"+", "-"} and left in _MOMENTS:
        if right == "TimeSpan":
            return left
        return "TimeSpan" if symbol == "-" and right in _MOMENTS else "?" if right == "?" else None
    if both <= {"TimeSpan"}:
        return "TimeSpan" if symbol in {"+", "-"} else None
    return _of_numbers(symbol, left, right)


def _of_numbers(symbol: str, left: str, right: str) -> str | None:
    both = {left, right}
    if both & _FREE and both <= _ORDERED | {"bool", "string"} | _FREE:
        return "?"
    if symbol in {"&", "|", "^"} and (both == {"bool"} or (left == right and registry.is_a(left, "Enum"))):
        return left
    if not both <= {*_NUMBERS, "char"} or both == {"decimal", "double"}:
        return None
    numbers = ["int" if name in {"char", "byte"} else name for name in (left, right)]
    return max(numbers, key=_NUMBERS.index)


def _comparable(left: str, right: str) -> bool:
    classes = [_class(name) for name in (left, right)]
    return "" in classes or classes[0] == classes[1]


def _class(name: str) -> str:
    return "number" if name in {*_NUMBERS, "char"} else name if name in {"string", "bool"} else ""


def condition(type_: TypeName) -> None:
    """Raises ExpressionError for what is no condition."""
    if type_.name not in {"bool", "?"}:
        raise ExpressionError(f"Cannot implicitly convert type '{type_}' to 'bool'")


def assigned(target: TypeName, value: TypeName) -> None:
    """Raises ExpressionError for a value that a variable of a type does not take."""
    wrong = False
    if target.name in _CONVERTED and value.name != target.name:
        if (
            value.name == "object"
            or value.name in _TOKENS
            or (value.name in _CONVERTED and {target.name, value.name} & {"string", "bool"})
        ):
            wrong = True
        elif target.name in _NUMBERS and value.name in _NUMBERS and target.name != "byte":
            wrong = _NUMBERS.index(value.name) > _NUMBERS.index(target.name) or (target.name, value.name) == ("double", "decimal")
    if target.name in _CONVERTED - {"string"} and value == NULL:
        return
    if wrong:
        raise ExpressionError(f"Cannot implicitly convert type '{value}' to '{target}'")


def joined(one: TypeName, other: TypeName) -> TypeName:
    """The type of a value that is one of two."""
    if other in {one, NULL}:
        return one
    if one == NULL:
        return other
    if one.name in _NUMBERS and other.name in _NUMBERS:
        return max(one, other, key=lambda type_: _NUMBERS.index(type_.name))
    return UNKNOWN
