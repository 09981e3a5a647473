"""Resources and components take keywords, an Args object or a dictionary, and deploy the same of each."""

from typing import Any

import pulumi
import pytest

import pulumi_workspace365 as w365
import pulumi_workspace365_components as components

from .deployed import deployed

PROGRAM = """
import pulumi
import pulumi_workspace365 as w365
import pulumi_workspace365_components as components

opts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="5m"))
administrator = {"admin_email": "a@b.example", "admin_first_name": "A", "admin_last_name": "B", "deletion_protection": False}


async def soon(name):
    return name


w365.Environment("by-name", environment_name="by-name", **administrator, opts=opts)
w365.Environment("by-name-behind-options", opts, environment_name=soon("by-name-behind-options"), **administrator)
w365.Environment("as-object", w365.EnvironmentArgs(environment_name="as-object", **administrator), opts)
w365.Environment("as-dictionary", {"environment_name": pulumi.Output.from_input("as-dictionary"), **administrator}, opts=opts)

exchange = {"server_type": "Office365"}
components.CustomerEnvironment("customer-by-name", environment_name="customer-by-name", exchange=exchange, **administrator)
components.CustomerEnvironment("customer-as-object", components.CustomerEnvironmentArgs(
    environment_name="customer-as-object", exchange=components.ExchangeArgs(**exchange), **administrator))
components.CustomerEnvironment("customer-as-dictionary", dict(environment_name="customer-as-dictionary", exchange=exchange, **administrator))
"""
ENVIRONMENTS = ["by-name", "by-name-behind-options", "as-object", "as-dictionary"]
CUSTOMERS = ["customer-by-name", "customer-as-object", "customer-as-dictionary"]


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """The resources in state after an ``up``, by type and name."""
    found = deployed(PROGRAM, tmp_path_factory.mktemp("arguments"))
    return {(item["type"].rpartition(":")[2], item["urn"].rpartition("::")[2]): item for item in found}


@pytest.mark.parametrize("name", [*ENVIRONMENTS, *CUSTOMERS])
def test_an_environment_is_the_same_however_its_arguments_are_given(resources: dict[Any, dict[str, Any]], name: str) -> None:
    inputs = {
        key: value for key, value in resources["Environment", name]["inputs"].items() if key not in {"__provider", "instance"}
    }
    assert inputs == {
        "environment_name": name,
        "admin_email": "a@b.example",
        "admin_first_name": "A",
        "admin_last_name": "B",
        "active": True,
        "adopt_existing": False,
        "deletion_protection": False,
        "name_policy": "accept",
    }


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_options_are_taken_from_wherever_they_stand(resources: dict[Any, dict[str, Any]], name: str) -> None:
    assert resources["Environment", name]["customTimeouts"]["create"] == 300


@pytest.mark.parametrize("name", CUSTOMERS)
def test_a_customers_settings_are_the_same_however_they_are_given(resources: dict[Any, dict[str, Any]], name: str) -> None:
    inputs = resources["ExchangeSettings", name]["inputs"]
    assert (inputs["environment"], inputs["server_type"]) == (name, "Office365")
    assert resources["ExchangeSettings", name]["parent"].endswith(f"CustomerEnvironment::{name}")


OPTS = pulumi.ResourceOptions()
NAMED = {"environment_name": "a"}
API = {"resource_group_name": "g", "service_name": "s", "path": "p", "service_url": "wss://b.example"}


@pytest.mark.parametrize(
    ("cls", "positional", "named", "told"),
    [
        (
            "Environment",
            [],
            {"enviroment_name": "a"},
            "enviroment_name: there is no such argument; did you mean environment_name?",
        ),
        ("Environment", [], {}, "environment_name: it is required"),
        ("Environment", [], {"environment_name": None}, "environment_name: it is required"),
        ("Environment", [NAMED], {"active": True}, "active: it is given together with args"),
        ("Environment", [OPTS], {**NAMED, "opts": OPTS}, "opts: it is given twice"),
        ("Environment", [NAMED], {"args": NAMED}, "args: it is given twice"),
        ("Environment", [NAMED, NAMED], {}, "opts: it must be pulumi.ResourceOptions, not dict"),
        ("Environment", [NAMED, OPTS, OPTS], {}, "only args and opts"),
        ("Environment", ["a"], {}, "args: it must be EnvironmentArgs or a dictionary, not str"),
        ("ExchangeSettings", [], {"environment": "a"}, "server_type: it is required"),
        (
            "OAuth2SignOn",
            [{"environment": "a", "athority": "x"}],
            {},
            "athority: there is no such argument; did you mean authority?",
        ),
        ("Instance", [], {"baseurl": "https://a.example"}, "baseurl: there is no such argument; did you mean base_url?"),
        ("ConnectivityCheck", [], {"region": "r"}, "port: it is required"),
        ("CustomerEnvironment", [NAMED], {"exchange": None}, "exchange: it is given together with args"),
        ("CustomerEnvironment", [], {**NAMED, "exchange": {"server": "x"}}, "exchange: server: there is no such argument"),
        (
            "CustomerEnvironment",
            [],
            {**NAMED, "template": "x"},
            "template: args: it must be CustomerTemplateArgs or a dictionary",
        ),
        ("WebSocketApi", [API], {"path": "p"}, "path: it is given together with args"),
        ("WebSocketApi", [], {**API, "pth": "p"}, "pth: there is no such field"),
        ("WebSocketApi", [3], {}, "args: it must be WebSocketApiArgs or a dictionary, not int"),
        ("WebSocketMonitoring", [], {"resource_group_name": "g"}, "workspace_id: it is required"),
    ],
)
def test_what_is_wrong_is_a_type_error_that_names_the_argument_without_a_traceback(
    cls: str, positional: list[Any], named: dict[str, Any], told: str
) -> None:
    make = getattr(w365, cls, None) or getattr(components, cls)
    with pytest.raises(TypeError) as refusal:
        make("contoso", *positional, **named)
    assert str(refusal.value).startswith(f"{cls} 'contoso': ")
    assert told in str(refusal.value)
    assert isinstance(refusal.value, pulumi.RunError)  # of which a program's end shows the sentence alone
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("cls", ["WebSocketApi", "WebSocketMonitoring"])
def test_a_dictionary_has_the_names_that_the_arguments_have(cls: str) -> None:
    model, given = getattr(components, f"{cls}Args"), getattr(components, f"{cls}ArgsDict")
    assert given.__annotations__.keys() == model.model_fields.keys()
    assert given.__required_keys__ == {name for name, field in model.model_fields.items() if field.is_required()}


def test_the_handshakes_dictionary_has_the_names_that_its_arguments_have() -> None:
    assert components.HandshakeArgsDict.__annotations__.keys() == components.HandshakeArgs.model_fields.keys()


@pytest.mark.parametrize(
    "cls", ["Environment", "OAuth2SignOn", "ExchangeSettings", "SharePointSettings", "Template", "ConnectivityCheck"]
)
def test_a_program_declares_every_argument_that_the_provider_validates(cls: str) -> None:
    declared = getattr(w365, f"{cls}ArgsDict").__annotations__.keys()
    assert declared == set(getattr(w365, cls).provider_type.arguments()) - {"incarnation"}


@pytest.mark.filterwarnings("ignore:.*is the earlier name of:FutureWarning")
def test_earlier_names_are_the_same_classes() -> None:
    assert components.SubscriptionKeyNames is components.SubscriptionKeyNamesArgs
    assert components.Validation is components.ValidationArgs
    assert components.TemplateArgs is components.CustomerTemplateArgs
