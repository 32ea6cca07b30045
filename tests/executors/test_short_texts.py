"""Texts that are looked up by their bytes mean what their table says of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cso_rules.executors.planes.facts import short_texts
from cso_rules.executors.planes.facts.short_texts import meanings

WORDS = ("", "a", "b", "ab", "ab\0", "\0ab", "abcd", "twelve bytes", "byte " * 20, "社会团体", "社会服务机构", "\x7f")
KINDS = (pa.string(), pa.large_string())


def by_length(texts: Any) -> Any:
    """Give every text a number of its own."""
    return np.array([sum(byte << place for place, byte in enumerate(text.encode())) % 1_000_003 for text in
                     texts.to_pylist()], np.int64)  # fmt: skip


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_texts, "FEWEST", 8)
    monkeypatch.setattr(short_texts, "SAMPLE", 8)
    monkeypatch.setattr(short_texts, "_PIECE", 2)
    monkeypatch.setattr(short_texts, "_FOR_EACH", 0.01)
    monkeypatch.setattr(short_texts, "_BLOCK", 5)


@given(st.lists(st.sampled_from((*WORDS, None)) | st.text(max_size=14), min_size=8, max_size=60), st.integers(0, 9),
       st.sampled_from(KINDS))  # fmt: skip
def test_every_text_means_what_the_table_says(words: list[str | None], start: int, kind: Any) -> None:
    texts = pa.array(words, kind)[start:]
    found = meanings(texts, by_length)
    if found is not None:
        valid = np.asarray(texts.is_valid())
        expected = by_length(pa.array([word or "" for word in words[start:]]))
        assert found[valid].tolist() == expected[valid].tolist()


@given(st.lists(st.sampled_from(("", "a", "b", "ab", "aba", None)), min_size=8, max_size=80), st.integers(0, 9),
       st.sampled_from(KINDS))  # fmt: skip
def test_texts_of_the_same_bytes_are_cut_apart_where_they_end(words: list[str | None], start: int, kind: Any) -> None:
    texts = pa.array(words, kind)[start:]
    found = meanings(texts, by_length)
    if len(texts) >= 8:
        assert found is not None
        expected = by_length(pa.array([word or "" for word in words[start:]]))
        valid = np.asarray(texts.is_valid())
        assert found[valid].tolist() == expected[valid].tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [64, 255, 256, 1 << 16])
def test_lengths_that_no_byte_counts_are_no_others(kind: Any, length: int) -> None:
    texts = pa.array(["", "", "a", ""] * 24 + ["", "a" * length, "", ""], kind)
    found = meanings(texts, by_length)
    assert found is not None
    assert found.tolist() == by_length(texts).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_short_and_varied_little_is_looked_up(kind: Any) -> None:
    long = "service agency " * 5
    assert meanings(pa.array(["club", None, long, "foundation", "fund"] * 20, kind), by_length) is None
    assert meanings(pa.array([f"club {place}" for place in range(100)], kind), by_length) is not None
    assert meanings(pa.array(["club", None, "fund"] * 2, kind), by_length) is None
    few_long = pa.array(["club", None, "fund"] * 25 + [long, "rare"], kind)
    found = meanings(few_long, by_length)
    assert found is not None
    assert found[-2:].tolist() == by_length(few_long[-2:]).tolist()


def test_a_null_over_some_text_is_still_null() -> None:
    whole = pa.array(["club", "fund", "odd"] * 10)
    holes = pa.py_buffer(np.packbits(np.array([True, True, False] * 10), bitorder="little"))
    texts = pa.Array.from_buffers(pa.string(), 30, [holes, *whole.buffers()[1:]])
    known = pa.array(["", "club", "fund"])

    def table(distinct: Any) -> Any:
        assert set(distinct.to_pylist()) <= set(known.to_pylist())
        return by_length(distinct)

    found = meanings(texts, table)
    assert found is not None
    assert found[:2].tolist() == by_length(known[1:]).tolist()
