"""An environment's life against a model: whatever happens in whatever order, the real providers and the real server agree with it."""

import contextlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from pulumi.dynamic import Config, ConfigureRequest

from pulumi_dynamic_host.context import Call, set_current
from pulumi_workspace365 import errors
from pulumi_workspace365.api import transport
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365.sign_on import OAuth2SignOnProvider
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests.properties import steady
from tests.providers.conftest import CREATE, Engine, new_run

NAMES = st.sampled_from(["contoso", "Fabrikam-BV", "northwind 1"])
SIGN_ON = {"authority": "https://login.example.com/x", "client_id": "app"}
STEPS = 30
LOST: list[Any] = [faults.Reset, faults.Close, faults.Truncate, faults.Html]


@dataclass(frozen=True)
class There:
    """An environment on the server: active or not, when it was made, whether by a create of ours, and the sign-on key it has."""

    active: bool
    made: int
    ours: bool = False
    key: str | None = None


@dataclass(frozen=True)
class Kept:
    """A resource in state: which incarnation it knows, and whether it adopted."""

    made: int
    active: bool
    adopted: bool


class Lifecycle(RuleBasedStateMachine):
    """Both sides of the model: ``there`` (the server) and ``kept`` (state); and ``open``, when creates were sent that had no effect.

    Of these nobody can tell: what others make since under such a name is refused as existing, and what they make under another is named
    until a person has looked.
    """

    server: ClassVar[Server]
    folder: ClassVar[Path]
    numbers: ClassVar[Iterator[int]] = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.server.management.reset()
        self.server.management.set_options(on_collision="number")
        self.there: dict[str, There] = {}
        self.kept: dict[str, Kept] = {}
        self.open: dict[str, int] = {}
        self.resources: dict[str, Engine] = {}
        self.made = 0
        self.posts = 0
        self.deletes = 0
        os.environ["W365_JOURNAL"] = f"{self.folder}/journal-{next(self.numbers)}.jsonl"
        new_run()

    def load(self, provider: type[Any]) -> Engine:
        loaded = provider()
        loaded.configure(ConfigureRequest(Config({}, "test")))
        return Engine(loaded)

    @staticmethod
    def acting(name: str) -> Any:
        return set_current(Call("create", f"urn:pulumi:dev::p::t::{name}", hosted=True))

    def anew(self, **fields: Any) -> There:
        self.made += 1
        return There(made=self.made, **fields)

    def same_one(self, name: str) -> bool:
        return name in self.there and self.there[name].made == self.kept[name].made

    # What Pulumi does.

    @rule(
        name=NAMES,
        active=st.booleans(),
        adopt=st.booleans(),
        lost=st.sampled_from([None, *LOST]),
        when=st.sampled_from(["before", "after"]),
    )
    def create(self, name: str, active: bool, adopt: bool, lost: Any, when: str) -> None:
        if name in self.kept:
            return
        resource, arguments = (
            self.load(EnvironmentProvider),
            {**CREATE, "environment_name": name, "active": active, "adopt_existing": adopt},
        )
        since = self.open.get(name, self.made)
        exists, done = name in self.there, lost is None or when == "after"
        suspects = {one for one, there in self.there.items() if there.made > since and not there.ours} - {name}
        fault = [] if lost is None else self.server.management.inject(lost(operation="createEnvironment", when=when, times=1))
        before = self.server.management.count("createEnvironment")
        with self.acting(name):
            if exists and not adopt:
                with pytest.raises(errors.Refused, match="exists already"):
                    resource.create(**arguments)
            elif not exists and not done:
                with pytest.raises((errors.Ambiguous, errors.Unavailable), match="not on the list after|may have made"):
                    resource.create(**arguments)
            elif not exists and suspects:
                with contextlib.suppress(errors.Ambiguous):
                    resource.create(**arguments)
            else:
                assert not resource.create(**arguments)
        sent = self.server.management.count("createEnvironment") - before
        assert sent == (not exists) or (suspects and not sent)
        self.posts += sent
        for number in fault if not sent else []:
            self.server.management.remove_fault(number)
        if exists and adopt:
            self.keep(name, resource, replace(self.there[name], active=active), adopted=adopt)
        elif sent and done:
            self.keep(name, resource, self.anew(active=active, ours=True), adopted=adopt)
            assert resource.outs["temporary_password_available"] == (lost is None)
        elif sent:
            self.open[name] = self.made

    def keep(self, name: str, resource: Engine, there: There, *, adopted: bool) -> None:
        self.there[name], self.resources[name] = there, resource
        self.open.pop(name, None)
        self.kept[name] = Kept(there.made, there.active, adopted)

    @rule(name=NAMES, active=st.booleans())
    def update(self, name: str, active: bool) -> None:
        if name not in self.kept:
            return
        resource = self.resources[name]
        arguments = {**CREATE, "environment_name": name, "active": active, "adopt_existing": self.kept[name].adopted}
        if not resource.changes(**arguments):
            assert self.kept[name].active == active
            return
        if self.same_one(name):
            resource.update(**arguments)
            self.there[name] = replace(self.there[name], active=active)
            self.kept[name] = replace(self.kept[name], active=active)
        else:
            with pytest.raises(errors.NotFound):
                resource.update(**arguments)

    @rule(name=NAMES, key=st.sampled_from(["key-one", "key-two"]))
    def set_sign_on(self, name: str, key: str) -> None:
        setting = self.load(OAuth2SignOnProvider)
        if name in self.there:
            setting.create(environment=name, key=key, **SIGN_ON)
            self.there[name] = replace(self.there[name], key=key)
            assert not setting.changes(environment=name, key=key, **SIGN_ON)
        else:
            with pytest.raises(errors.NotFound):
                setting.create(environment=name, key=key, **SIGN_ON)

    @rule(name=NAMES)
    def refresh(self, name: str) -> None:
        if name not in self.kept:
            return
        new_run()
        with self.acting(name):
            found = self.resources[name].refresh()
        assert found == (name in self.there)
        if found:
            self.kept[name] = replace(self.kept[name], made=self.there[name].made, active=self.there[name].active)
        else:
            del self.kept[name], self.resources[name]

    @rule(name=NAMES, wrong=st.sampled_from([None, faults.EmptyList(), faults.TruncatedList(keep=0)]))
    def refresh_by_a_wrong_list(self, name: str, wrong: Any) -> None:
        if name not in self.kept or name not in self.there or wrong is None:
            return
        new_run()
        (number,) = self.server.management.inject(wrong)
        with pytest.raises(errors.Refused, match="the list is incomplete"):
            self.resources[name].refresh()
        self.server.management.remove_fault(number)
        new_run()

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        if name not in self.kept:
            return
        if name in self.there and not self.same_one(name) and not self.kept[name].adopted:
            with pytest.raises(errors.NotFound, match="is another one than the one recorded"):
                self.resources[name].delete()
            return
        with self.acting(name):
            self.resources[name].delete()
        if not self.kept[name].adopted and name in self.there:
            del self.there[name]
            self.deletes += 1
        del self.kept[name], self.resources[name]

    @rule()
    def end_the_run(self) -> None:
        new_run()
        journal._journals.clear()

    # What others do, between two runs.

    @rule(name=NAMES, active=st.booleans())
    def switch_outside(self, name: str, active: bool) -> None:
        if name in self.there:
            self.server.management.change(name, is_active=active)
            self.there[name] = replace(self.there[name], active=active)
        new_run()

    @rule(name=NAMES)
    def delete_outside(self, name: str) -> None:
        if name in self.there:
            self.server.management.delete(name)
            del self.there[name]
        new_run()

    @rule(name=NAMES, active=st.booleans())
    def make_outside(self, name: str, active: bool) -> None:
        if name in self.there:
            self.server.management.recreate(name)
            active = self.server.management.environment(name).is_active
        else:
            self.server.management.seed(name, is_active=active)
        self.there[name] = self.anew(active=active)
        new_run()

    # What always holds.

    @invariant()
    def the_server_is_as_the_model_says(self) -> None:
        found = self.server.management.environments()
        assert {name: (one.is_active, one.oauth2.get("Key")) for name, one in found.items()} == {
            name: (one.active, one.key) for name, one in self.there.items()
        }

    @invariant()
    def nothing_was_posted_twice_or_deleted_unasked(self) -> None:
        counted = self.server.management.statistics().by_operation
        assert (counted.get("createEnvironment", 0), counted.get("deleteEnvironment", 0)) == (self.posts, self.deletes)

    @precondition(lambda self: self.kept)
    @invariant()
    def state_names_what_the_server_named(self) -> None:
        assert {name: resource.id for name, resource in self.resources.items()} == {name: name for name in self.kept}


def live(server: Server, folder: Path, seed: int, lives: int) -> None:
    """Live so many lives. Raises AssertionError with the shortest one in which anything disagrees."""
    Lifecycle.server, Lifecycle.folder = server, folder
    profile = steady(lives, stateful_step_count=STEPS)
    key = server.management.state().keys.provisioning_key
    surroundings = {
        **server.variables,
        "W365_PROVISIONING_KEY": key,
        "W365_SETTLE_SECONDS": "0.15",
        "W365_ALLOW_VANISHED": "9",
        "W365_JOURNAL": "off",
    }
    with patch.dict(os.environ, surroundings), patch.object(transport, "_BACK_OFF_SECONDS", 0.01):
        hypothesis.seed(seed)(Lifecycle)
        run_state_machine_as_test(Lifecycle, settings=profile)
