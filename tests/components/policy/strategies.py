"""Random policies: elements of known and unknown names, with literal values and C# expressions."""

from typing import Any

from hypothesis import strategies as st

from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.policy.schema import POLICIES

_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\t\n\r", exclude_characters="\ufffe\uffff"
)
_WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
_TEXT = st.text(_CHARACTERS, max_size=20)


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map(lambda code: f"({code})"),
        inner.map(lambda code: f'd["{{"] [ {code} ]'),
        st.tuples(inner, inner).map(lambda two: f"{two[0]} && {two[1]} < 3 ? '\\'' : ')'"),
        inner.map(lambda code: f'$"a {{{code}:N}} }}}} ("'),
        inner.map(lambda code: f'{code} /* ) " */ + @"C:\\""(" // ]\n'),
    )


CODE = st.recursive(
    st.one_of(
        _WORDS,
        st.integers().map(str),
        _TEXT.map(policies.quoted),
        st.just("context.Request.IpAddress"),
        st.just('"{{named.value}}"'),
    ),
    _nested,
    max_leaves=4,
)
EXPRESSIONS = st.one_of(
    CODE.map(policies.expression),
    CODE.map(lambda code: policies.statements(f"\n\tvar a = {code}\n;\r\n\treturn a;\n")),
)
LEAVES = st.one_of(_TEXT, EXPRESSIONS, st.booleans(), st.integers(), st.just("{{named-value}}"), st.just("  padded "))
_NAMES = st.one_of(st.sampled_from(sorted(POLICIES)), _WORDS)
_ATTRIBUTES = st.dictionaries(_WORDS, LEAVES, max_size=4)


def _element(content: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[policies.Element]:
    return st.builds(
        lambda name, items, attributes: policies.element(name, *items, attributes=attributes), _NAMES, content, _ATTRIBUTES
    )


ELEMENTS = st.recursive(
    _element(st.lists(LEAVES, max_size=2)),
    lambda inner: _element(st.one_of(st.lists(inner, max_size=4), st.lists(st.one_of(inner, LEAVES), max_size=4))),
    max_leaves=12,
)
