"""Prints the folder of the policy pack."""

import sys

from pulumi_workspace365_policies import pack

if __name__ == "__main__":
    sys.stdout.write(f"{pack.FOLDER}\n")
