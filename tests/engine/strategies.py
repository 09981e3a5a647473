"""Hypothesis strategies for what a deployment holds."""

from typing import Any

from hypothesis import strategies as st

from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.signatures import UNKNOWN_SENTINELS
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import UNKNOWN, Archive, Asset, OutputValue, ResourceReference, Secret

texts = st.text(max_size=8).filter(lambda text: text not in UNKNOWN_SENTINELS)
names = st.text("abcdefghijklmnopqrstuvwxyz_-.$ üß", min_size=1, max_size=8)
urn_texts = st.builds(urns.make_urn, st.just("dev"), st.just("p"), st.sampled_from(["a:b:C", "x:index/y:Z"]), names)
assets = st.one_of(
    st.builds(Asset, text=texts, hash=st.sampled_from(["", "ab" * 32])),
    st.builds(Asset, path=names),
    st.builds(Asset, uri=names),
)
archives = st.recursive(
    st.one_of(st.builds(Archive, path=names), st.builds(Archive, uri=names)),
    lambda inner: st.builds(Archive, st.dictionaries(names, st.one_of(assets, inner), max_size=2)),
    max_leaves=3,
)
references = st.builds(
    ResourceReference, urn_texts, st.one_of(st.none(), st.just(UNKNOWN), names), st.sampled_from(["", "1.2.3"])
)
numbers = st.floats(allow_nan=False)


@st.composite
def _leaves(draw: st.DrawFn) -> Any:  # a function, for its short representation
    return draw(st.one_of(st.none(), st.booleans(), numbers, texts, st.just(UNKNOWN), assets, archives, references))


storable_leaves = _leaves()


def _with_containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3), st.builds(Secret, inner))


def _with_outputs(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    dependencies = st.lists(urn_texts, max_size=2).map(tuple)
    known = st.builds(OutputValue, inner, st.just(True), st.booleans(), dependencies)
    unknown = st.builds(OutputValue, st.none(), st.just(False), st.booleans(), dependencies)
    return st.one_of(_with_containers(inner), known, unknown)


storable_values = st.recursive(storable_leaves, _with_containers, max_leaves=8)
"""Values as state holds them: everything but outputs, which lose their dependencies there."""

values = st.recursive(storable_leaves, _with_outputs, max_leaves=8)
properties = st.dictionaries(names, values, max_size=4)
storable_properties = st.dictionaries(names, storable_values, max_size=4)

resources = st.builds(
    Resource,
    urn=urn_texts,
    type=st.just("a:b:C"),
    custom=st.just(True),
    id=names,
    inputs=storable_properties,
    outputs=storable_properties,
    protect=st.booleans(),
    dependencies=st.lists(urn_texts, max_size=2).map(tuple),
    property_dependencies=st.dictionaries(names, st.lists(urn_texts, max_size=2).map(tuple), max_size=2),
    init_errors=st.lists(texts, max_size=2).map(tuple),
    additional_secret_outputs=st.lists(names, max_size=2).map(tuple),
    custom_timeouts=st.dictionaries(st.sampled_from(["create", "update", "delete"]), st.floats(1, 1e4), max_size=3),
    resource_hooks=st.dictionaries(st.sampled_from(["AfterCreate"]), st.lists(names, min_size=1, max_size=2).map(tuple)),
    replacement_trigger=storable_values,
    extra=st.dictionaries(st.sampled_from(["fromTheFuture", "viewPort"]), st.integers(), max_size=1),
)
