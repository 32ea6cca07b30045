"""Lists that are looked up by their bytes mean the union of what their members mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cso_rules.executors.planes.facts import short_texts, unions
from cso_rules.executors.planes.facts.short_texts import Frequent

MEMBERS = ("a", "b", "ab", "ba", "", "社会团体", "byte " * 13)
KINDS = (pa.string(), pa.large_string())
Lists = Sequence[Sequence[str] | None]


def table(texts: Any) -> Any:
    """Give every member a bit of its own, and something negative to what is none."""
    return np.array([1 << MEMBERS.index(text) if text in MEMBERS else -2 for text in texts.to_pylist()], np.int16)


def expected(lists: Lists) -> list[int]:
    return [sum({1 << MEMBERS.index(text) for text in each or ()}) for each in lists]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unions, "FEWEST", 8)
    monkeypatch.setattr(unions, "SAMPLE", 1 << 6)
    monkeypatch.setattr(unions, "_BLOCK", 3)
    monkeypatch.setattr(unions, "_MANY", 1)
    monkeypatch.setattr(unions, "_FURTHER", 1 << 4)
    monkeypatch.setattr(short_texts, "SAMPLE", 8)
    monkeypatch.setattr(short_texts, "_PIECE", 2)
    monkeypatch.setattr(short_texts, "_FOR_EACH", 0.01)


def array_of(lists: Lists, kind: Any, start: int, *, is_large: bool) -> Any:
    return pa.array(list(lists), (pa.large_list if is_large else pa.list_)(kind))[start:]


some_lists = st.lists(
    st.none() | st.lists(st.sampled_from(MEMBERS), max_size=3) | st.lists(st.sampled_from(MEMBERS[:3]), max_size=9),
    min_size=8, max_size=40,
)  # fmt: skip


@given(some_lists, st.integers(0, 9), st.sampled_from(KINDS), st.booleans())
def test_every_list_means_the_union_of_its_members(lists: Lists, start: int, kind: Any, is_large: bool) -> None:
    frequent = Frequent()
    for _ in range(3):  # what is frequent is remembered
        found = unions.unions(array_of(lists, kind, start, is_large=is_large), table, frequent)
        if found is not None:
            where = [each is not None for each in lists[start:]]
            assert found[where].tolist() == np.array(expected(lists[start:]))[where].tolist()


@given(st.lists(st.sampled_from(((), ("a", "b"), ("ab",), ("a", "ba"), ("ab", "a"), ("aba",), ("", "ab"), ("ab", ""))),
                min_size=8, max_size=60), st.sampled_from(KINDS))  # fmt: skip
def test_lists_of_the_same_bytes_are_cut_apart_where_their_members_end(lists: Lists, kind: Any) -> None:
    frequent = Frequent()
    for _ in range(2):
        found = unions.unions(array_of(lists, kind, 0, is_large=False), table, frequent)
        if any("aba" in each for each in lists if each):
            assert found is None
        elif any(lists):
            assert found is not None
            assert found.tolist() == expected(lists)


def test_what_is_no_value_is_left_to_another_way() -> None:
    lists = [["a"], ["b", "a"], []] * 20
    for odd in (["odd"], ["a", "odd"], ["a", None]):
        assert unions.unions(pa.array([*lists, odd]), table, Frequent()) is None
    assert unions.unions(pa.array([*lists, ["a"] * 9]), table, Frequent()) is None
    assert unions.unions(pa.array(lists), table, Frequent()) is not None


@pytest.mark.parametrize("length", [253, 254, 255, 256, 1 << 16])
def test_lengths_that_no_byte_counts_are_no_others(length: int) -> None:
    lists = [["a"], ["b", "a"], [], ["a", "b"]] * 20
    assert unions.unions(pa.array([*lists, ["a" * length], ["b", "a"], []]), table, Frequent()) is None


def test_lists_met_later_are_looked_up_too() -> None:
    frequent, lists = Frequent(), [["a"], ["b", "a"]] * 40
    unions.unions(pa.array(lists), table, frequent)
    later = [*lists, *[["b"]] * 10]
    for known in (2, 3):
        assert len(frequent.found) == known + 1
        found = unions.unions(pa.array(later), table, frequent)
        assert found is not None
        assert found.tolist() == expected(later)


def test_a_null_over_some_members_bears_on_nothing() -> None:
    whole = pa.array([["a"], ["a", "b"], ["b"]] * 10)
    holes = pa.py_buffer(np.packbits(np.array([True, False, True] * 10), bitorder="little"))
    lists = pa.Array.from_buffers(whole.type, 30, [holes, whole.buffers()[1]], children=[whole.values])
    found = unions.unions(lists, table, Frequent())
    assert found is not None
    assert found[[0, 2]].tolist() == [1, 2]
