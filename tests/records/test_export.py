"""Exported records are verified without a database: what is changed, taken out, moved or cut off is found."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cso_rules import Policy, determine
from cso_rules.errors import RecordsError
from cso_rules.records.chain import Head, Verification
from cso_rules.records.export import export_lines, verify_export
from cso_rules.records.store import RecordStore, open_records

ABOUT: dict[str, Any] = {"asked_by": "desk 3", "reason": "a question"}
SIZE = 8
numbers = st.integers(1, SIZE)


@pytest.fixture(scope="module")
def exported(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> RecordStore:
    store = open_records(tmp_path_factory.mktemp("export") / "decisions.db")
    for number in range(1, SIZE):
        cells = {"": {"备注": "a\u2028b\ud800\n"}}
        store.append(determine(policy, {"age": number}), **ABOUT, key=f"K{number}", cells=cells)
    store.erase(2, **ABOUT)
    return store


def written(store: RecordStore, lines: list[str]) -> Path:
    path = Path(store.place).with_name("records.jsonl")
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return path


def first(found: Verification) -> tuple[str, int]:
    assert not found.is_sound
    return found.findings[0].kind, found.findings[0].number


@pytest.mark.parametrize("with_personal", [True, False])
def test_what_was_exported_is_sound_and_has_the_head_of_the_store(
    exported: RecordStore, *, with_personal: bool
) -> None:
    lines = [*export_lines(exported, with_personal=with_personal)]
    found = verify_export(written(exported, lines), exported.head())
    assert (found.is_sound, found.head, found.erased) == (True, exported.head(), 1)
    assert any("salt" in line for line in lines) == with_personal


def test_a_part_is_sound_and_goes_on_where_the_head_of_the_other_says(exported: RecordStore) -> None:
    path = written(exported, [*export_lines(exported, after=3)])
    heads = [Head(number=record.number, hash=record.hash) for record in exported.records()]
    assert verify_export(path, *heads[2:]).is_sound
    assert first(verify_export(path, Head(number=3, hash="0" * 64))) == ("rewritten", 3)


@settings(max_examples=40, deadline=None)
@given(number=numbers, place=st.integers(0, 1 << 16), bit=st.integers(0, 6))
def test_any_changed_bit_of_what_is_said_is_found(exported: RecordStore, number: int, place: int, bit: int) -> None:
    lines = [*export_lines(exported)]
    data = bytearray(lines[number - 1].encode())
    data[place % len(data)] ^= 1 << bit
    if b"\n" in data or json_of(bytes(data)) == json.loads(lines[number - 1]):
        return  # a line is two lines, or blanks between its parts are others: nothing is said otherwise
    path = written(exported, lines[: number - 1])
    path.write_bytes(path.read_bytes() + bytes(data) + b"\n" + "".join(f"{line}\n" for line in lines[number:]).encode())
    if number == 1 and json_of(bytes(data)) is None:
        with pytest.raises(RecordsError, match="no decision record in the first line"):
            verify_export(path)
    else:
        assert not verify_export(path).is_sound


def json_of(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


@settings(max_examples=16, deadline=None)
@given(number=st.integers(2, SIZE))
def test_a_line_that_is_taken_out_is_found(exported: RecordStore, number: int) -> None:
    lines = [*export_lines(exported)]
    found = verify_export(written(exported, lines[: number - 1] + lines[number:]), exported.head())
    assert first(found) == ("misplaced" if number < SIZE else "cut_off", number)


@settings(max_examples=16, deadline=None)
@given(pair=st.lists(st.integers(2, SIZE), min_size=2, max_size=2, unique=True))
def test_lines_that_changed_places_are_found(exported: RecordStore, pair: list[int]) -> None:
    lines = [*export_lines(exported)]
    one, other = (number - 1 for number in pair)
    lines[one], lines[other] = lines[other], lines[one]
    assert first(verify_export(written(exported, lines))) == ("misplaced", min(pair))


def test_a_personal_value_that_was_changed_is_found(exported: RecordStore) -> None:
    lines = [*export_lines(exported, with_personal=True)]
    lines[4] = lines[4].replace('"value":5', '"value":6')
    assert first(verify_export(written(exported, lines))) == ("value", 5)


@pytest.mark.parametrize("text", ["", "\n", "no json\n", "[]\n", '{"record": {}}\n', "\x00\n"])
def test_what_is_no_export_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "records.jsonl").write_text(text, "utf-8")
    with pytest.raises(RecordsError) as caught:
        verify_export(tmp_path / "records.jsonl")
    assert caught.value.fault == "no_export"
