"""Builders for limits: how often, and how many at a time, clients may connect."""

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Flag, Number, Text, policy


def rate_limit(
    *,
    calls: Number,
    renewal_period: Number,
    retry_after_header_name: Text | None = None,
    retry_after_variable_name: Text | None = None,
    remaining_calls_header_name: Text | None = None,
    remaining_calls_variable_name: Text | None = None,
    total_calls_header_name: Text | None = None,
) -> Element:
    """Answers 429 to a subscription that opens too many WebSockets in a time (reference: rate-limit-policy). Section inbound, once.

    It counts handshakes, not open sockets or messages, and only those with a subscription key.

    Args:
        calls: handshakes that are allowed within ``renewal_period``.
        renewal_period: seconds, 1 to 300.
        retry_after_header_name: in place of ``Retry-After``.
        retry_after_variable_name: a variable for the same.
        remaining_calls_header_name: a header for the handshakes that are left.
        remaining_calls_variable_name: a variable for the same.
        total_calls_header_name: a header that tells ``calls``.
    """
    return policy("rate-limit", **locals())


def rate_limit_by_key(
    *,
    calls: Number,
    renewal_period: Number,
    counter_key: Text,
    increment_condition: Flag | None = None,
    increment_count: Number | None = None,
    retry_after_header_name: Text | None = None,
    retry_after_variable_name: Text | None = None,
    remaining_calls_header_name: Text | None = None,
    remaining_calls_variable_name: Text | None = None,
    total_calls_header_name: Text | None = None,
) -> Element:
    """Answers 429 when too many handshakes of one key come in a time (reference: rate-limit-by-key-policy). Section inbound.

    Args:
        calls: handshakes that are allowed within ``renewal_period``.
        renewal_period: seconds, 1 to 300.
        counter_key: what counts together, e.g. ``expression("context.Request.IpAddress")``.
        increment_condition: which handshakes count.
        increment_count: by how much; 1 if left out.
        retry_after_header_name: in place of ``Retry-After``.
        retry_after_variable_name: a variable for the same.
        remaining_calls_header_name: a header for the handshakes that are left.
        remaining_calls_variable_name: a variable for the same.
        total_calls_header_name: a header that tells ``calls``.
    """
    return policy("rate-limit-by-key", **locals())


def quota_by_key(
    *,
    counter_key: Text,
    renewal_period: Number,
    calls: Number | None = None,
    bandwidth: Number | None = None,
    increment_condition: Flag | None = None,
    increment_count: Number | None = None,
    first_period_start: Text | None = None,
) -> Element:
    """Answers 403 when one key used up its handshakes of a long period (reference: quota-by-key-policy). Section inbound, not in v2 tiers.

    Args:
        counter_key: what counts together; shared by all APIs of the service that use the same key.
        renewal_period: seconds, at least 300, or 0 for ever.
        calls: handshakes that are allowed. Give ``calls``, ``bandwidth`` or both.
        bandwidth: kilobytes that are allowed.
        increment_condition: which handshakes count.
        increment_count: by how much; 1 if left out.
        first_period_start: ``yyyy-MM-ddTHH:mm:ssZ``.
    """
    return policy("quota-by-key", **locals())


def limit_concurrency(key: Text, max_count: Number, *policies: Element) -> Element:
    """Answers 429 when more than ``max_count`` handshakes of one key are in these policies (reference: limit-concurrency-policy).

    It counts handshakes in progress, not open sockets. All sections.
    """
    return policy("limit-concurrency", *policies, key=key, max_count=max_count)
