"""Takes out of calls, state and words what differs from run to run: folders, ports, times, random ids, pickled code.

Random values become numbers in the order in which they are first seen, so that "the same" and "another" stay visible.
"""

import json
import re
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.resource.urn import UNKNOWN_ID

Json = dict[str, Any]
UNCOMPARED = {"created", "modified", "sourcePosition", "sourcePositions", "stackTrace", "parentStackTraceHandle", "packageRef"}
UNCOMPARED |= {"randomSeed", "resourceStatusAddress", "resourceStatusToken"}
UNORDERED = {"dependencies", "urns"}
UNORDERED_BY_NAME = {"propertyDependencies"}
PROVIDER_CALLS = {"Check", "Diff", "Create", "Read", "Update", "Delete", "CheckConfig", "DiffConfig", "Configure", "Invoke"}
MONITOR_CALLS = {"RegisterResource", "ReadResource"}
_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_PICKLE = re.compile(r"gA[SW][A-Za-z0-9+/]{20,}=*")  # pickle's protocol 4, and 5 since Python 3.14
_FAILURE = re.compile(r"error: .|Exception: |Error: ")
_HEADING = re.compile(r"\(.*\):$|^\s*the stack:$")
_LAST_WORD = re.compile("error: (update|preview) failed|error: Resource monitor has terminated, shutting down")


class Normaliser:
    """Holds what was seen of one scenario."""

    def __init__(self, directory: Path) -> None:
        self._directory = str(directory)
        self._seen = {UNKNOWN_ID: "<unknown>"}  # of every provider that a preview would create, and what it cannot know

    def forgetful(self) -> "Normaliser":
        """Another that knows what was seen, and whose own sights do not count: a preview's ids are made for it alone."""
        other = Normaliser(Path(self._directory))
        other._seen = dict(self._seen)
        return other

    def _number(self, kind: str, match: "re.Match[str]") -> str:
        return self._seen.setdefault(match[0], f"<{kind} {sum(text.startswith(f'<{kind}') for text in self._seen.values()) + 1}>")

    def text(self, text: str) -> str:
        text = _PICKLE.sub(lambda match: self._number("code", match), text.replace(self._directory, "<folder>"))
        return _RANDOM.sub(lambda match: self._number("id", match), text)

    def _learn(self, message: Any) -> None:
        """Call the random id of a provider by the provider's name: the order in which several appear is a matter of chance."""
        if isinstance(message, dict) and _RANDOM.fullmatch(str(message.get("id"))) and message["id"] not in self._seen:
            name = str(message.get("urn")).rpartition("::")[2]
            count = sum(text.endswith(f" of {name}>") for text in self._seen.values()) + 1
            self._seen[message["id"]] = f"<id {count} of {name}>"

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._item(key, item) for key, item in value.items() if key not in UNCOMPARED}
        if isinstance(value, int | float) and not isinstance(value, bool):
            return int(float(value)) if float(value).is_integer() else value
        return [self.value(item) for item in value] if isinstance(value, list) else value

    def _item(self, key: str, value: Any) -> Any:
        value = self.value(value)
        if key in UNORDERED and isinstance(value, list):
            return sorted(value)
        if key in UNORDERED_BY_NAME and isinstance(value, dict):
            return {name: sorted(item) if isinstance(item, list) else item for name, item in value.items()}
        return value

    def state(self, exported: Json) -> list[Json]:
        """The resources by name, and the pending operations; where each is stands in the deployment's own check."""
        deployment = exported.get("deployment") or {}
        resources = [self.value(item) for item in deployment.get("resources") or []]
        pending = [{"pending": self.value(item)} for item in deployment.get("pending_operations") or []]
        features = [{"features": exported["features"]}] if exported.get("features") else []
        return [*features, *sorted(resources, key=lambda item: (item["urn"], item.get("delete", False))), *pending]

    def calls(self, log: Path) -> tuple[dict[str, list[Json]], dict[str, list[Json]]]:
        """The calls of providers by resource, and what the program was answered by resource, each in order."""
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        ended = [entry for entry in map(json.loads, lines) if entry.get("progress") != "request_started"]
        for entry in ended:
            self._learn(entry["request"])
            self._learn(entry.get("response"))
        calls: dict[str, list[Json]] = {}
        answers: dict[str, list[Json]] = {}
        for entry in ended:
            service, _, method = entry["method"].rpartition("/")
            if service.endswith("ResourceProvider") and method in PROVIDER_CALLS:
                request = entry["request"]
                who = self.text(request.get("urn") or request.get("tok") or method)
                calls.setdefault(who, []).append(self._call(method, entry))
            elif service.endswith("ResourceMonitor") and method in MONITOR_CALLS and entry.get("response"):
                request = entry["request"]
                who = f"{request['type']} {request['name']}"
                answers.setdefault(who, []).append(self.value({"method": method, "response": entry.get("response")}))
        return dict(sorted(calls.items())), dict(sorted(answers.items()))

    def _call(self, method: str, entry: Json) -> Json:
        failed = {"failed": True} if entry.get("errors") else {}
        response = {"response": self.value(entry["response"])} if entry.get("response") else {}
        return {"method": method, "request": self.value(entry["request"]), **response, **failed}

    def words(self, output: str, *, failed: bool) -> list[str]:
        """Messages and counts of resources, by line; tracebacks shortened to their last line.

        When something failed, how much else was still done is a matter of chance: only the errors count.
        """
        sections = _sections(output)
        said = [*sections["error"], *_without_tracebacks(sections["Diagnostics:"]), *sections["Resources:"]]
        if failed:
            said = list({line for line in said if _FAILURE.search(line) and not _LAST_WORD.search(line)})
        return sorted(self.text(line.strip()) for line in said if not _HEADING.search(line))


def _sections(output: str) -> dict[str, list[str]]:
    """The lines of the parts of an output, each part ending at the next part or, for counts, at an empty line."""
    sections: dict[str, list[str]] = {"error": [], "Diagnostics:": [], "Resources:": []}
    part = ""
    for line in output.splitlines():
        if line in {"Diagnostics:", "Outputs:", "Resources:"} or (part == "Resources:" and not line):
            part = line
        elif line.startswith("error:") and not part:
            sections["error"].append(line)
        elif part in sections and line.strip():
            sections[part].append(line)
    return sections


def _without_tracebacks(lines: list[str]) -> list[str]:
    """Each traceback becomes its last line; that of the program interrupted by the engine vanishes."""
    result: list[str] = []
    trace: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if "Traceback (most recent call last)" in line:
            trace = indent
        elif trace is None or indent < trace:
            trace = None
            result.append(line)
        elif indent == trace and not line.lstrip().startswith(("During handling", "The above exception")):
            if "KeyboardInterrupt" not in line:
                result.append(line)
            trace = None
    return result
