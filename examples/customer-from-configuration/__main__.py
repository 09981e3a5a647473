"""Customers from the stack's configuration: adding one is a change of a file, not of the program."""

import pulumi

from pulumi_workspace365_components import (
    CustomerEnvironment,
    CustomerEnvironmentArgs,
    ExchangeArgs,
    SharePointArgs,
    SignOnArgs,
)

config = pulumi.Config()


def deploy(key: str, customer: dict[str, str]) -> pulumi.Output[str]:
    """Declare one customer; returns the name of its environment."""
    environment = CustomerEnvironment(
        key,
        CustomerEnvironmentArgs(
            environment_name=customer["name"],
            admin_email=customer["adminEmail"],
            admin_first_name=customer["adminFirstName"],
            admin_last_name=customer["adminLastName"],
            sign_on=SignOnArgs(
                authority=f"https://login.microsoftonline.com/{customer['tenant']}/",
                client_id=customer["clientId"],
                key=config.require_secret(f"{key}SignOnKey"),
            ),
            exchange=ExchangeArgs(server_type="Office365"),
            share_point=SharePointArgs(authentication_type="Online", default_url=customer["sharePoint"]),
        ),
    )
    return environment.name


customers = config.require_object("customers")
pulumi.export("environments", {key: deploy(key, customer) for key, customer in customers.items()})
