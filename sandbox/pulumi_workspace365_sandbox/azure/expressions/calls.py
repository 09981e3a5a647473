"""Evaluates chains (members, calls, indexers) and assignment targets."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import conversions, nodes, registry
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.dates import Clock
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.register_all import TYPES
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, ExpressionError, LimitExceeded, null_reference
from pulumi_workspace365_sandbox.azure.expressions.limits import Budget
from pulumi_workspace365_sandbox.azure.expressions.nodes import Argument, Chain, Link, Node
from pulumi_workspace365_sandbox.azure.expressions.registry import Method
from pulumi_workspace365_sandbox.azure.expressions.scopes import Scope
from pulumi_workspace365_sandbox.azure.expressions.values import ObjectValue, OutArgument


@dataclass
class AssignmentTarget:
    """What an assignment changes: `put` gives the value as it was taken."""

    get: Callable[[], Any]
    put: Callable[[Any], Any]


class CallEvaluator(ABC):
    """Of the evaluator: everything behind a dot or a bracket."""

    budget: Budget

    @abstractmethod
    def value(self, node: Node, scope: Scope) -> Any: ...

    def chain(self, node: Chain, scope: Scope) -> Any:
        links = iter(node.links)
        if node.static:
            for _ in range(node.start):
                next(links)
            value = self._of_type(node.static, next(links), scope)
        else:
            value = self.value(node.base, scope)
        for link in links:
            self.budget.step()
            if value is None:
                if link.conditional:
                    return None
                if not _extends_null(link):
                    raise null_reference(f".{link.name}" if link.name else "[…]")
            value = self._link(value, link, scope)
        return value

    def _of_type(self, kind: str, link: Link, scope: Scope) -> Any:
        if link.kind == "member":
            constant = TYPES[kind].constants[link.name].value
            return constant.read() if isinstance(constant, Clock) else constant
        method = next(one.functions[link.name] for one in registry.type_hierarchy(kind) if link.name in one.functions)
        return self._call(f"{kind}.{link.name}", method, [], link, scope)

    def _link(self, value: Any, link: Link, scope: Scope) -> Any:
        kind = registry.type_name_of(value)
        if link.kind == "invoke" or (link.name == "Invoke" and callable(value)):
            return self._invoked(value, [self.value(argument.value, scope) for argument in link.arguments])
        if link.kind == "index":
            method = registry.index(kind)
            if method is None:
                raise ExpressionError(f"Cannot apply indexing with [] to an expression of type '{kind}'")
            return self._call("[…]", method, [value], link, scope)
        if link.kind == "member":
            return self._member(value, kind, link.name)
        method = registry.method(kind if value is not None else "string", link.name)
        if method is None:
            raise ExpressionError(f"'{link.name}' is not a method of '{kind}'")
        return self._call(link.name, method, [value], link, scope)

    def _member(self, value: Any, kind: str, name: str) -> Any:
        if isinstance(value, ObjectValue) and value.kind == "anonymous" and name in value.members:
            return value.members[name]
        member = registry.member(kind, name)
        if member is None:
            raise ExpressionError(f"'{name}' is not a member of '{kind}'")
        return self.guarded(name, lambda: member.value(value))

    def _invoked(self, value: Any, arguments: list[Any]) -> Any:
        if not callable(value):
            raise ExpressionError("only a delegate can be called")
        return value(*arguments)

    def _call(self, name: str, method: Method, receiver: list[Any], link: Link, scope: Scope) -> Any:
        arguments = [*receiver, *(self._argument(argument, scope) for argument in link.arguments)]
        named = {"of": link.generics} if method.generic else {}
        for argument in arguments:
            self.budget.charge_scan(argument)
        made = self.guarded(name, lambda: method.call(*arguments, **named))
        self.budget.charge_memory(made)
        return made

    def called(self, value: Any, name: str, arguments: list[Any]) -> Any:
        """A method by its name. Raises ExpressionError."""
        method = registry.method(registry.type_name_of(value), name)
        if method is None:
            raise ExpressionError(f"'{name}' is not a method of '{registry.type_name_of(value)}'")
        return self.guarded(name, lambda: method.call(value, *arguments))

    def guarded(self, name: str, work: Callable[[], Any]) -> Any:
        """What Python says of wrong arguments, as .NET's exceptions."""
        try:
            return work()
        except (ExpressionError, RecursionError):
            raise
        except MemoryError:
            raise LimitExceeded(f"'{name}' takes too much memory") from None
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as problem:
            raise DotNetException("ArgumentException", f"'{name}' does not take these arguments: {problem!s:.200}") from problem

    def _argument(self, argument: Argument, scope: Scope) -> Any:
        if not argument.out:
            return self.value(argument.value, scope)
        if argument.declares is not None and isinstance(argument.value, nodes.Name):
            scope.declare(argument.value.name, None)
        return OutArgument(self.target(argument.value, scope).put)

    # What can be assigned to.

    def target(self, node: Node, scope: Scope) -> AssignmentTarget:
        """Raises ExpressionError."""
        if isinstance(node, nodes.Name):
            cell = scope.find(node.name)

            def put(value: Any) -> Any:
                cell.value = conversions.implicit(value, cell.type) if cell.type is not None else value
                return cell.value

            return AssignmentTarget(lambda: cell.value, put)
        if isinstance(node, Chain) and node.links[-1].kind == "index":
            last = node.links[-1]
            before = node.links[:-1]
            owner = self.value(Chain(node.base, before, node.static, node.start) if before else node.base, scope)
            key = self.value(last.arguments[0].value, scope)
            return AssignmentTarget(lambda: self._item(owner, key), lambda value: self.put_item(owner, key, value))
        raise ExpressionError("only variables and indexed items can be assigned to")

    def _item(self, owner: Any, key: Any) -> Any:
        method = registry.index(registry.type_name_of(owner)) if owner is not None else None
        if method is None:
            raise null_reference("[…]")
        return self.guarded("[…]", lambda: method.call(owner, key))

    def put_item(self, owner: Any, key: Any, value: Any) -> Any:
        """`owner[key] = value`. Raises ExpressionError."""
        if owner is None:
            raise null_reference("[…]")
        puts = next((kind.puts for kind in registry.type_hierarchy(registry.type_name_of(owner)) if kind.puts), None)
        if puts is None or registry.type_name_of(owner) == "Variables":
            raise ExpressionError(f"the items of '{registry.type_name_of(owner)}' cannot be assigned to: it is read only")
        self.guarded("[…]", lambda: puts(owner, key, value))
        return value


def _extends_null(link: Link) -> bool:
    """An extension method may be called on null."""
    return link.kind == "call" and link.name in {"AsJwt", "AsBasic", "TryParseJwt", "TryParseBasic"}
