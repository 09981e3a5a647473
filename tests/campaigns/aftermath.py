"""What has to hold after a run that was killed: at the next ``up``, or once a person has said which of the named environments is whose.

No environment is on the server twice, none is missing from state, as many creates were sent as there are environments, everything is as
wanted, nothing is left to change and no file holds a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pulumi_workspace365.api import naming
from tests.campaigns import deployment
from tests.campaigns.deployment import Deployment, Outcome, Wanted

_ROUNDS = 3
"""So often a person may be asked before everything is in state."""


@dataclass(frozen=True)
class Aftermath:
    """What was wrong, and how many environments had to be taken over or dismissed by hand."""

    problems: list[str]
    settled: int


def judge(project: Deployment, wanted: Mapping[str, Wanted], *, unchanged: bool = True) -> Aftermath:
    """Run ``up``, settle what it names as a person would, and look at everything; with ``unchanged``, at a preview too."""
    done, wanted, settled = settle(project, wanted)
    problems = [f"the next up failed: {done.output[-1500:]}"] if done.code else []
    problems += deployment.strays(project) + deployment.differences(project, wanted) + deployment.leaks(project)
    environments, sent = project.server.management.environments(), project.server.management.count("createEnvironment")
    problems += [f"{sent} creates were sent for {len(environments)} environments"] if sent != len(environments) else []
    change = project.changes() if unchanged else ""
    problems += [f"a further up would change something: {change[:1500]}"] if change else []
    return Aftermath(problems, settled)


def settle(project: Deployment, wanted: Mapping[str, Wanted], *flags: str) -> tuple[Outcome, dict[str, Wanted], int]:
    """Run ``up`` with these flags, again while it names environments of which a person has to say whose they are.

    Returns:
        The last run, what the program asks for by now, and how many environments were taken over or dismissed.
    """
    wanted, settled = dict(wanted), 0
    done = project.up(*flags)
    for _ in range(_ROUNDS):
        named = {name for name in project.server.management.environments() if done.code and f"{name!r}" in done.output}
        if not named:
            break
        settled += _answered(project, wanted, named)
        done = project.up(*flags)  # what one resource adopted may have stopped another meanwhile
    return done, wanted, settled


def _answered(project: Deployment, wanted: dict[str, Wanted], named: set[str]) -> int:
    """Take over what a run named and a create of ours had made, dismiss what else it named; how many these were."""
    environments, recorded = project.server.management.environments(), project.recorded()
    made = {naming.collision_key(environment.requested_name): name for name, environment in environments.items()}
    ours = {name: made.get(naming.collision_key(name), "") for name in wanted.keys() - recorded.keys()}
    adopted = {name: found for name, found in ours.items() if found in named}
    wanted.update({name: replace(wanted[name], adopts=found) for name, found in adopted.items()})
    project.want(wanted)
    dismissed = named - set(adopted.values()) - {outputs["id"] for outputs in recorded.values()}
    for name in sorted(dismissed):
        done = project.w365("recover", "--dismiss", name, "--stack", deployment.STACK)
        assert done.code == 0, done.output
    return len(adopted) + len(dismissed)
