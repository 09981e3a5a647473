"""The policies that decide who may connect, and how often."""

import xml.etree.ElementTree as ET
from ipaddress import ip_address

from pulumi_workspace365_sandbox.azure.expressions.dotnet_types import credentials
from pulumi_workspace365_sandbox.azure.gateway.handshake_context import Refusal
from pulumi_workspace365_sandbox.azure.gateway.http_messages import error
from pulumi_workspace365_sandbox.azure.gateway.pipeline import Pipeline, Run
from pulumi_workspace365_sandbox.azure.gateway.tokens import ConfigurationUnavailable, InvalidToken, Validator, for_tenant
from pulumi_workspace365_sandbox.azure.policy import periods

_TOKEN_REASON = "TokenNotPresent"  # noqa: S105  a reason in the logs


async def _check_header(pipeline: Pipeline, element: ET.Element) -> None:
    name = pipeline.attribute(element, "name")
    values, allowed_values = pipeline.handshake.headers.all(name), pipeline.texts(element, "value")
    ignore_case = pipeline.attribute(element, "ignore-case").lower() == "true"
    if not values:
        raise _header_refused(pipeline, element, "HeaderNotFound", f"Header {name} was not found in the request.")
    allowed = {text.casefold() if ignore_case else text for text in allowed_values}
    if allowed_values and not all((text.casefold() if ignore_case else text) in allowed for text in values):
        raise _header_refused(pipeline, element, "HeaderValueNotAllowed", f"Header {name} value was not allowed.")


def _header_refused(pipeline: Pipeline, element: ET.Element, reason: str, message: str) -> Refusal:
    body_text = pipeline.attribute(element, "failed-check-error-message")
    status = int(pipeline.attribute(element, "failed-check-httpcode"))
    return Refusal(error(status, body_text), reason, message, "check-header")


async def _ip_filter(pipeline: Pipeline, element: ET.Element) -> None:
    address = ip_address(pipeline.handshake.address)
    listed = address in {ip_address(text) for text in pipeline.texts(element, "address")}
    for item in element.findall("address-range"):
        low, high = (ip_address(pipeline.attribute(item, name)) for name in ("from", "to"))
        listed = listed or (low.version == address.version and int(low) <= int(address) <= int(high))
    if listed != (pipeline.attribute(element, "action") == "allow"):
        message = f"Caller IP {address} is not allowed."
        raise Refusal(error(403, "Forbidden"), "CallerIpNotAllowed", message, "ip-filter")


async def _rate_limit(pipeline: Pipeline, element: ET.Element) -> None:
    """Counts per subscription; without a key it does nothing."""
    if pipeline.handshake.subscription is not None:
        _limited(pipeline, element, f"subscription {pipeline.handshake.subscription.name}")


async def _rate_limit_by_key(pipeline: Pipeline, element: ET.Element) -> None:
    if _counts(pipeline, element):
        _limited(pipeline, element, f"key {pipeline.attribute(element, 'counter-key')}")


def _counts(pipeline: Pipeline, element: ET.Element) -> bool:
    return pipeline.attribute(element, "increment-condition", "true").lower() == "true"


def _limited(pipeline: Pipeline, element: ET.Element, key: str) -> None:
    handshake, limit = pipeline.handshake, int(pipeline.attribute(element, "calls"))
    period = _period(pipeline, element)
    increment = int(pipeline.attribute(element, "increment-count", "1"))
    scope = f"{element.tag} {handshake.api.id if handshake.api else ''} {key}"
    left, seconds = pipeline.services.counters.count(scope, limit, period, increment)
    _report_limit(pipeline, element, left, limit, seconds)
    if seconds:
        retry = {element.get("retry-after-header-name", "Retry-After"): str(seconds)}
        message = f"Rate limit is exceeded. Try again in {seconds} seconds."
        raise Refusal(error(429, message, **retry), "RateLimitExceeded", "Rate limit is exceeded", element.tag)


def _period(pipeline: Pipeline, element: ET.Element) -> int:
    text = pipeline.attribute(element, "renewal-period")
    seconds = periods.seconds(text)
    if seconds is None:
        raise ValueError(f"'{text:.40}' is not a period: neither a number of seconds nor a duration as PT1M")
    return seconds


