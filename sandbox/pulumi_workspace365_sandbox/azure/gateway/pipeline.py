"""Runs the policies of a handshake, section by section; `<base />` stands for the next scope outwards."""

import math
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import formats
from pulumi_workspace365_sandbox.azure.expressions.compiler import evaluate_expression, is_expression
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.gateway import context
from pulumi_workspace365_sandbox.azure.gateway.deployed_resources import DeployedResources
from pulumi_workspace365_sandbox.azure.gateway.handshake_context import HandshakeContext, Refusal
from pulumi_workspace365_sandbox.azure.gateway.http_messages import HttpResponse, error
from pulumi_workspace365_sandbox.azure.gateway.tokens import OpenIdConfigurations
from pulumi_workspace365_sandbox.azure.login import Login
from pulumi_workspace365_sandbox.azure.policy.policy_validation import ReferenceScope, elements, resolve_named_values
from pulumi_workspace365_sandbox.azure.policy.vocabulary import NOT_ON_HANDSHAKE, POLICIES


class ResponseReturned(Exception):
    """A `return-response` ends the handshake with this answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status)
        self.response = response


class Counters:
    """Counts calls in a sliding window, for rate limits and quotas; one for the gateway, for as long as it runs."""

    def __init__(self) -> None:
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def count(self, key: str, limit: int, period: float, increment: int = 1) -> tuple[int, int]:
        """Count a call: how many are left after it, and the seconds until one is free again where it is one too many (else 0)."""
        now = time.monotonic()
        calls = self._calls[key]
        while calls and period and calls[0] <= now - period:
            calls.popleft()
        if len(calls) + increment > limit:
            free = calls[0] + period - now if calls and period else period
            return 0, max(1, math.ceil(free))
        calls.extend([now] * increment)
        return limit - len(calls), 0

    def clear(self) -> None:
        self._calls.clear()


@dataclass(frozen=True)
class Services:
    """What policies use beside the handshake itself."""

    deployed: DeployedResources
    counters: Counters
    configurations: OpenIdConfigurations
    login: Login


Run = Callable[["Pipeline", ET.Element], Awaitable[None]]


class Pipeline:
    """The policies of one handshake, in one section."""

    def __init__(
        self,
        handshake: HandshakeContext,
        services: Services,
        handlers: dict[str, Run],
        scopes: list[tuple[str, ET.Element | None]],
    ) -> None:
        self.handshake, self.services = handshake, services
        self._handlers, self._scopes = handlers, scopes
        self._around: ReferenceScope = services.deployed.reference_scope()
        self._scope, self._path, self._element = "", [""], ET.Element("policies")
        self._lenient = False

    async def run(self, section: str) -> None:
        """One section from the innermost scope outwards. Raises Refusal, ResponseReturned."""
        self._path, self._lenient = [], section == "on-error"
        try:
            await self._section(section, 0)
        except Refusal as refusal:
            self._placed(refusal, section)
            raise

    async def _section(self, section: str, level: int) -> None:
        if level == len(self._scopes):
            return
        name, root = self._scopes[level]
        section_element = None if root is None else root.find(section)
        if root is None:
            await self._section(section, level + 1)
        elif section_element is not None:
            for step, element in self.numbered(section_element):
                if element.tag == "base":
                    await self._section(section, level + 1)
                else:
                    self._scope = name
                    await self._statement(step, element)

    async def statements(self, parent: ET.Element) -> None:
        for step, element in self.numbered(parent):
            await self._statement(step, element)

    def numbered(self, parent: ET.Element) -> Iterator[tuple[str, ET.Element]]:
        """The elements within another, each with its name and its place among those of its name: `when[2]`."""
        counts: Counter[str] = Counter()
        for element in elements(parent):
            counts[element.tag] += 1
            yield f"{element.tag}[{counts[element.tag]}]", element

    def enter(self, step: str) -> None:
        """What follows is within this element, until it is left or fails."""
        self._path.append(step)

    def leave(self) -> None:
        self._path.pop()

    async def _statement(self, step: str, element: ET.Element) -> None:
        depth = len(self._path)
        self.enter(step)
        self._element = element
        try:
            await self._execute(element)
        except Refusal as refusal:
            if not self._lenient:
                raise
            self._placed(refusal, "on-error")
            self.handshake.trace.append(f"on-error: {refusal.path}: {refusal.reason}: {refusal.message}")
            self._path = self._path[:depth]
            return
        self.leave()

    async def _execute(self, element: ET.Element) -> None:
        if element.tag in NOT_ON_HANDSHAKE:
            self.handshake.trace.append(f"{element.tag}: inherited, skipped on a WebSocket API")
            return
        if not POLICIES[element.tag].runs:
            message = f"The local gateway does not carry out '{element.tag}'"
            raise Refusal(error(500, "Internal server error"), "PolicyNotSupported", message, element.tag)
        try:
            await self._handlers[element.tag](self, element)
        except (ExpressionError, ValueError) as problem:
            failed = error(500, "Internal server error")
            raise Refusal(failed, "ExpressionValueEvaluationFailure", str(problem), self._element.tag) from problem

    def _placed(self, refusal: Refusal, section: str) -> None:
        """Tell where a refusal comes from, unless it is known."""
        if not refusal.section:
            refusal.section, refusal.scope, refusal.path = section, self._scope, "/".join(self._path)
            refusal.policy_id = self._element.get("id", "")

    def fragment(self, id_: str) -> ET.Element | None:
        return self._around.fragments.get(id_.casefold())

    def value(self, text: str) -> Any:
        """A text with its named values put in and, if it is an expression, evaluated."""
        filled = resolve_named_values(text, self._around.named_values)
        return (
            evaluate_expression(filled, {"context": context.build_context(self.handshake)}) if is_expression(filled) else filled
        )

    def text(self, text: str) -> str:
        return formats.text(self.value(text))

    def attribute(self, element: ET.Element, name: str, default: str = "") -> str:
        return self.text(element.get(name, default))

    def texts(self, element: ET.Element, path: str) -> list[str]:
        return [self.text((item.text or "").strip()) for item in element.findall(path)]
