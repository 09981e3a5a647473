"""The page about the pack leaves nothing of it out, and says nothing else."""

import json
import re

from pulumi_policy import EnforcementLevel

from pulumi_workspace365_policies import POLICIES, environments, websocket_apis
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs/policy-pack.md"
TEXT = PAGE.read_text(encoding="utf-8")
SCHEMAS = {policy.name: policy.config_schema.properties for policy in POLICIES if policy.config_schema}


def test_every_policy_stands_in_the_table_with_its_level_and_has_a_part_of_its_own() -> None:
    rows = dict(re.findall(r"(?m)^\| `([a-z-]+)` \| (mandatory|advisory) \|", TEXT))
    assert rows == {policy.name: policy.enforcement_level.value for policy in POLICIES if policy.enforcement_level}
    assert len(rows) == len(POLICIES) == len(SCHEMAS)
    assert re.findall(r"(?m)^### ([a-z-]+)$", TEXT) == list(rows)


def test_every_setting_stands_in_the_table_with_its_policy() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| (all|`[a-z-]+`) \|", TEXT)
    told = {name: set(SCHEMAS) if of == "all" else {of.strip("`")} for name, of in rows}
    assert told == {name: {policy for policy, own in SCHEMAS.items() if name in own} for own in SCHEMAS.values() for name in own}


def test_messages_begin_as_the_page_says() -> None:
    messages = [
        value for module in (environments, websocket_apis) for name, value in vars(module).items() if "{name}" in str(value)
    ]
    assert len(messages) == 6
    page = " ".join(TEXT.split())
    for message in messages:
        beginning = re.split(r"[:,.] ?", message.replace("{name}", "chat" if "API" in message else "contoso"))[0]
        assert f"`{beginning}" in page, message


def test_the_configuration_of_the_page_is_one_that_the_policies_take() -> None:
    (config,) = (json.loads(block.text) for block in blocks(PAGE) if block.language == "json")
    assert EnforcementLevel(config.pop("all"))
    for name, settings in config.items():
        assert EnforcementLevel(settings.pop("enforcementLevel", "advisory"))
        assert settings
        assert settings.keys() <= SCHEMAS[name].keys()
        allowed = SCHEMAS[name].get("accept", {}).get("items", {}).get("enum", [])
        assert set(settings.get("accept", [])) <= set(allowed)
