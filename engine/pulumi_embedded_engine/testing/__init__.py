"""Tests of Pulumi programs and of dynamic providers, without a Pulumi CLI: what the fixtures of the pytest plugin are made of."""

from pulumi_embedded_engine.testing.faults import Fault
from pulumi_embedded_engine.testing.results import DeployedResource, ExpectationFailed, Result, StepDone
from pulumi_embedded_engine.testing.stack import Stack

__all__ = ["DeployedResource", "ExpectationFailed", "Fault", "Result", "Stack", "StepDone"]
