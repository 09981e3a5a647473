"""Builders for access control: tokens, client certificates, headers and addresses with which clients may connect."""

from collections.abc import Sequence
from typing import Literal

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Flag, Number, Text, element, policy


def validate_jwt(
    *,
    header_name: Text | None = None,
    query_parameter_name: Text | None = None,
    token_value: Text | None = None,
    openid_configs: Sequence[Text] = (),
    issuer_signing_keys: Sequence[Element] = (),
    decryption_keys: Sequence[Element] = (),
    audiences: Sequence[Text] = (),
    issuers: Sequence[Text] = (),
    required_claims: Sequence[Element] = (),
    failed_validation_httpcode: Number | None = None,
    failed_validation_error_message: Text | None = None,
    require_expiration_time: Flag | None = None,
    require_scheme: Text | None = None,
    require_signed_tokens: Flag | None = None,
    clock_skew: Number | None = None,
    output_token_variable_name: Text | None = None,
) -> Element:
    """Refuses a client without a valid JSON Web Token (reference: validate-jwt-policy). Section inbound.

    Args:
        header_name: the header that holds the token. Give exactly one of ``header_name``, ``query_parameter_name`` and ``token_value``.
        query_parameter_name: the query parameter that holds it; what browsers can send.
        token_value: an expression that gives the token, without a scheme.
        openid_configs: URLs of OpenID configuration documents.
        issuer_signing_keys: keys that sign tokens, made with :func:`key`.
        decryption_keys: keys that decrypt tokens, made with :func:`key`.
        audiences: accepted audiences.
        issuers: accepted issuers.
        required_claims: claims that must be there, made with :func:`claim`.
        failed_validation_httpcode: status of a refusal; 401 if left out.
        failed_validation_error_message: body of a refusal.
        require_expiration_time: true if left out.
        require_scheme: like ``Bearer``: the scheme that the header must have.
        require_signed_tokens: true if left out.
        clock_skew: seconds by which clocks may differ; 0 if left out.
        output_token_variable_name: a variable that receives the token as a ``Jwt``.
    """
    return policy(
        "validate-jwt",
        *(element("openid-config", attributes={"url": url}) for url in openid_configs),
        _list("issuer-signing-keys", issuer_signing_keys),
        _list("decryption-keys", decryption_keys),
        _texts("audiences", "audience", audiences),
        _texts("issuers", "issuer", issuers),
        _list("required-claims", required_claims),
        header_name=header_name,
        query_parameter_name=query_parameter_name,
        token_value=token_value,
        failed_validation_httpcode=failed_validation_httpcode,
        failed_validation_error_message=failed_validation_error_message,
        require_expiration_time=require_expiration_time,
        require_scheme=require_scheme,
        require_signed_tokens=require_signed_tokens,
        clock_skew=clock_skew,
        output_token_variable_name=output_token_variable_name,
    )


def validate_azure_ad_token(
    *,
    tenant_id: Text,
    client_application_ids: Sequence[Text] = (),
    backend_application_ids: Sequence[Text] = (),
    audiences: Sequence[Text] = (),
    required_claims: Sequence[Element] = (),
    decryption_keys: Sequence[Element] = (),
    header_name: Text | None = None,
    query_parameter_name: Text | None = None,
    token_value: Text | None = None,
    failed_validation_httpcode: Number | None = None,
    failed_validation_error_message: Text | None = None,
    output_token_variable_name: Text | None = None,
) -> Element:
    """Refuses a client without a valid Microsoft Entra token (reference: validate-azure-ad-token-policy). Section inbound.

    Args:
        tenant_id: the tenant's id or name.
        client_application_ids: applications that may connect.
        backend_application_ids: rarely needed.
        audiences: accepted audiences.
        required_claims: claims that must be there, made with :func:`claim`.
        decryption_keys: keys made with :func:`key` and a ``certificate_id``.
        header_name: the header with the token; ``Authorization`` if none of the three is given.
        query_parameter_name: the query parameter with the token.
        token_value: an expression that gives the token, without a scheme.
        failed_validation_httpcode: status of a refusal; 401 if left out.
        failed_validation_error_message: body of a refusal.
        output_token_variable_name: a variable that receives the token as a ``Jwt``.
    """
    return policy(
        "validate-azure-ad-token",
        _texts("client-application-ids", "application-id", client_application_ids),
        _texts("backend-application-ids", "application-id", backend_application_ids),
        _texts("audiences", "audience", audiences),
        _list("required-claims", required_claims),
        _list("decryption-keys", decryption_keys),
        tenant_id=tenant_id,
        header_name=header_name,
        query_parameter_name=query_parameter_name,
        token_value=token_value,
        failed_validation_httpcode=failed_validation_httpcode,
        failed_validation_error_message=failed_validation_error_message,
        output_token_variable_name=output_token_variable_name,
    )


