"""What changes a stack besides operations: its name, its passphrase, the names of resources and the stack that they belong to."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.errors import StateError, accessing
from pulumi_embedded_engine.plan import state_edits
from pulumi_embedded_engine.plan.state_edits import Move, Place
from pulumi_embedded_engine.store.files import exists, sync_directory
from pulumi_embedded_engine.store.relocation import relocate
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, new_salt


def rename_stack(engine: Engine, new: Engine) -> None:
    """Give a stack another name, and its configuration's file where that is this project's.

    Raises:
        StackNotFound: there is no such stack.
        StateError: there is a stack of the new name, or a configuration; or a file cannot be written.
    """
    engine.require_exists()
    is_begun = new.store.exists()  # by a rename that was killed, or it is another stack, which is refused
    former, file = engine.project.stack_file(engine.stack), engine.project.stack_file(new.stack)
    moves = not engine.is_foreign and former != file

    def check() -> None:
        if moves and exists(former) and exists(file) and not (_is_bare(new) or (is_begun and _is_bare(engine))):
            raise StateError(f"{file} exists, where the configuration of the renamed stack would be: move it away first")

    def move_configuration() -> None:
        check()
        if not (moves and exists(former)):
            return
        with accessing(file):
            if exists(file) and not _is_bare(new):
                former.unlink()
            else:
                former.replace(file)
            sync_directory(file.parent)

    if not is_begun:
        check()
    relocate(engine.store, new.store, move_configuration)


def _is_bare(engine: Engine) -> bool:
    """Whether the stack's file holds nothing but a salt, as this engine makes it for whatever stack it meets."""
    return engine.project.holds_only_salt(engine.stack)


def change_passphrase(engine: Engine, passphrase: str | None) -> None:
    """Encrypt the secrets of a stack and of its configuration with another passphrase, or again with the same one (None).

    Raises:
        StackNotFound: there is no such stack.
        InvalidName: the stack belongs to another project, whose configuration is not available.
        EngineError: a secret cannot be read, or a file cannot be written.
    """
    engine.require_exists()
    engine.require_own_project()
    old = engine.secrets()
    new = old if passphrase is None else PassphraseSecrets(passphrase, new_salt(passphrase))
    with engine.store.lock():
        engine.store.change_secrets(new, old, engine.project.config_encrypted_anew(engine.stack, old, new))


def rename_resource(engine: Engine, urn: str, name: str) -> None:
    """Give a resource another name in the state.

    Raises:
        StackNotFound: there is no such stack.
        EngineError: it has no such resource, or has one of the new name.
    """
    engine.require_exists()
    store, crypt = engine.store, engine.store.secrets(engine.secrets())
    with store.lock():
        state = store.load(crypt.decrypt)
        state.resources = state_edits.with_name(state.resources, urn, name)
        store.save(state, crypt.encrypt)


def move_resources(
    source: Engine, dest: Engine, urns: Sequence[str], *, include_parents: bool, confirm: Callable[[Move], None]
) -> None:
    """Move resources from one stack to another. The other has them before the one loses them: a kill in between loses none.

    Args:
        source: the stack that has them.
        dest: the stack that is to have them.
        urns: of the resources; what is below them goes with them.
        include_parents: move what they are below, too.
        confirm: called with the planned changes; if it raises, nothing is changed.

    Raises:
        StackNotFound: there is no such stack.
        EngineError: they cannot be moved.
    """
    source.require_exists()
    dest.require_exists()
    if source.store.qualified_name == dest.store.qualified_name:
        raise StateError(f"the resources are in stack '{source.stack}' already: --source and --dest are the same stack")
    from_crypt, to_crypt = (engine.store.secrets(engine.secrets()) for engine in (source, dest))
    with source.store.lock(), dest.store.lock():
        left, right = source.store.load(from_crypt.decrypt), dest.store.load(to_crypt.decrypt)
        place = Place(dest.store.project, dest.stack)
        planned = state_edits.move(left.resources, right.resources, place, urns, include_parents=include_parents)
        confirm(planned)
        left, former_dest = replace(left, resources=planned.source), right
        right = replace(right, resources=planned.dest, secrets_provider=right.secrets_provider or to_crypt.state())
        source.store.checkpoint.encode(
            left.to_json(from_crypt.encrypt)
        )  # inconsistent it would be refused after the other is written
        dest.store.save(right, to_crypt.encrypt)
        try:
            source.store.save(left, from_crypt.encrypt)
        except StateError as error:
            dest.store.save(former_dest, to_crypt.encrypt)
            raise StateError(f"failed to save source snapshot: {error}. None of the resources have been moved") from error
