"""Programs that several tests run, as users write them; they stand behind ``world.HEAD``."""

COMPLETE = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
product = am.Product("partners", **there, product_id="partners", display_name="Partners", state="published")
edge = am.Gateway("edge", **there, gateway_id="edge")
key = policies.NamedValue("backend-key", pulumi.Output.secret("sesame-street"))
handshake = policies.Handshake(
    inbound=[
        policies.validate_jwt(query_parameter_name="access_token", openid_configs=[pulumi.Output.from_input(OPENID)], audiences=["chat"]),
        policies.include_fragment("mark"),
        policies.set_header("X-Limit", "LIMIT"),
        policies.set_header("X-Backend-Key", policies.named_value(key)),
    ],
    named_values=[key],
    fragments=[policies.Fragment("mark", [policies.set_header("X-Marked", policies.named_value(key))])],
)
api = WebSocketApi(
    "chat",
    WebSocketApiArgs(
        **GIVEN,
        api_id="chat-API_ID",
        products=[product.name],
        gateways=[edge.id],
        diagnostics=DiagnosticsArgs(sampling=50),
        probe_subscription=True,
        handshake=handshake,
    ),
)
pulumi.export("key", api.probe_key)
"""


OPEN = """
WebSocketApi("chat", WebSocketApiArgs(**GIVEN, subscription_required=False, handshake=policies.Handshake()))
"""


def complete(openid: str, *, limit: str = "5", api_id: str = "one") -> str:
    """Everything that a WebSocketApi can deploy."""
    return f"OPENID = {openid!r}\n" + COMPLETE.replace("LIMIT", limit).replace("API_ID", api_id)


def written(policy: str) -> str:
    """An API whose policy is the text given."""
    return OPEN.replace("policies.Handshake()", repr(policy))
