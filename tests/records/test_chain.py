"""What is changed, taken out, moved or cut off is found, and the first bad record is named; erasures keep the chain."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cso_rules import Policy, determine
from cso_rules.errors import RecordsError
from cso_rules.records.chain import WORDS, Head, Verification
from cso_rules.records.export import export_lines
from cso_rules.records.replay import replay, rules_of_packages
from cso_rules.records.store import open_records
from tests import record_tampering as tampering
from tests.record_tampering import unguarded

SIZE = 12
ABOUT: dict[str, Any] = {"asked_by": "desk 3", "reason": "a question"}
numbers = st.integers(1, SIZE)


class Chain:
    """A store with some records, of which copies can be spoilt, and the heads that were exported on the way."""

    def __init__(self, folder: Path, policy: Policy) -> None:
        self.folder, self.path, self.heads = folder, folder / "decisions.db", dict[int, Head]()
        with open_records(self.path) as store:
            for number in range(1, SIZE + 1):
                facts = {"age": number, "home": "main_home", "overdue_items": number}
                store.append(determine(policy, facts), **ABOUT, key=f"K{number}" if number % 2 else None)
                self.heads[number] = store.head()

    def spoilt(self, edit: tampering.Edit, *heads: int) -> Verification:
        copy = self.folder / "spoilt.db"
        shutil.copy(self.path, copy)
        with unguarded(copy) as connection:
            edit(connection)
        with open_records(copy, create=False) as store:
            return store.verify(*(self.heads[number] for number in heads))


@pytest.fixture(scope="module")
def chain(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return Chain(tmp_path_factory.mktemp("chain"), policy)


def first(found: Verification) -> tuple[str, int]:
    assert not found.is_sound
    return found.findings[0].kind, found.findings[0].number


def test_an_untouched_chain_is_sound_with_every_head(chain: Chain) -> None:
    found = chain.spoilt(lambda _: None, *chain.heads)
    assert (found.is_sound, found.findings, found.head) == (True, (), chain.heads[SIZE])


@settings(max_examples=60, deadline=None)
@given(number=numbers, bit=st.integers(0, 1 << 20))
def test_any_changed_bit_is_found(chain: Chain, number: int, bit: int) -> None:
    assert first(chain.spoilt(lambda store: tampering.flip(store, number, bit)))[1] == number


@settings(max_examples=20, deadline=None)
@given(number=numbers, column=st.sampled_from(["id", "request", "hash"]), value=st.sampled_from(["", "x", "K1x", None]))
def test_a_changed_column_is_found(chain: Chain, number: int, column: str, value: str | None) -> None:
    if value is None and (column != "request" or number % 2 == 0):
        value = "y"
    assert first(chain.spoilt(lambda store: tampering.put(store, number, column, value))) == ("changed", number)


@settings(max_examples=12, deadline=None)
@given(number=numbers)
def test_a_change_that_agrees_with_itself_is_found(chain: Chain, number: int) -> None:
    found = first(chain.spoilt(lambda store: tampering.edit_with_hash(store, number)))
    assert found == ("broken" if number < SIZE else "head", number)


@settings(max_examples=12, deadline=None)
@given(number=numbers)
def test_a_removed_record_is_found(chain: Chain, number: int) -> None:
    found = first(chain.spoilt(lambda store: tampering.remove(store, number)))
    assert found == ("missing" if number < SIZE else "cut_off", number)


@settings(max_examples=12, deadline=None)
@given(number=st.integers(1, SIZE - 1))
def test_a_removed_record_whose_gap_is_closed_is_found(chain: Chain, number: int) -> None:
    assert first(chain.spoilt(lambda store: tampering.close_gap(store, number))) == ("misplaced", number)


@settings(max_examples=20, deadline=None)
@given(pair=st.lists(numbers, min_size=2, max_size=2, unique=True))
def test_records_that_changed_places_are_found(chain: Chain, pair: list[int]) -> None:
    assert first(chain.spoilt(lambda store: tampering.swap(store, *pair))) == ("misplaced", min(pair))


@settings(max_examples=20, deadline=None)
@given(number=st.integers(0, SIZE - 1), head=numbers)
def test_what_is_cut_off_below_an_exported_head_is_found(chain: Chain, number: int, head: int) -> None:
    found = chain.spoilt(lambda store: tampering.cut_after(store, number), head)
    if head > number:
        assert first(found) == ("cut_off", number + 1)
    else:
        assert found.is_sound  # nothing that the head stands for is gone


@settings(max_examples=20, deadline=None)
@given(number=numbers, head=numbers)
def test_a_chain_that_was_made_anew_is_found_by_an_exported_head(chain: Chain, number: int, head: int) -> None:
    found = chain.spoilt(lambda store: tampering.rewrite_from(store, number), head)
    if head >= number:
        assert first(found) == ("rewritten", head)
    else:
        assert found.is_sound  # which is why heads are exported often


def test_heads_narrow_down_where_a_chain_was_made_anew(chain: Chain) -> None:
    found = chain.spoilt(lambda store: tampering.rewrite_from(store, 6), 2, 5, 7, 12)
    assert [each.number for each in found.findings] == [7, 12]


def test_a_record_that_is_put_in_is_found(chain: Chain) -> None:
    def put_in(store: Any) -> None:
        store.execute(
            "INSERT INTO decision_records SELECT ?, 'x', NULL, hash, content FROM decision_records WHERE number = 3",
            (SIZE + 1,),
        )

    assert first(chain.spoilt(put_in)) == ("misplaced", SIZE + 1)
    below = chain.spoilt(lambda store: store.executescript(
        "PRAGMA ignore_check_constraints = ON;"
        "INSERT INTO decision_records SELECT -5, 'x', NULL, hash, content FROM decision_records WHERE number = 3"
    ))  # fmt: skip
    assert first(below) == ("misplaced", -5)


@pytest.mark.parametrize(
    ("statement", "kind", "number"),
    [
        ("UPDATE decision_record_values SET said = replace(said, '4', '5') WHERE said LIKE '%:4}'", "value", 4),
        ("UPDATE decision_record_values SET salt = 'no salt' WHERE said LIKE '%:4}'", "value", 4),
        ("DELETE FROM decision_record_values WHERE said LIKE '%:4}'", "value_gone", 4),
        ("INSERT INTO decision_record_values VALUES ('nothing', 'age', '00', '{}')", "stray", 0),
        ("UPDATE decision_record_values SET record = 'nothing' WHERE said LIKE '%:4}'", "value_gone", 4),
        ("UPDATE decision_record_head SET number = 30", "cut_off", SIZE + 1),
        ("UPDATE decision_record_head SET number = 3", "head", SIZE),
        ("UPDATE decision_records SET content = '[]' WHERE number = 4", "unreadable", 4),
        ("UPDATE decision_records SET content = X'FF00' WHERE number = 4", "unreadable", 4),
        ("UPDATE decision_records SET content = '{\"number\":4}' WHERE number = 4", "changed", 4),
    ],
)
def test_what_else_may_be_done_is_found(chain: Chain, statement: str, kind: str, number: int) -> None:
    found = chain.spoilt(lambda store: store.execute(statement))
    assert first(found) == (kind, number)
    assert found.findings[0].in_language("zh") != found.findings[0].in_language("en")


def test_a_long_gap_is_told_in_part(chain: Chain) -> None:
    found = chain.spoilt(lambda store: store.execute("UPDATE decision_records SET number = 1000000 WHERE number = 12"))
    assert first(found) == ("missing", 12)
    assert len(found.findings) == 100
    assert found.found > 100


def test_every_finding_has_words_in_both_languages() -> None:
    assert all(label.zh and label.en and label.zh != label.en for label in WORDS.values())


@settings(max_examples=15, deadline=None)
@given(erased=st.sets(st.tuples(numbers, st.sampled_from(["age", "home"])), max_size=6))
def test_erasures_keep_the_chain_and_leave_nothing_of_the_values(chain: Chain, erased: set[tuple[int, str]]) -> None:
    copy = chain.folder / "erased.db"
    shutil.copy(chain.path, copy)
    with open_records(copy) as store:
        for number, fact in sorted(erased):
            store.erase(number, [fact], asked_by="Mr P", reason="a request")
        found = store.verify(*chain.heads.values())
        assert (found.is_sound, found.erased, found.head.number) == (True, len(erased), SIZE + len(erased))
        left = {(number, fact) for number in range(1, SIZE + 1) for fact in store.kept(number)}
    assert left == {(number, fact) for number in range(1, SIZE + 1) for fact in ("age", "home")} - erased


def test_nothing_of_an_erased_value_is_left_in_the_files(policy: Policy, tmp_path: Path) -> None:
    cell = "九十七岁半多"
    with open_records(tmp_path / "decisions.db") as store:
        store.append(determine(policy, {"age": 97}), **ABOUT, cells={"age": {"年龄": cell}})
        salt = store.kept(1)["age"].salt
        written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert written.count(cell.encode()) >= 1 <= written.count(salt.encode())
        store.erase(1, asked_by="Mr P", reason="a request")
        left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert (left.count(cell.encode()), left.count(salt.encode())) == (0, 0)


def test_an_erased_value_that_comes_back_is_found(chain: Chain) -> None:
    copy = chain.folder / "back.db"
    shutil.copy(chain.path, copy)
    with open_records(copy) as store:
        value = store.kept(3)["age"]
        store.erase(3, ["age"], asked_by="Mr P", reason="a request")
        with unguarded(copy) as connection:
            row = (value.record, value.fact, value.salt, value.said)
            connection.execute("INSERT INTO decision_record_values VALUES (?, ?, ?, ?)", row)
        found = store.verify()
    assert [(each.kind, each.id, each.detail) for each in found.findings] == [("value_back", value.record, "age")]


def test_what_was_erased_can_neither_be_erased_nor_compared_again(policy: Policy, tmp_path: Path) -> None:
    decision = determine(policy, {"age": 97})
    with open_records(tmp_path / "decisions.db") as store:
        store.append(decision, **ABOUT, key="A-17")
        store.erase(1, asked_by="Mr P", reason="a request")
        with pytest.raises(RecordsError) as refused:
            store.erase(1, **ABOUT)
        with pytest.raises(RecordsError) as compared:
            store.append(decision, **ABOUT, key="A-17")
        assert (refused.value.fault, compared.value.fault) == ("nothing_personal", "other_question")
        assert store.head().number == 2


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"number":3}'])
def test_a_changed_record_is_neither_shown_nor_exported_nor_asked_again(
    chain: Chain, policy: Policy, card: Path, text: str
) -> None:
    chain.spoilt(lambda store: tampering.put(store, 3, "content", text))
    decision = determine(policy, {"age": 3, "home": "main_home", "overdue_items": 3})
    with open_records(chain.folder / "spoilt.db") as store:
        for use in (
            lambda: store.content_of(store.record(3)),
            lambda: [*export_lines(store)],
            lambda: [*replay(store, rules_of_packages(card))],
            lambda: store.append(decision, **ABOUT, key="K3"),
        ):
            with pytest.raises(RecordsError) as caught:
                use()
            assert caught.value.fault == "damaged"


def test_a_seal_tells_nothing_and_no_two_are_alike(policy: Policy, tmp_path: Path) -> None:
    judged = {"value": True, "judged_by": "Ms Lin", "judged_on": "2024-05-01", "basis": "the letter of her doctor"}
    facts = {"age": 97, "home": "elsewhere", "joined_on": "2023-07-09", "address_is_credible": judged}
    cells = {"age": {"年龄": "97 岁"}, "overdue_items": {"件数": "0"}}
    with open_records(tmp_path / "decisions.db") as store:
        for _ in range(2):
            store.append(determine(policy, facts), **ABOUT, cells=cells)
        one, other = (record.content["personal"] for record in store.records())
        texts = [record.text for record in store.records()]
        said = {fact: value.content for fact, value in store.kept(1).items()}
    assert set(one) == set(other) == {"age", "home", "joined_on", "address_is_credible"}
    assert not set(one.values()) & set(other.values())
    told = re.sub(r"[0-9a-f]{12,}|recorded_at[^,]*", "", "".join(texts))
    assert [text for text in ("97", "Ms Lin", "doctor", "2023-07-09", "2026-07-09") if text in told] == []
    assert told.count("***") > 2 * 4
    assert said["age"] == {"value": 97, "cells": {"年龄": "97 岁"}}
    assert said["address_is_credible"] == {
        "value": True, "judgement": {"judged_by": "Ms Lin", "judged_on": "2024-05-01", "basis": judged["basis"]}
    }  # fmt: skip
