"""The mailing lists of a company."""

import pulumi
from mailing_lists import MailingList

config = pulumi.Config()

team = MailingList(
    "team",
    url=config.require("url"),
    token=config.require_secret("token"),
    address="team@contoso.example",
    members=config.require_object("members"),
)

pulumi.export("address", team.address)
pulumi.export("archive", team.archive)
