"""Programs as users write them, for the type checker (`make check`): what is right passes, and what is wrong is an error, else its ignore is unused."""

import pulumi

import pulumi_workspace365 as w365
import pulumi_workspace365_components as components

LATER = pulumi.Output.from_input("later")
OPTS = pulumi.ResourceOptions(protect=True)


async def _soon() -> str:
    return "soon"


def keywords() -> None:
    made = w365.Environment("a", environment_name=LATER, name_policy="exact", active=pulumi.Output.from_input(False), opts=OPTS)
    w365.Environment("a", OPTS, environment_name=_soon())
    w365.ExchangeSettings("a", environment=made, server_type="Office365", revision=3)
    w365.Template("a", environment="contoso", configuration={"apps": []})
    w365.ConnectivityCheck(
        "a", resource_group_name="g", service_name="s", region="r", address="h", port=443, headers={"X": LATER}
    )
    w365.Instance("a", base_url="https://w365.example", provisioning_key=LATER)
    components.CustomerEnvironment("a", environment_name="a", exchange={"server_type": "Office365"}, opts=OPTS)
    components.WebSocketMonitoring("a", resource_group_name="g", service_name=LATER, workspace_id="w")
    components.WebSocketApi(
        "a",
        resource_group_name=LATER,
        service_name="s",
        path="chat",
        service_url="wss://chat.example",
        products=["partners", LATER],
        handshake={"jwt": {"audiences": ["chat"]}, "rate_limit": components.RateLimitArgs(calls=3)},
        diagnostics={"sampling": 50},
        validation=components.ValidationArgs(regions=[]),
    )


def objects() -> None:
    made = w365.Environment("a", w365.EnvironmentArgs(environment_name=LATER), OPTS)
    w365.SharePointSettings("a", args=w365.SharePointSettingsArgs(environment=made, authentication_type="Online"), opts=OPTS)
    w365.OAuth2SignOn("a", w365.OAuth2SignOnArgs(environment="a", authority=LATER, client_id="c", key=LATER))
    components.CustomerEnvironment(
        "a", components.CustomerEnvironmentArgs(environment_name="a", sign_on=components.SignOnArgs(authority="x", client_id="c"))
    )
    handshake = components.HandshakeArgs(allowed_origins=[LATER], rate_limit_per_address={"calls": 3})
    components.WebSocketApi(
        "a",
        components.WebSocketApiArgs(resource_group_name="g", service_name="s", path="p", service_url=LATER, handshake=handshake),
    )


def dictionaries() -> None:
    w365.Environment("a", {"environment_name": LATER, "adopt_existing": True})
    given: w365.ExchangeSettingsArgsDict = {"environment": "a", "server_type": "OnPremises"}
    w365.ExchangeSettings("a", given, OPTS)
    components.CustomerEnvironment("a", {"environment_name": "a", "share_point": {"authentication_type": "Online"}})


def wrong() -> None:
    w365.Environment("a", admin_email="a@b.example")  # type: ignore[call-overload]  # environment_name is required
    w365.Environment("a", environment_name="a", on_delete="keep")  # type: ignore[call-overload]
    w365.Environment("a", enviroment_name="a")  # type: ignore[call-overload]
    w365.Environment("a", w365.EnvironmentArgs(environment_name="a"), active=True)  # type: ignore[call-overload]  # both
    w365.ExchangeSettingsArgs(server_type="Office365")  # type: ignore[call-arg]  # environment is required
    components.CustomerEnvironment("a", environment_name="a", exchange={"server": "x"})  # type: ignore[call-overload]
    components.HandshakeArgs(allowed_origins=3)  # type: ignore[arg-type]
