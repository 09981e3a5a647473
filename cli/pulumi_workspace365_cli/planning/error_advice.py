"""What to do about an engine's error, where the engine's own advice would lose an environment."""

_REFUSAL = " cannot be deleted because it is protected"
_PROTECTED = (
    "An environment was removed from the program, but it is protected. If that was a mistake, add it again, or restore the ring in its customer's file "
    "(`w365 move` changes a ring). "
    "To delete it, add it with `lifecycle: retired` in the customer's file (`deletion_protection=False` in a program), run `pulumi up`, then remove "
    "it. Do not unprotect it in the state: the next run would delete it."
)


def remedy(error: str) -> str:
    """What to do; empty where the error says so itself."""
    return _PROTECTED if _is_protected(error) else ""


def _is_protected(error: str) -> bool:
    """Whether an engine refuses to delete an environment that is protected; it breaks its lines as it likes."""
    *refused, _ = " ".join(error.split()).split(_REFUSAL)
    return any("workspace365:Environment::" in urn or "workspace365:index:Environment::" in urn for urn in refused)
