"""SARIF 2.1.0 as far as this project writes it, judged strictly: written from the standard, as no schema of it comes with a package.

Members that the standard does not have, or that are missing or of another type, are refused.
"""

from typing import Any

import jsonschema

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_MESSAGE = {"type": "object", "properties": {"text": _TEXT}, "required": ["text"], "additionalProperties": False}
_URI = {"type": "string", "pattern": r"^[A-Za-z0-9_.!~*'()/%:@&=+$,;-]+$"}  # RFC 3986, without spaces and control characters
_NUMBER = {"type": "integer", "minimum": 1}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": [*required], "additionalProperties": False}


_REGION = _object({"startLine": _NUMBER}, {"startColumn": _NUMBER})
_LOCATION = _object({"physicalLocation": _object({"artifactLocation": _object({"uri": _URI})}, {"region": _REGION})})
_RESULT = _object(
    {
        "ruleId": _TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": _MESSAGE,
        "locations": {"type": "array", "items": _LOCATION, "minItems": 1, "maxItems": 1},
    }
)
_RULES = {"type": "array", "uniqueItems": True, "items": _object({"id": _TEXT}, {"shortDescription": _MESSAGE})}
_DRIVER = _object({"name": _TEXT, "version": _TEXT, "rules": _RULES})
_INVOCATION = _object({"executionSuccessful": {"type": "boolean"}, "exitCode": {"type": "integer"}})
_RUN = _object(
    {
        "tool": _object({"driver": _DRIVER}),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "invocations": {"type": "array", "items": _INVOCATION, "minItems": 1, "maxItems": 1},
        "results": {"type": "array", "items": _RESULT},
    }
)
_LOG = _object(
    {"$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": _RUN}}
)


def results(log: Any) -> list[dict[str, Any]]:
    """The results of a log with one run, which is as the standard says; each ``ruleIndex`` names the rule of ``ruleId``."""
    jsonschema.Draft7Validator(_LOG).validate(log)
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    found: list[dict[str, Any]] = run["results"]
    assert [rules[result["ruleIndex"]] for result in found] == [result["ruleId"] for result in found]
    assert {result["ruleId"] for result in found} == set(rules)
    return found
