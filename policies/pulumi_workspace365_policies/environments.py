"""Policies for environments and their sign-on."""

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from pulumi_workspace365_policies import exemptions
from pulumi_workspace365_policies.resources import ENVIRONMENT, SIGN_ON, Resource

_UNPROTECTED = (
    "Environment '{name}' is neither protected nor retired: whatever removes it from the program deletes it, with its users and content. "
    "Set deletion_protection; to delete the environment, retire it first (`lifecycle: retired`, which is active=False and "
    "deletion_protection=False)."
)
_NO_PROTECT = (
    "Environment '{name}' has no protect, so that a preview would show its deletion and only the provider would refuse it. Set the option "
    "protect; in Python, deletion_protection sets it too."
)
_NO_EXPIRY = (
    "OAuth2SignOn '{name}' does not say when its key ends, so nobody is warned before users cannot sign in any more. Set key_expires, "
    "together with the key; `w365 expiry` and its metrics then show it."
)


def _protected(given: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    resource, config = Resource.of(given), given.get_config()
    if resource.kind != ENVIRONMENT or resource.protect or exemptions.is_exempt(resource, config):
        return
    unprotected = resource.value("deletion_protection") is False
    if unprotected and resource.value("active") in {True, None}:
        report_violation(_UNPROTECTED.format(name=resource.name), None)
    elif not unprotected and config.get("requireProtect"):
        report_violation(_NO_PROTECT.format(name=resource.name), None)


def _expires(given: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    resource = Resource.of(given)
    if resource.kind == SIGN_ON and not exemptions.is_exempt(resource, given.get_config()) and not resource.value("key_expires"):
        report_violation(_NO_EXPIRY.format(name=resource.name), None)


POLICIES = (
    ResourceValidationPolicy(
        "environment-protected",
        "An environment is protected from deletion until it is retired.",
        _protected,
        EnforcementLevel.MANDATORY,
        exemptions.schema(requireProtect={"type": "boolean", "default": False}),
    ),
    ResourceValidationPolicy(
        "sign-on-key-expires",
        "A sign-on key says when it ends.",
        _expires,
        EnforcementLevel.ADVISORY,
        exemptions.schema(),
    ),
)
