"""Builders for control flow: which policies run, with which variables, and how a handshake ends early."""

from collections.abc import Sequence

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Flag, Number, Text, element, policy
from pulumi_workspace365_components.websocket_api.policy.fragments import Fragment


def base() -> Element:
    """Runs the policies of wider scopes here: product, all APIs. Unsupported ones among them are skipped."""
    return Element("base")


def choose(*whens: Element, otherwise: Sequence[Element] = ()) -> Element:
    """Runs the policies of the first :func:`when` that holds, else those of ``otherwise`` (reference: choose-policy). All sections."""
    return policy("choose", *whens, element("otherwise", *otherwise) if otherwise else None)


def when(condition: Flag, *policies: Element) -> Element:
    """A branch of :func:`choose`: an expression that gives true or false, and what runs if it is true."""
    return policy("when", *policies, condition=condition)


def set_variable(name: Text, value: Text | Number | Flag) -> Element:
    """Keeps a value for later expressions, as ``context.Variables["name"]`` (reference: set-variable-policy). All sections."""
    return policy("set-variable", name=name, value=value)


def include_fragment(fragment: Fragment | str) -> Element:
    """Runs a fragment here: one of the handshake's, or the id of one that is in the service. All sections."""
    return policy("include-fragment", fragment_id=fragment.id if isinstance(fragment, Fragment) else fragment)


def return_response(
    code: Number | None = None,
    reason: Text | None = None,
    *,
    headers: Sequence[Element] = (),
    response_variable_name: Text | None = None,
) -> Element:
    """Ends the handshake with an answer (reference: return-response-policy). All sections.

    Args:
        code: the status; 200 if left out, which to a WebSocket client is a refusal too.
        reason: the status's text.
        headers: made with ``set_header``.
        response_variable_name: the variable of a ``send_request`` whose response is returned.
    """
    status = policy("set-status", code=code, reason=reason) if code is not None else None
    return policy("return-response", status, *headers, response_variable_name=response_variable_name)
