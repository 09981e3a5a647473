"""The policies, and the process that serves them to Pulumi."""

from pathlib import Path

from pulumi_policy import Policy, PolicyPack

from pulumi_workspace365_policies import environments, websocket_apis

FOLDER = Path(__file__).parent / "policy_pack"
"""What ``--policy-pack`` needs: the folder with PulumiPolicy.yaml."""
POLICIES: tuple[Policy, ...] = (*environments.POLICIES, *websocket_apis.POLICIES)
"""The policies, for a pack of your own."""


def run() -> None:
    """Serve the policies until the engine ends the process."""
    PolicyPack(name="workspace365", policies=list(POLICIES), display_name="Workspace 365")
