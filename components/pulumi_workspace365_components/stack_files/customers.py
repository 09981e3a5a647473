"""The customers of a stack, from one file each, for a program."""

from dataclasses import fields
from typing import Any

import pulumi

from pulumi_workspace365.api.cli_hints import for_installed_cli
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.inputs import CreationInputs
from pulumi_workspace365_components.customer import (
    CustomerEnvironmentArgs,
    CustomerTemplateArgs,
    ExchangeArgs,
    SharePointArgs,
    SignOnArgs,
)
from pulumi_workspace365_components.stack_files import settings as stack_settings
from pulumi_workspace365_components.stack_files import strict_yaml, vault_keys
from pulumi_workspace365_components.stack_files.customer_file import EXPECTED, CustomerModel, SignOnSection, TemplateSection
from pulumi_workspace365_components.stack_files.settings import StackSettings


class CustomerFile(CustomerModel):
    """One customer's file, for a program."""

    def component_args(self, settings: StackSettings) -> CustomerEnvironmentArgs:
        """The customer as the component takes it."""
        creation: Any = {field.name: getattr(self.environment, field.name) for field in fields(CreationInputs)}
        return CustomerEnvironmentArgs(
            **creation,
            environment_name=self.environment.name,
            admin_email=self.admin.email if self.admin else None,
            admin_first_name=self.admin.first_name if self.admin else None,
            admin_last_name=self.admin.last_name if self.admin else None,
            active=self.lifecycle == "active",
            deletion_protection=settings.deletion_protection and self.lifecycle != "retired",
            sign_on=SignOnArgs(**_with_key(self.key, self.sign_on)) if self.sign_on else None,
            exchange=ExchangeArgs(**self.exchange.fields()) if self.exchange else None,
            share_point=SharePointArgs(**self.share_point.fields()) if self.share_point else None,
            template=_with_document(self.template) if self.template else None,
        )


def load(settings: StackSettings) -> list[CustomerFile]:
    """The customers of the stack's rings, by key.

    Raises:
        pulumi.RunError: a file is malformed, names a ring that is not allowed, two files claim one key or one environment, nothing reads
            one of the project's own configuration keys, or Key Vault gives no secret that a file names.
    """
    if not input_files.is_folder(settings.folder):
        stack_settings.refuse_unknown_keys()  # a misspelled `customers` is the likelier cause
        raise pulumi.RunError(
            f"There is no folder {strict_yaml.display_path(settings.folder)} for this stack's customers: make it, or set {settings.key('customers')}."
        )
    read = strict_yaml.read_folder(settings.folder, CustomerFile, EXPECTED, context=settings)
    strict_yaml.require_unique(read.items(), "key", lambda customer: customer.key.casefold(), "customer")
    strict_yaml.require_unique(
        read.items(), "environment.name", lambda customer: customer.environment.name.casefold(), "customer"
    )
    stack_settings.refuse_unknown_keys(customer.secret for customer in read.values() if customer.secret)
    _refuse_unknown_rings(settings, {customer.ring for customer in read.values()})
    chosen = {path: one for path, one in read.items() if settings.rings is None or one.ring in settings.rings}
    return sorted(vault_keys.pinned(chosen).values(), key=lambda customer: customer.key)


def _with_key(customer: str, sign_on: SignOnSection) -> dict[str, Any]:
    fields = sign_on.fields()
    kind, _, name = sign_on.key_from.partition(":")
    if kind == "config":
        key = pulumi.Config().get_secret(name)
        if key is None:
            raise pulumi.RunError(
                f"Customer {customer!r}: sign_on.key_from: the stack has no secret {name!r}; "
                f"run {for_installed_cli(f'`pulumi config set --secret {name}`')}."
            )
        fields |= {"key": key, "key_from": None}
    return fields


def _with_document(template: TemplateSection) -> CustomerTemplateArgs:
    return CustomerTemplateArgs(configuration=pulumi.FileAsset(template.file), revision=template.revision)


def _refuse_unknown_rings(settings: StackSettings, rings: set[str]) -> None:
    unknown = [ring for ring in settings.rings or () if ring not in rings]
    if unknown:
        there = ", ".join(sorted(rings)) or "none"
        raise pulumi.RunError(f"{settings.key('rings')}: no customer has the ring {unknown[0]!r}; there are: {there}.")