def key(
    base64: Text | None = None,
    *,
    id: Text | None = None,  # noqa: A002  the attribute's name
    certificate_id: Text | None = None,
    n: Text | None = None,
    e: Text | None = None,
) -> Element:
    """A key of :func:`validate_jwt`: Base64 text (best as a secret named value), a certificate of the service, or an RSA pair ``n``, ``e``.

    ``id`` matches a token's ``kid``.
    """
    return policy("key", base64, id=id, certificate_id=certificate_id, n=n, e=e)


def claim(name: Text, *values: Text, match: Literal["all", "any"] | None = None, separator: Text | None = None) -> Element:
    """A claim that a token must have, with the values it must have: all of them, or with ``match="any"`` one."""
    return policy("claim", *(element("value", value) for value in values), name=name, match=match, separator=separator)


def validate_client_certificate(
    *identities: Element,
    validate_revocation: bool | None = None,
    validate_trust: bool | None = None,
    validate_not_before: bool | None = None,
    validate_not_after: bool | None = None,
    ignore_error: bool | None = None,
) -> Element:
    """Refuses a client without a matching TLS certificate (reference: validate-client-certificate-policy). Section inbound.

    Args:
        identities: at most ten, made with :func:`identity`; one of them must match.
        validate_revocation: true if left out, like the next three.
        validate_trust: whether the chain must end at a trusted authority.
        validate_not_before: whether a certificate that is not yet valid is refused.
        validate_not_after: whether an expired one is refused.
        ignore_error: go on in spite of a failure; false if left out.
    """
    return policy(
        "validate-client-certificate",
        _list("identities", identities),
        validate_revocation=validate_revocation,
        validate_trust=validate_trust,
        validate_not_before=validate_not_before,
        validate_not_after=validate_not_after,
        ignore_error=ignore_error,
    )


def identity(
    *,
    thumbprint: Text | None = None,
    serial_number: Text | None = None,
    common_name: Text | None = None,
    subject: Text | None = None,
    dns_name: Text | None = None,
    issuer_subject: Text | None = None,
    issuer_thumbprint: Text | None = None,
    issuer_certificate_id: Text | None = None,
) -> Element:
    """What a client certificate must say for :func:`validate_client_certificate`; all that is given must match."""
    return policy("identity", **locals())


def check_header(
    name: Text,
    *values: Text,
    failed_check_httpcode: Number,
    failed_check_error_message: Text,
    ignore_case: bool,
) -> Element:
    """Refuses a client without a header, or without one of its accepted values (reference: check-header-policy). Section inbound.

    Args:
        name: the header.
        values: accepted values; none: any value.
        failed_check_httpcode: status of a refusal.
        failed_check_error_message: body of a refusal.
        ignore_case: whether the case of values does not matter.
    """
    return policy(
        "check-header",
        *(element("value", value) for value in values),
        name=name,
        failed_check_httpcode=failed_check_httpcode,
        failed_check_error_message=failed_check_error_message,
        ignore_case=ignore_case,
    )


def ip_filter(action: Literal["allow", "forbid"] | Text, *addresses: Text, ranges: Sequence[tuple[Text, Text]] = ()) -> Element:
    """Lets only these addresses connect, or none of them (reference: ip-filter-policy). Section inbound.

    Args:
        action: ``allow`` or ``forbid``.
        addresses: single addresses.
        ranges: first and last address of each range.
    """
    spans = (element("address-range", attributes={"from": first, "to": last}) for first, last in ranges)
    return policy("ip-filter", *(element("address", address) for address in addresses), *spans, action=action)


def _list(name: str, items: Sequence[Element]) -> Element | None:
    return element(name, *items) if items else None


def _texts(name: str, item: str, values: Sequence[Text]) -> Element | None:
    return _list(name, [element(item, value) for value in values])
