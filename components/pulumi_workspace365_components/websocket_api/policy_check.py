"""The rules at work: what is known is judged when the program names the API, the rest once it is known, before it is sent."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi

from pulumi_workspace365_components.websocket_api import arguments, identifiers
from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs
from pulumi_workspace365_components.websocket_api.handshake_args import HandshakeArgs
from pulumi_workspace365_components.websocket_api.policy import rules
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy.rules import Finding

_T = TypeVar("_T")


@dataclass(frozen=True)
class ValidatedHandshake:
    """A handshake, and what the rules found of it: warnings and advice."""

    handshake: Handshake
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class PolicyCheck:
    """Validates the handshake of one API, as declared and as deployed.

    Args:
        name: the API's resource name, for messages.
        args: the API's arguments.
    """

    name: str
    args: WebSocketApiArgs

    def check_declared(self) -> ValidatedHandshake:
        """Validate the declared handshake, as far as its values are known.

        Raises:
            pulumi.RunError: the policy breaks a rule, or is none.
        """
        handshake = self._read(self.args.handshake)
        findings = self._judge(handshake, self.args.sku, self.args.service_url)
        return ValidatedHandshake(handshake, () if isinstance(self.args.handshake, pulumi.Output) else findings)

    def check_deployed(self, declared: ValidatedHandshake, api_id: pulumi.Input[str]) -> "pulumi.Output[ValidatedHandshake]":
        """Validate the deployed handshake: all values are known, and its own names are prefixed with the API's id."""
        args = self.args
        written = args.handshake if isinstance(args.handshake, pulumi.Output) else None
        deferred = declared.handshake.deferred()
        parts: list[Any] = [api_id, args.sku, args.service_url, args.subscription_required, written, *deferred]

        def validate(values: Sequence[Any]) -> ValidatedHandshake:
            api, sku, service_url, required, text, *rest = values
            whole = self._read(text) if text is not None else self._legal(lambda: declared.handshake.resolve(rest))
            findings = self._judge(whole, sku, service_url, required=required)
            return ValidatedHandshake(self._legal(lambda: whole.prefixed(arguments.name_prefix(api))), findings)

        return pulumi.Output.all(*parts).apply(validate)

    def check_api_id(self, api_id: pulumi.Input[str], handshake: Handshake) -> pulumi.Input[str]:
        """The API's id, which has to fit wherever it stands, also in the names of what the handshake brings along.

        Raises:
            pulumi.RunError: it does not; once it is known.
        """
        checked: pulumi.Input[str] = arguments.apply_to_input(api_id, lambda known: self._fitting(known, handshake))
        return checked

    def _fitting(self, api_id: str, handshake: Handshake) -> str:
        subject = f"WebSocketApi {self.name!r}: api_id"
        identifiers.required_name(subject, "apis", api_id)
        for derived, longest, where in self._made_of(api_id, handshake):
            if len(derived) > longest:
                raise pulumi.RunError(
                    f"{subject}: it is too long by {len(derived) - longest} for {where}: at most {longest} characters."
                )
        first = arguments.name_prefix(api_id)[0]
        if handshake.fragments and not (first.isalnum() or first == "_"):
            raise pulumi.RunError(
                f"{subject}: it must begin with a letter, a digit or _ where the handshake has fragments of its own."
            )
        return api_id

    def _made_of(self, api_id: str, handshake: Handshake) -> Iterator[tuple[str, int, str]]:
        """What contains the id, how long that may be, and what it is (api-version 2024-05-01)."""
        logged = self.args.diagnostics
        if logged and any(logger is not None and logger != "" for logger in (logged.azure_monitor, logged.application_insights)):
            yield api_id, 80, "an API with diagnostics"
        if self.args.gateways:
            yield api_id, 80, "an API of a self-hosted gateway"
        if self.args.probe_subscription:
            yield f"{api_id}-probe", 256, "the subscription for probes, which is named after it"
        prefix = arguments.name_prefix(api_id)
        for fragment in handshake.fragments:
            yield prefix + fragment.id, 80, f"the fragment {fragment.id!r}, whose id begins with it"
        for backend in handshake.backends:
            yield prefix + backend.name, 80, f"the backend {backend.name!r}, whose id begins with it"
        for value in handshake.named_values:
            yield prefix + value.name, 256, f"the named value {value.name!r}, whose name begins with it"

    def _read(self, policy: object) -> Handshake:
        if isinstance(policy, Handshake):
            return policy
        if isinstance(policy, HandshakeArgs):
            return self._legal(policy.built)
        if policy is None or isinstance(policy, pulumi.Output):
            return Handshake()
        if not isinstance(policy, str):
            raise pulumi.RunError(
                f"WebSocketApi {self.name!r}: handshake: an Output must resolve to the text of a policy document."
            )
        return self._legal(lambda: Handshake.parse(policy))

    def _judge(self, handshake: Handshake, sku: Any, service_url: Any, *, required: Any = None) -> tuple[Finding, ...]:
        args = self.args
        is_required = args.subscription_required if isinstance(args.subscription_required, bool) else required
        validated = self._legal(
            lambda: rules.validate(
                handshake,
                sku=sku,
                service_url=service_url,
                browsers=args.browsers,
                subscription_required=is_required,
                inherited=args.inherited,
            )
        )
        if wrong := rules.errors(validated):
            raise pulumi.RunError(error_message(self.name, wrong))
        return tuple(validated)

    def _legal(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except PolicyError as problem:
            raise pulumi.RunError(f"WebSocketApi {self.name!r}: handshake: {problem}") from None


def report(findings: Iterable[Finding], resource: pulumi.Resource) -> None:
    """Log warnings and advice beside the resource."""
    for finding in findings:
        log = pulumi.log.warn if finding.severity == "warning" else pulumi.log.info
        log(_sentence(finding), resource)


def error_message(name: str, findings: Sequence[Finding]) -> str:
    """Why an API is not deployed: a line per finding."""
    lines = [f"WebSocketApi {name!r} is not deployed, its handshake cannot work (rules: docs/rules.md):"]
    return "\n".join([*lines, *(f"  {_sentence(finding)}" for finding in findings)])


def _sentence(finding: Finding) -> str:
    where = f" at {finding.path}" if finding.path else ""
    return f"{finding.rule}{where}: {finding.message} {finding.remedy}"
