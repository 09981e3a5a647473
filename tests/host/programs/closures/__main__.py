# ruff: noqa: ANN001, ANN201, ANN202  a program of somebody else, written as people write them
# mypy: ignore-errors
import functools

import pulumi
from pulumi import dynamic

PREFIX = "c-"


def shout(text, times):
    return (text * times).upper()


def provider_for(region):
    twice = functools.partial(shout, times=2)

    class RegionProvider(dynamic.ResourceProvider):
        def create(self, props):
            place = f"{region}/{props['name']}"
            return dynamic.CreateResult(PREFIX + props["name"], {**props, "place": place, "shout": twice(place)})

        def diff(self, _id, olds, news):
            return dynamic.DiffResult(
                changes=olds["size"] != news["size"] or olds["name"] != news["name"],
                replaces=["name"] if olds["name"] != news["name"] else [],
                stables=["place"],
                delete_before_replace=True,
            )

        def update(self, _id, _olds, news):
            return dynamic.UpdateResult({**news, "place": f"{region}/{news['name']}", "shout": "updated"})

    return RegionProvider()


class Regional(dynamic.Resource, module="places", name="Regional"):
    place: pulumi.Output[str]
    shout: pulumi.Output[str]


for region in ("north", "south"):
    thing = Regional(provider_for(region), region, {"name": f"in-{region}", "size": 1, "place": None, "shout": None})
    pulumi.export(region, thing.shout)