def _report_limit(pipeline: Pipeline, element: ET.Element, left: int, limit: int, seconds: int) -> None:
    """Headers and variables that the policy sets, whether it refuses or not."""
    handshake = pipeline.handshake
    for kind, number in (("remaining-calls", left), ("total-calls", limit)):
        if f"{kind}-header-name" in element.attrib:
            handshake.response_headers.add(element.attrib[f"{kind}-header-name"], str(number))
    if "remaining-calls-variable-name" in element.attrib:
        handshake.variables[element.attrib["remaining-calls-variable-name"]] = left
    if seconds and "retry-after-variable-name" in element.attrib:
        handshake.variables[element.attrib["retry-after-variable-name"]] = seconds


async def _quota(pipeline: Pipeline, element: ET.Element) -> None:
    """Of a product; counts per subscription."""
    if pipeline.handshake.subscription is not None:
        _within_quota(pipeline, element, pipeline.handshake.subscription.name)


async def _quota_by_key(pipeline: Pipeline, element: ET.Element) -> None:
    if _counts(pipeline, element):
        _within_quota(pipeline, element, pipeline.attribute(element, "counter-key"))


def _within_quota(pipeline: Pipeline, element: ET.Element, key: str) -> None:
    if "calls" not in element.attrib:
        return
    limit, period = int(pipeline.attribute(element, "calls")), _period(pipeline, element)
    api = pipeline.handshake.api.id if pipeline.handshake.api else ""
    left, seconds = pipeline.services.counters.count(f"{element.tag} {api} {key}", limit, period)
    if seconds or left < 0:
        minutes, rest = divmod(seconds, 60)
        message = f"Out of call volume quota. Quota will be replenished in {minutes // 60:02}:{minutes % 60:02}:{rest:02}."
        raise Refusal(error(403, message), "QuotaExceeded", "Out of call volume quota", element.tag)


async def _validate_jwt(pipeline: Pipeline, element: ET.Element) -> None:
    await _validated(pipeline, element, element)


async def _validate_azure_ad_token(pipeline: Pipeline, element: ET.Element) -> None:
    login = pipeline.services.login
    stood_for = for_tenant(
        element, lambda tenant: f"{login.address}/{pipeline.text(tenant)}/v2.0/.well-known/openid-configuration"
    )
    await _validated(pipeline, element, stood_for)


async def _validated(pipeline: Pipeline, element: ET.Element, rules: ET.Element) -> None:
    try:
        token = _token(pipeline, element)
        claims = await Validator(rules, pipeline.text, pipeline.services.configurations).claims(token)
    except InvalidToken as problem:
        status = int(pipeline.attribute(element, "failed-validation-httpcode", "401"))
        body_text = pipeline.attribute(element, "failed-validation-error-message") or str(problem)
        raise Refusal(error(status, body_text), problem.reason, str(problem), element.tag) from None
    except ConfigurationUnavailable as problem:
        raise Refusal(error(500, "Internal server error"), "OpenIdConfigurationError", str(problem), element.tag) from None
    variable = element.get("output-token-variable-name")
    if variable:
        pipeline.handshake.variables[variable] = credentials.jwt(claims)


def _token(pipeline: Pipeline, element: ET.Element) -> str:
    """The token where the policy looks for it. Raises InvalidToken where there is none."""
    header = element.get("header-name") or (
        None if element.attrib.keys() & {"query-parameter-name", "token-value"} else "Authorization"
    )
    if "token-value" in element.attrib:
        token = pipeline.attribute(element, "token-value")
    elif header is not None:
        token = _after_scheme(pipeline.handshake.headers.get(header), pipeline.attribute(element, "require-scheme"))
    else:
        name = pipeline.attribute(element, "query-parameter-name").casefold()
        token = next((value for key, value in pipeline.handshake.query if key.casefold() == name), "")
    if not token:
        raise InvalidToken(_TOKEN_REASON, "JWT not present.")
    return token


def _after_scheme(value: str, required: str) -> str:
    scheme, space, token = value.strip().partition(" ")
    if required and (not space or scheme.lower() != required.lower()):
        raise InvalidToken(_TOKEN_REASON, "JWT not present.")
    return token.strip() if space else value


ACCESS: dict[str, Run] = {
    "check-header": _check_header,
    "ip-filter": _ip_filter,
    "quota": _quota,
    "quota-by-key": _quota_by_key,
    "rate-limit": _rate_limit,
    "rate-limit-by-key": _rate_limit_by_key,
    "validate-azure-ad-token": _validate_azure_ad_token,
    "validate-jwt": _validate_jwt,
}
