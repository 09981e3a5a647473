"""Enums that methods of expressions take or return."""

from pulumi_workspace365_sandbox.azure.expressions.datetimes import DAYS
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Enumeration

_ENUMS = {
    "StringComparison": "CurrentCulture CurrentCultureIgnoreCase InvariantCulture InvariantCultureIgnoreCase Ordinal OrdinalIgnoreCase",
    "StringSplitOptions": "None RemoveEmptyEntries TrimEntries",
    "Formatting": "None Indented",
    "JTokenType": "None Object Array Constructor Property Comment Integer Float String Boolean Null Undefined Date Raw Bytes Guid Uri TimeSpan",
    "DayOfWeek": f"{DAYS[6]} {' '.join(DAYS[:6])}",
    "DateTimeKind": "Unspecified Utc Local",
    "MidpointRounding": "ToEven AwayFromZero",
    "ProductState": "NotPublished Published",
    "UriPartial": "Scheme Authority Path Query",
    "CipherMode": "_ CBC ECB OFB CFB CTS",
    "PaddingMode": "_ None PKCS7 Zeros ANSIX923 ISO10126",
    "DateTimeStyles": "None",
    "NumberStyles": "None",
}
_FLAGS = {"RegexOptions": {"None": 0, "IgnoreCase": 1, "Multiline": 2, "ExplicitCapture": 4, "Compiled": 8, "Singleline": 16,
                           "IgnorePatternWhitespace": 32, "RightToLeft": 64, "ECMAScript": 256, "CultureInvariant": 512}}  # fmt: skip


def value(kind: str, name: str) -> Enumeration:
    """One value of an enum."""
    return _VALUES[kind][name]


_VALUES = {
    kind: {name: Enumeration(kind, name, number) for name, number in names.items()}
    for kind, names in {
        **{kind: {name: place for place, name in enumerate(names.split())} for kind, names in _ENUMS.items()},
        **_FLAGS,
    }.items()
}

define("Enum", methods={"HasFlag": ("bool", lambda one, other: one.number & other.number == other.number)})
for _kind, _names in _VALUES.items():
    define(_kind, bases=("Enum",), constants={name: (_kind, item) for name, item in _names.items() if name != "_"})
