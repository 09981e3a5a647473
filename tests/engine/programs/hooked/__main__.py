from pathlib import Path

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

TRIES = Path("tries")


class JobProvider(ResourceProvider):
    def create(self, props):
        if props.get("flaky"):
            tries = int(TRIES.read_text()) + 1 if TRIES.exists() else 1
            TRIES.write_text(str(tries))
            if tries < 3:
                raise Exception(f"not yet: {tries}")
        return CreateResult(props["name"], {**props, "result": 1})

    def update(self, _id, _olds, news):
        return UpdateResult({**news, "result": 2})


class Job(Resource):
    result: pulumi.Output[float]

    def __init__(self, name, opts=None, **props):
        super().__init__(JobProvider(), name, {"name": name, "result": None, **props}, opts)


def note(event):
    def hook(args):
        seen = {key: value for key, value in (args.new_outputs or {}).items() if key != "__provider"}
        pulumi.log.info(f"{event} {args.name} {args.id} {sorted(seen)}")

    return hook


async def fail(args):
    raise Exception(f"{args.name} is not good enough")


def retry(args):
    return len(args.errors) < 5


hooks = {event: pulumi.ResourceHook(event, note(event)) for event in ("before", "after", "changed")}
dry = pulumi.ResourceHook("dry", note("dry"), opts=pulumi.ResourceHookOptions(on_dry_run=True))
failing = pulumi.ResourceHook("failing", fail)
tolerated = pulumi.ResourceHook("tolerated", fail, opts=pulumi.ResourceHookOptions(ignore_errors=True))
error = pulumi.ErrorHook("again", retry)
binding = pulumi.ResourceHookBinding(
    before_create=[hooks["before"], dry], after_create=[hooks["after"], tolerated], after_update=[hooks["changed"]]
)
one = Job("one", pulumi.ResourceOptions(hooks=binding), size=1)
flaky = Job("flaky", pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(on_error=[error])), flaky=True)
strict = Job("strict", pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[failing]), depends_on=[one, flaky]))
dependent = Job("dependent", pulumi.ResourceOptions(depends_on=[strict]))
