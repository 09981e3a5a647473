import string
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2

from pulumi_dynamic_host import properties, property_diff
from tests.host.conftest import SECRET, SIGNATURE, secret, struct

keys = st.text(string.ascii_letters + string.digits + '_."[] ', min_size=1, max_size=4)
leaves = st.none() | st.booleans() | st.floats(-9, 9).map(round) | st.text(max_size=3)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8)
objects = st.dictionaries(keys, values, max_size=4)
marked = st.recursive(
    leaves | leaves.map(secret),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3) | inner.map(secret),
    max_leaves=8,
)
marked_objects = st.dictionaries(keys, marked, max_size=4)


def holds_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return SIGNATURE in value or any(holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(holds_secret(item) for item in value)


@given(objects)
def test_nothing_differs_from_itself(one: dict[str, Any]) -> None:
    assert property_diff.diff_properties(struct(one), struct(one)) == {}


@given(objects, objects)
def test_every_property_that_differs_has_a_path_and_no_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    paths = property_diff.diff_properties(struct(one), struct(other))
    missing = object()
    changed = {key for key in {*one, *other} if one.get(key, missing) != other.get(key, missing)}
    assert {property_diff.top_level_key(path) for path in paths} == changed


@given(objects, objects)
def test_what_is_added_one_way_is_deleted_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    opposite = {"add": "delete", "delete": "add", "update": "update"}
    there, back = (
        property_diff.diff_properties(struct(one), struct(other)),
        property_diff.diff_properties(struct(other), struct(one)),
    )
    assert {path: opposite[kind] for path, kind in there.items()} == back


@given(objects, objects)
def test_only_what_the_provider_replaces_for_is_marked_as_replacing(one: dict[str, Any], other: dict[str, Any]) -> None:
    olds, news = struct(one), struct(other)
    kinds = property_diff.diff_properties(olds, news)
    replacing = {
        provider_pb2.PropertyDiff.ADD_REPLACE,
        provider_pb2.PropertyDiff.UPDATE_REPLACE,
        provider_pb2.PropertyDiff.DELETE_REPLACE,
    }
    assert not {item.kind for item in property_diff.detailed_diff(kinds, [], olds, news).values()} & replacing
    assert {item.kind for item in property_diff.detailed_diff(kinds, [*one, *other], olds, news).values()} <= replacing


def test_an_unknown_kind_of_difference_is_named() -> None:
    with pytest.raises(ValueError, match=r"detailed\['a'\] is 'replace'; it must be one of add, update, delete"):
        property_diff.detailed_diff({"a": "replace"}, [], struct({}), struct({}))


@given(marked_objects)
def test_providers_see_no_marks(one: dict[str, Any]) -> None:
    assert SECRET not in str(MessageToDict(properties.strip_secrets(struct(one))))


@given(marked_objects)
def test_what_was_secret_is_secret_in_an_answer_that_repeats_it(one: dict[str, Any]) -> None:
    marks = struct(one)
    answer = properties.strip_secrets(marks)
    properties.mark_secrets(answer, marks)
    repeated = MessageToDict(answer)
    assert {key for key, value in repeated.items() if holds_secret(value)} == {
        key for key, value in one.items() if holds_secret(value)
    }
    assert properties.strip_secrets(answer) == properties.strip_secrets(marks)
