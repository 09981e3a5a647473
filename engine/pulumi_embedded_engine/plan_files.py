"""The files of update plans (`preview --save-plan`, `up --plan`): those of the Pulumi CLI, so that each engine can use the other's."""

from pathlib import Path

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.errors import EngineError, SecretsError, StateError
from pulumi_embedded_engine.plan import plan_json
from pulumi_embedded_engine.plan.update_plan import UpdatePlan
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.deployment import new_manifest
from pulumi_embedded_engine.store.files import json_bytes, write_atomically


def save(path: Path, plan: UpdatePlan, engine: Engine, *, show_secrets: bool = False) -> None:
    """Write a plan as a whole or not at all, for its owner alone; secrets are encrypted as in the stack's configuration.

    Args:
        path: of the file. What a link names is replaced.
        plan: what a preview proposed.
        engine: of the stack.
        show_secrets: write secrets in clear.

    Raises:
        EngineError: it cannot be written.
    """
    config = engine.project.stored_config(engine.stack)
    document = {
        "manifest": new_manifest(),
        **({"config": dict(sorted(config.items()))} if config else {}),
        "resourcePlans": plan_json.to_json(plan, None if show_secrets else engine.secrets().encrypt),
    }
    try:
        target = path.resolve()
        if not target.parent.is_dir():
            raise EngineError(f"--save-plan {path} cannot be written: there is no folder {target.parent}")
        if target.exists() and not target.is_file():
            raise EngineError(f"--save-plan {path} cannot be written: it is not a file")
        write_atomically(target, json_bytes(document, indent=4) + b"\n")
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a NUL in the name
        raise EngineError(f"--save-plan {path!s:.200} cannot be written: {getattr(error, 'strerror', '') or error}") from error


def load(path: Path, engine: Engine) -> UpdatePlan:
    """A stack's saved plan.

    Raises:
        EngineError: the file cannot be read, is no plan, or is one of another stack or passphrase.
    """
    decrypt = engine.secrets().decrypt
    try:
        document = input_files.parse_json(input_files.read_user_file(path, largest=input_files.DOCUMENT_BYTES), str(path))
        _refuse_other_stack(document, engine)
        return plan_json.from_json(document, decrypt)
    except input_files.FileError as error:
        where = f", line {error.line}" if error.line else ""
        raise EngineError(f"--plan {path}{where}: {error.reason}") from error
    except SecretsError as error:
        raise EngineError(
            f"--plan {path}: a secret in it cannot be decrypted with the passphrase and the encryptionsalt of stack '{engine.stack}'; "
            "save the plan again with `preview --save-plan`"
        ) from error
    except (plan_json.PlanError, StateError) as error:
        raise EngineError(f"--plan {path}: {error}") from error


def _refuse_other_stack(document: object, engine: Engine) -> None:
    """Refuse a plan that registers resources of another stack; what it only deletes may have come from one."""
    planned = document.get("resourcePlans") if isinstance(document, dict) else None
    for urn, item in planned.items() if isinstance(planned, dict) else ():
        registers = urns.is_valid(urn) and isinstance(item, dict) and item.get("goal")
        if registers and (urns.project_of(urn), urns.stack_of(urn)) != (engine.project.name, engine.stack):
            raise plan_json.PlanError(
                f"it is the plan of stack '{urns.stack_of(urn)}' of project '{urns.project_of(urn)}', "
                f"not of '{engine.stack}' of '{engine.project.name}'"
            )
