# mypy: ignore-errors
import pulumi
import shop

shelf = shop.Shelf("shelf", 4)
pulumi.export("where", shelf.where)
