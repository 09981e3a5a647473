"""Checks member access, calls and indexers."""

from abc import ABC, abstractmethod

from pulumi_workspace365_sandbox.azure.expressions import nodes, registry, static_types
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types import unsupported_types
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import Argument, Chain, Link, Node, TypeName
from pulumi_workspace365_sandbox.azure.expressions.registry import OBJECT, TYPES, UNKNOWN, Method

_NAMESPACES = {"System", "Newtonsoft", "Microsoft"}
_OPEN = {"?", "null", "Func"}


class ChainChecker(ABC):
    """The rules of chains, for the checker that has those of everything else."""

    anonymous: set[str]

    @abstractmethod
    def type(self, node: Node) -> TypeName: ...

    @abstractmethod
    def local(self, name: str) -> TypeName | None: ...

    @abstractmethod
    def declare(self, name: str, type_: TypeName) -> None: ...

    @abstractmethod
    def lambda_(self, node: nodes.Lambda, takes: list[TypeName]) -> TypeName: ...

    def chain(self, node: Chain) -> TypeName:
        start, type_ = 0, UNKNOWN
        if isinstance(node.base, nodes.Name) and self.local(node.base.name) is None:
            self._static(node)
            type_, start = self._of_type(node), node.start + 1
        else:
            type_ = self.type(node.base)
        for link in node.links[start:]:
            type_ = self._link(type_, link)
        return type_

    def assignable(self, node: Chain) -> None:
        """Raises ExpressionError for a member that cannot be set."""
        last = node.links[-1]
        if last.kind == "member":
            raise ExpressionError(f"'{last.name}' cannot be assigned to: it is read only")

    def _static(self, node: Chain) -> None:
        """Find the type that the chain begins with, behind a namespace or not."""
        assert isinstance(node.base, nodes.Name)  # noqa: S101  the caller has looked
        path = [node.base.name]
        for link in node.links:
            if link.kind != "member":
                break
            path.append(link.name)
        begins = path[0] in _NAMESPACES
        for place, name in enumerate(path):
            if registry.alias(name) in TYPES and (begins or place == 0):
                node.static, node.start = registry.alias(name), place
                if place == len(node.links):
                    raise ExpressionError(f"'{name}' is a type, not a value")
                return
            if name in unsupported_types.REASONS and (begins or place == 0):
                raise static_types.no_type(name)
            if not begins:
                break
        raise ExpressionError(f"'{'.'.join(path) if begins else path[0]}' is unknown to this gateway")

    def _of_type(self, node: Chain) -> TypeName:
        """The type of a constant or a call of a type."""
        kind, link = node.static, node.links[node.start]
        if link.kind == "call":
            method = next((one.functions[link.name] for one in registry.type_hierarchy(kind) if link.name in one.functions), None)
            if method is None:
                raise ExpressionError(f"'{kind}.{link.name}' is not a method that this gateway knows")
            return self._called(f"{kind}.{link.name}", method, link, UNKNOWN)
        constant = TYPES[kind].constants.get(link.name) if link.kind == "member" else None
        if constant is None:
            raise ExpressionError(f"'{kind}.{link.name}' is unknown to this gateway")
        return constant.returns

    def _link(self, receiver: TypeName, link: Link) -> TypeName:
        if receiver.name == "void":
            raise ExpressionError("Operator '.' cannot be applied to operand of type 'void'")
        if link.kind == "member":
            return self._member(receiver, link.name)
        if link.kind == "index":
            return self._index(receiver, link)
        if link.kind == "invoke":
            self.arguments(link.arguments, {})
            if receiver.name not in _OPEN:
                raise ExpressionError(f"a value of type '{receiver}' cannot be called")
            return UNKNOWN
        if receiver.name in _OPEN:
            self.arguments(link.arguments, {})
            if link.name not in registry.known_methods() and link.name != "Invoke":
                raise ExpressionError(f"'{link.name}' is not a method that this gateway knows")
            return link.generics[0] if link.generics and link.name in {"Value", "As", "ToObject"} else UNKNOWN
        method = registry.method(receiver.name, link.name)
        if method is None:
            raise ExpressionError(f"'{link.name}' is not a method of '{receiver}'")
        return self._called(link.name, method, link, receiver)

    def _member(self, receiver: TypeName, name: str) -> TypeName:
        if receiver.name in _OPEN:
            if name not in registry.known_members() and name not in self.anonymous:
                raise ExpressionError(f"'{name}' is not a member that this gateway knows")
            return UNKNOWN
        member = registry.member(receiver.name, name)
        if member is None:
            hint = ": it is a method, call it" if registry.method(receiver.name, name) else ""
            raise ExpressionError(f"'{name}' is not a member of '{receiver}'{hint}")
        return static_types.substitute(member.returns, static_types.bound(member.returns, receiver))

    def _index(self, receiver: TypeName, link: Link) -> TypeName:
        for argument in link.arguments:
            self.type(argument.value)
        if receiver.name in _OPEN:
            return UNKNOWN
        method = registry.index(receiver.name)
        if method is None or receiver.name == "object" or len(link.arguments) != 1:
            raise ExpressionError(f"Cannot apply indexing with [] to an expression of type '{receiver}'")
        return static_types.substitute(method.returns, static_types.bound(method.returns, receiver))

    def _called(self, name: str, method: Method, link: Link, receiver: TypeName) -> TypeName:
        self.counted(name, method, link.arguments)
        generics = [static_types.canonical(type_) for type_ in link.generics]
        names = static_types.bound(UNKNOWN, receiver) | {"$T": generics[0] if generics else UNKNOWN, "$self": receiver}
        names = self.arguments(link.arguments, names, method)
        names["$variable"] = generics[0] if generics else names.get("$arg1", OBJECT)
        names["$subtract"] = receiver if names.get("$arg0") == TypeName("TimeSpan") else TypeName("TimeSpan")
        return static_types.substitute(method.returns, names)

    def counted(self, name: str, method: Method, given: list[Argument]) -> None:
        """Raises ExpressionError for too many or too few arguments."""
        if not method.least <= len(given) <= method.most:
            raise ExpressionError(f"No overload for method '{name}' takes {len(given)} arguments")

    def arguments(self, given: list[Argument], names: dict[str, TypeName], method: Method | None = None) -> dict[str, TypeName]:
        """Judge arguments; what `$arg0`, `$body` and their like stand for."""
        bodies: list[TypeName] = []
        types = dict(names)
        for place, argument in enumerate(given):
            if argument.out:
                if argument.declares is not None and isinstance(argument.value, nodes.Name):
                    type_ = (
                        static_types.substitute(method.out, types)
                        if argument.declares.name == "var" and method
                        else static_types.canonical(argument.declares)
                    )
                    self.declare(argument.value.name, UNKNOWN if type_.name == "var" else type_)
                else:
                    self.type(argument.value)
            elif isinstance(argument.value, nodes.Lambda):
                bodies.append(self.lambda_(argument.value, _takes(argument.value, types)))
            else:
                types[f"$arg{place}"] = self.type(argument.value)
        return _with_derived_types(types, bodies)


def _takes(node: nodes.Lambda, names: dict[str, TypeName]) -> list[TypeName]:
    """The types of a lambda's parameters."""
    item, receiver, first = names.get("$item", UNKNOWN), names.get("$self", UNKNOWN), names.get("$arg0")
    if receiver.name == "Regex" or (first == static_types.STRING and receiver == UNKNOWN):
        return [TypeName("Match")]
    if receiver == UNKNOWN and first is not None:
        return [static_types.item(first)]
    if len(node.names) == 2:
        return [first, item] if first is not None else [UNKNOWN, UNKNOWN]
    return [item]


def _with_derived_types(types: dict[str, TypeName], bodies: list[TypeName]) -> dict[str, TypeName]:
    item = types.get("$item", UNKNOWN)
    body = bodies[0] if bodies else UNKNOWN
    types["$body"], types["$body1"] = body, bodies[1] if len(bodies) > 1 else item
    types["$inner"] = static_types.item(body)
    types["$bodyoritem"] = types["$number"] = body if bodies else item
    types["$aggregate"] = types.get("$arg0", UNKNOWN)
    types["$arg0item"] = static_types.item(types.get("$arg0", UNKNOWN))
    return types
