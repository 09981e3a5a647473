"""The rules at work: what is known is judged when the program names the API, the rest once it is known, before it is sent."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi

from pulumi_workspace365_components.websocket_api import arguments, identifiers
from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs
from pulumi_workspace365_components.websocket_api.policy import rules
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy.rules import Finding

_T = TypeVar("_T")


@dataclass
class Judgement:
    """The handshake of one API on its way to the service.

    Args:
        name: the API's resource name, for messages.
        args: the API's arguments.

    Raises:
        pulumi.RunError: the policy breaks a rule, or is none.
    """

    name: str
    args: WebSocketApiArgs
    told: set[Finding] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.handshake = self._read(self.args.handshake)
        judged = self._judge(self.handshake, self.args.sku, self.args.service_url)
        self.findings = [] if isinstance(self.args.handshake, pulumi.Output) else judged

    def fitting(self, api_id: pulumi.Input[str]) -> pulumi.Input[str]:
        """The API's id, which has to fit wherever it stands.

        Raises:
            pulumi.RunError: it does not; once it is known.
        """
        checked: pulumi.Input[str] = arguments.applied(api_id, self._fitting)
        return checked

    def _fitting(self, api_id: str) -> str:
        subject = f"WebSocketApi {self.name!r}: api_id"
        identifiers.required_name(subject, "apis", api_id)
        for made, longest, where in self._made_of(api_id):
            if len(made) > longest:
                raise pulumi.RunError(
                    f"{subject}: it is too long by {len(made) - longest} for {where}: at most {longest} characters."
                )
        first = arguments.prefix(api_id)[0]
        if self.handshake.fragments and not (first.isalnum() or first == "_"):
            raise pulumi.RunError(
                f"{subject}: it must begin with a letter, a digit or _ where the handshake has fragments of its own."
            )
        return api_id

    def _made_of(self, api_id: str) -> Iterator[tuple[str, int, str]]:
        """What contains the id, how long that may be, and what it is (api-version 2024-05-01)."""
        logged = self.args.diagnostics
        if logged and any(logger is not None and logger != "" for logger in (logged.azure_monitor, logged.application_insights)):
            yield api_id, 80, "an API with diagnostics"
        if self.args.gateways:
            yield api_id, 80, "an API of a self-hosted gateway"
        if self.args.probe_subscription:
            yield f"{api_id}-probe", 256, "the subscription for probes, which is named after it"
        prefix = arguments.prefix(api_id)
        for fragment in self.handshake.fragments:
            yield prefix + fragment.id, 80, f"the fragment {fragment.id!r}, whose id begins with it"
        for value in self.handshake.named_values:
            yield prefix + value.name, 256, f"the named value {value.name!r}, whose name begins with it"

    def tell(self, resource: pulumi.Resource) -> None:
        """Log the warnings and the advice, each once."""
        for finding in self.findings:
            if finding not in self.told:
                self.told.add(finding)
                log = pulumi.log.warn if finding.severity == "warning" else pulumi.log.info
                log(_sentence(finding), resource)

    def settled(self, api_id: pulumi.Input[str], resource: pulumi.Resource) -> "pulumi.Output[Handshake]":
        """The handshake as it is deployed: all values known, judged again, its own names prefixed with the API's id."""
        deferred = self.handshake.deferred()
        args = self.args
        written = args.handshake if isinstance(args.handshake, pulumi.Output) else None
        parts: list[Any] = [api_id, args.sku, args.service_url, args.subscription_required, written, *deferred]

        def settle(values: Sequence[Any]) -> Handshake:
            api, sku, service_url, required, text, *rest = values
            with_values = self._read(text) if text is not None else self._legal(lambda: self.handshake.resolve(rest))
            self.findings = self._judge(with_values, sku, service_url, required=required)
            self.tell(resource)
            return self._legal(lambda: with_values.prefixed(arguments.prefix(api)))

        return pulumi.Output.all(*parts).apply(settle)

    def _read(self, policy: object) -> Handshake:
        if isinstance(policy, Handshake):
            return policy
        if policy is None or isinstance(policy, pulumi.Output):
            return Handshake()
        if not isinstance(policy, str):
            raise pulumi.RunError(f"WebSocketApi {self.name!r}: handshake: an Output gives the text of a policy document.")
        return self._legal(lambda: Handshake.parse(policy))

    def _judge(self, handshake: Handshake, sku: Any, service_url: Any, *, required: Any = None) -> list[Finding]:
        args = self.args
        known = args.subscription_required if isinstance(args.subscription_required, bool) else required
        judged = self._legal(
            lambda: rules.judge(
                handshake,
                sku=sku,
                service_url=service_url,
                browsers=args.browsers,
                subscription_required=known,
                inherited=args.inherited,
            )
        )
        if wrong := rules.errors(judged):
            raise pulumi.RunError(refusal(self.name, wrong))
        return judged

    def _legal(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except PolicyError as problem:
            raise pulumi.RunError(f"WebSocketApi {self.name!r}: handshake: {problem}") from None


def refusal(name: str, findings: Sequence[Finding]) -> str:
    """Why an API is not deployed: a line per finding."""
    lines = [f"WebSocketApi {name!r} is not deployed, its handshake cannot work (rules: docs/rules.md):"]
    return "\n".join([*lines, *(f"  {_sentence(finding)}" for finding in findings)])


def _sentence(finding: Finding) -> str:
    where = f" at {finding.path}" if finding.path else ""
    return f"{finding.rule}{where}: {finding.message} {finding.remedy}"
