"""The text by which a resource's state keeps its provider: the same on every version of Python, since stacks outlive those.

The SDK pickles providers with the default protocol, which is 5 since Python 3.14 and 4 before. What is kept by module and class differs in
the number alone.
"""

import base64

from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

_PROTOCOL_4, _PROTOCOL_5 = b"\x80\x04", b"\x80\x05"


def serialize(provider: ResourceProvider) -> str:
    """The SDK's text for a provider, in protocol 4 unless the provider needs a later one."""
    return _in_protocol_4(serialize_provider(provider))


def is_same(old: object, new: object) -> bool:
    """Whether two references are those of one provider, whichever versions of Python wrote them."""
    return old == new or (isinstance(old, str) and isinstance(new, str) and _in_protocol_4(old) == _in_protocol_4(new))


def _in_protocol_4(reference: str) -> str:
    try:
        pickled = base64.b64decode(reference, validate=True)
    except ValueError:
        return reference
    if not pickled.startswith(_PROTOCOL_5) or _needs_protocol_5(pickled):
        return reference
    return base64.b64encode(_PROTOCOL_4 + pickled.removeprefix(_PROTOCOL_5)).decode()


def _needs_protocol_5(pickled: bytes) -> bool:
    import pickletools  # noqa: PLC0415  never before Python 3.14

    try:
        return any(operation.proto > 4 for operation, _, _ in pickletools.genops(pickled))
    except ValueError:
        return True
