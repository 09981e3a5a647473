"""What the Pulumi CLI runs for ``--policy-pack``."""

from pulumi_workspace365_policies import pack

pack.run()
