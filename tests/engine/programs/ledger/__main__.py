import pulumi
from books import Account

ann = Account("ann", "ann", 10, {"vip": True, "since": {"year": 2020}})
bob = Account("bob", "bob", 20, opts=pulumi.ResourceOptions(depends_on=[ann]))
pulumi.export("ibans", [ann.iban, bob.iban])
