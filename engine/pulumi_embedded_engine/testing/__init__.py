"""Tests of Pulumi programs and of dynamic providers, with or without a Pulumi CLI: what the fixtures of the pytest plugin are made of."""

from pulumi_embedded_engine.testing.cli_stack import CliStack
from pulumi_embedded_engine.testing.faults import Fault
from pulumi_embedded_engine.testing.results import DeployedResource, ExpectationFailed, Result, StepDone
from pulumi_embedded_engine.testing.stack import Stack

__all__ = ["CliStack", "DeployedResource", "ExpectationFailed", "Fault", "Result", "Stack", "StepDone"]
