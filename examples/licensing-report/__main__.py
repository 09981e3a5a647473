"""A licensing report: users by module, for each environment and in total, as outputs of a stack. It deploys nothing."""

import pulumi

from pulumi_workspace365 import get_environments, get_licensing


def users(name: str) -> dict[str, int]:
    """Active users of an environment by module."""
    regular = get_licensing(name).module_summary.regular_users
    return {"hybrid": regular.hybrid or 0, "engage": regular.engage or 0, "unify": regular.unify or 0}


report = {entry.name: users(entry.name) for entry in get_environments() if entry.is_active}
pulumi.export("users", report)
pulumi.export("total", {module: sum(counts[module] for counts in report.values()) for module in ("hybrid", "engage", "unify")})
