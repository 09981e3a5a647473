"""Runs the policies of a handshake, section by section; `<base />` stands for the next scope outwards."""

import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.azure.gateway.deployed import Deployed
from sandbox.azure.gateway.exchange import Exchange, Refusal
from sandbox.azure.gateway.limits import Counters
from sandbox.azure.gateway.messages import Response, error
from sandbox.azure.gateway.tokens import OpenIdConfigurations
from sandbox.azure.login import Login
from sandbox.azure.policy import expressions, values
from sandbox.azure.policy.judge import Surroundings, elements, resolved
from sandbox.azure.policy.lexer import ExpressionError, is_expression
from sandbox.azure.policy.vocabulary import NOT_ON_HANDSHAKE, POLICIES


class Returned(Exception):
    """A `return-response` ends the handshake with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True)
class Services:
    """What policies use beside the handshake itself."""

    deployed: Deployed
    counters: Counters
    configurations: OpenIdConfigurations
    login: Login


Run = Callable[["Pipeline", ET.Element], Awaitable[None]]


class Pipeline:
    """The policies of one handshake."""

    def __init__(self, exchange: Exchange, services: Services, known: dict[str, Run], scopes: list[ET.Element | None]) -> None:
        self.exchange, self.services = exchange, services
        self._known, self._scopes = known, scopes
        self._around: Surroundings = services.deployed.surroundings()
        self._place = ""

    async def run(self, section: str) -> None:
        """One section from the innermost scope outwards. Raises Refusal, Returned."""
        try:
            await self._section(section, 0)
        except Refusal as refusal:
            refusal.section = section
            raise
        except ExpressionError as problem:
            failed = Refusal(error(500, "Internal server error"), "ExpressionValueEvaluationFailure", str(problem), self._place)
            failed.section = section
            raise failed from None

    async def _section(self, section: str, level: int) -> None:
        if level == len(self._scopes):
            return
        root = self._scopes[level]
        found = None if root is None else root.find(section)
        if root is None:
            await self._section(section, level + 1)
        elif found is not None:
            for element in elements(found):
                await (self._section(section, level + 1) if element.tag == "base" else self._statement(element))

    async def statements(self, found: Iterable[ET.Element]) -> None:
        for element in found:
            await self._statement(element)

    async def _statement(self, element: ET.Element) -> None:
        self._place = element.tag
        if element.tag in NOT_ON_HANDSHAKE:
            self.exchange.trace.append(f"{element.tag}: inherited, skipped on a WebSocket API")
            return
        if not POLICIES[element.tag].runs:
            message = f"The local gateway does not carry out '{element.tag}'"
            raise Refusal(error(500, "Internal server error"), "PolicyNotSupported", message, element.tag)
        await self._known[element.tag](self, element)

    def fragment(self, id_: str) -> ET.Element | None:
        return self._around.fragments.get(id_.casefold())

    def value(self, text: str) -> Any:
        """A text with its named values put in and, if it is an expression, evaluated."""
        filled = resolved(text, self._around.named_values)
        return expressions.evaluated(filled, self.exchange.names()) if is_expression(filled) else filled

    def text(self, text: str) -> str:
        return values.text(self.value(text))

    def attribute(self, element: ET.Element, name: str, default: str = "") -> str:
        return self.text(element.get(name, default))

    def texts(self, element: ET.Element, path: str) -> list[str]:
        return [self.text((item.text or "").strip()) for item in element.findall(path)]
