"""Classes defined under if, try and in a loop; the program makes resources in a main() and inside of apply()."""
# change: "pear" -> "fig"
# plan: update late, update soon-pear
# outputs: late=plum or pear, plum or fig
import sys

import pulumi

try:
    import a_faster_library as library
except ImportError:
    library = None

from pulumi import dynamic

if library is None:

    class Fallback(dynamic.ResourceProvider):
        def create(self, props):
            return dynamic.CreateResult(self.kind, {**props, "text": " or ".join(props["names"])})

        def update(self, id_, olds, news):
            return dynamic.UpdateResult({**olds, **news, "text": " or ".join(news["names"])})

else:
    Fallback = library.Provider

PROVIDERS = {}
for kind in ("soon", "late"):
    PROVIDERS[kind] = type(kind.title() + "Provider", (Fallback,), {"kind": kind})


class Thing(dynamic.Resource):
    text: pulumi.Output[str]

    def __init__(self, name, kind, names):
        super().__init__(PROVIDERS[kind](), name, {"names": names, "text": None})


def main():
    soon = Thing("soon", "soon", ["plum"])
    soon.text.apply(lambda text: Thing("soon-pear", "soon", [text, "pear"]))
    late = Thing("late", "late", [soon.text, "pear"])
    pulumi.export("late", late.text)


if __name__ == "__main__":
    main()
elif sys.argv:
    main()
