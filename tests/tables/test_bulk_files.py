"""Large tables as files: counted, refused with their number, and never left half written under their name."""

import datetime
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv, ipc, parquet

import cso_rules
from cso_rules import determine, determine_many, load_policy
from cso_rules.errors import UnknownNameError, WrongTypeError
from cso_rules.interfaces.cli import cli
from cso_rules.interfaces.commands.lists.bulk import Progress
from cso_rules.model.policy import Policy
from cso_rules.tables.batches.sources import rebatched
from cso_rules.tables.bulk.determine import BulkSummary, decode
from cso_rules.tables.problems import FileProblem

DATE = datetime.date(2018, 6, 1)
ABLE: dict[str, Any] = {
    "organization_id": "A",
    "individual_members": 60,
    "institutional_members": None,
    "activity_funds": Decimal("30000.00"),
    "organizational_form": "social_group",
    "activity_kinds": ["services_for_residents"],
    "is_nonprofit": True,
}
SCHEMA = pa.schema(
    [
        ("organization_id", pa.string()),
        ("individual_members", pa.int32()),
        ("institutional_members", pa.int64()),
        ("activity_funds", pa.decimal128(18, 2)),
        ("organizational_form", pa.string()),
        ("activity_kinds", pa.list_(pa.string())),
        ("is_nonprofit", pa.bool_()),
    ]
)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=DATE)


def table(*rows: dict[str, Any]) -> Any:
    return pa.Table.from_pylist([{**ABLE, **row} for row in rows], SCHEMA)


def many(count: int) -> Any:
    return (
        pa.concat_tables([table({})] * 64)
        .combine_chunks()
        .take(pa.array([row % 64 for row in range(count)], pa.int32()))
    )


def answers(found: Any) -> Any:
    return pa.Table.from_batches(list(found), found.schema)


def test_answers_are_those_of_determine(policy: Policy) -> None:
    rows: list[dict[str, Any]] = [
        {},
        {"individual_members": 10},
        {"organizational_form": None},
        {"activity_kinds": None},
    ]
    found = answers(determine_many(table(*rows), policy, reasons=True)).to_pylist()
    for row, answer in zip(rows, found, strict=True):
        facts = {key: value for key, value in {**ABLE, **row}.items() if key != "organization_id"}
        facts = {key: frozenset(value) if isinstance(value, list) else value for key, value in facts.items()}
        expected = determine(policy, facts)
        for name in policy.decisions:
            assert answer[f"{name}.status"] == expected[name].status.value
            assert answer.get(f"{name}.reasons", []) == [rule.id for rule in expected[name].deciding()]
            missing = {item.name for item in expected.missing_facts if name in item.settles}
            assert set(answer[f"{name}.missing"]) == missing
        assert answer["tier"] == expected["tier"].value


def test_the_schema_tells_what_the_bits_mean(policy: Policy) -> None:
    found = determine_many(table({}), policy)
    bits = json.loads(found.schema.field("tier.possible").metadata[b"cso-rules.bits"])
    row = answers(found).to_pylist()[0]
    outcome = determine(policy, {key: value for key, value in ABLE.items() if key != "organization_id"})["tier"]
    assert [name for place, name in enumerate(bits) if row["tier.possible"] >> place & 1] == list(outcome.possible)
    assert found.schema.metadata[b"cso-rules.as_of"] == b"2018-06-01"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"individual_members": -1}, "individual_members '-1': -1 is not between 0 and 1000000"),
        ({"institutional_members": 2_000_000}, "2000000 is not between"),
        ({"activity_funds": Decimal("-0.01")}, "-0.01 is not between"),
        ({"organizational_form": "socialgroup"}, "'socialgroup' is not a value of"),
        ({"activity_kinds": ["services_for_residents", "x"]}, "'x' is not a value of"),
        ({"activity_kinds": ["services_for_residents", None]}, "a value of the list is missing"),
    ],
)
def test_a_broken_cell_is_unknown_and_named_with_its_row(policy: Policy, row: dict[str, Any], words: str) -> None:
    given = table({}, {}, row, dict.fromkeys(row))
    found = determine_many(given, policy, decisions=["tier"], language="en")
    rows = answers(found).to_pylist()
    assert words in rows[2]["problem"]
    assert [each["problem"] for each in rows if each is not rows[2]] == [None] * 3
    assert rows[2] | {"row": 4, "problem": None} == rows[3]
    assert [(problem.row, words in problem.text("en")) for problem in found.summary.problems] == [(3, True)]
    assert (found.summary.read, found.summary.answered, found.summary.in_doubt) == (4, 4, 1)
    strict = determine_many(given, policy, decisions=["tier"], language="en", is_strict=True)
    refused = answers(strict).to_pylist()
    assert [each["tier.status"] == "refused" for each in refused] == [False, False, True, False]
    assert refused[2]["tier.possible"] is None
    assert refused[2]["problem"] == rows[2]["problem"]
    assert (strict.summary.read, strict.summary.answered, strict.summary.refused) == (4, 3, 1)


def test_facts_that_contradict_one_another_are_unknown(policy: Policy) -> None:
    facts = {"is_original_fund_paid_in": [True, True, None, None], "original_fund": [0, 5, 0, None]}
    found = determine_many(pa.table(facts), policy, language="en")
    rows = answers(found).to_pylist()
    reason = "a fund of zero cannot be paid in"
    broken = f"is_original_fund_paid_in '是': {reason}; original_fund '0': {reason}"
    assert [each["problem"] for each in rows] == [broken, None, None, None]
    assert rows[0] | {"row": 4, "problem": None} == rows[3]
    assert found.summary.unread == {(name, "contradiction"): 1 for name in facts}
    strict = determine_many(pa.table(facts), policy, decisions=["tier"], language="en", is_strict=True)
    assert [each["tier.status"] == "refused" for each in answers(strict).to_pylist()] == [True, False, False, False]


def test_numbers_after_a_batch_go_on(policy: Policy) -> None:
    whole = many(70_000)
    bad = pa.concat_tables([whole, table({"individual_members": -5})])
    found = determine_many(bad, policy, decisions=["tier"])
    assert sum(batch.num_rows for batch in found) == 70_001
    assert [problem.row for problem in found.summary.problems] == [70_001]


@pytest.mark.parametrize("kind", [pa.float64(), pa.bool_(), pa.timestamp("s"), pa.list_(pa.int32())])
def test_a_column_of_another_type_is_refused_before_any_row(policy: Policy, kind: Any) -> None:
    with pytest.raises(WrongTypeError, match="holds no integer exactly"):
        determine_many(pa.table({"individual_members": pa.nulls(3, kind)}), policy)


def test_a_heading_near_that_of_a_fact_is_refused(policy: Policy) -> None:
    with pytest.raises(FileProblem, match="did you mean"):
        determine_many(pa.table({"individual_member": [1]}), policy)


def test_an_unknown_decision_is_refused(policy: Policy) -> None:
    with pytest.raises(UnknownNameError, match="tear"):
        determine_many(table({}), policy, decisions=["tear"])


@pytest.mark.parametrize("rows", [0, 1, 63, 64, 65, 65_536, 65_537])
def test_every_row_is_answered_whatever_the_size_of_batches(policy: Policy, rows: int) -> None:
    found = determine_many(many(rows), policy, decisions=["tier"])
    numbers = [number for batch in found for number in batch["row"].to_pylist()]
    assert numbers == list(range(1, rows + 1))
    assert (found.summary.read, found.summary.answered) == (rows, rows)
    assert sum(batch.num_rows for batch in found) == found.summary.read == rows


def test_batches_of_any_size_become_batches_of_one_size() -> None:
    batches = [pa.record_batch({"a": pa.array(range(size))}) for size in (3, 0, 10, 1, 4)]
    assert [batch.num_rows for batch in rebatched(iter(batches), 5)] == [5, 5, 5, 3]


def test_texts_labels_and_large_texts_are_read_like_cells(policy: Policy) -> None:
    found = pa.table(
        {
            "个人会员数": ["60", "６０", "不详"],
            "is_nonprofit": pa.array(["是", "否", ""], pa.large_string()),
            "registration_status": pa.array(["registered", None, "registered"]).dictionary_encode(),
        }
    )
    rows = answers(determine_many(found, policy, decisions=["has_valid_registration"])).to_pylist()
    assert [row["has_valid_registration"] for row in rows] == [True, None, True]
    one = decode(found.to_batches()[0], 1, policy)
    assert one.facts == {"individual_members": 60, "is_nonprofit": False}


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv"])
def test_answers_are_written_in_the_format_of_the_ending(policy: Policy, tmp_path: Path, ending: str) -> None:
    source, output = tmp_path / "in.parquet", tmp_path / f"out.{ending}"
    parquet.write_table(table({}, {"organization_id": "=1+1"}), source)
    summary = determine_many(source, policy, reasons=True).write(output)
    assert (summary.read, summary.refused) == (2, 0)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    if ending == "csv":
        read = csv.read_csv(output)
        assert output.read_bytes().startswith(b"\xef\xbb\xbf")
        assert read["organization_id"].to_pylist() == ["A", "'=1+1"]
    else:
        read = parquet.read_table(output) if ending == "parquet" else ipc.open_file(output).read_all()
        assert json.loads(read.schema.field("tier.true").metadata[b"cso-rules.bits"])
    assert read.num_rows == 2


@pytest.mark.parametrize("stream", [True, False])
def test_arrow_files_and_streams_are_read(policy: Policy, tmp_path: Path, stream: bool) -> None:
    source, found = tmp_path / "in.arrow", table({}, {})
    with (ipc.new_stream if stream else ipc.new_file)(source, found.schema) as writer:
        writer.write_table(found)
    assert answers(determine_many(source, policy, decisions=["tier"])).num_rows == 2


def test_small_groups_of_rows_with_lists_are_read(policy: Policy, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    parquet.write_table(many(1000), source, row_group_size=77)
    assert answers(determine_many(source, policy, decisions=["in_scope"])).num_rows == 1000


def test_what_is_no_table_is_refused(policy: Policy, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    source.write_bytes(b"PAR1 and no more")
    with pytest.raises(FileProblem, match="no complete Parquet or Arrow file"):
        determine_many(source, policy)


def test_a_table_that_breaks_off_is_named_and_nothing_is_written(policy: Policy, tmp_path: Path) -> None:
    def batches() -> Iterator[Any]:
        yield table({}).to_batches()[0]
        raise OSError("the cable was pulled")

    reader = pa.RecordBatchReader.from_batches(SCHEMA, batches())
    with pytest.raises(FileProblem, match="the cable was pulled"):
        determine_many(reader, policy, decisions=["tier"]).write(tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_page_of_parquet_that_does_not_have_its_checksum_refuses_the_file(policy: Policy, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    number = 0x01234567
    values = pa.table({"individual_members": pa.array([number] * 10, pa.int32())})
    parquet.write_table(values, source, compression="none", use_dictionary=False, write_page_checksum=True)
    source.write_bytes(source.read_bytes().replace(number.to_bytes(4, "little") * 2, bytes(8)))
    with pytest.raises(FileProblem, match="row 1 or later: the table cannot be read"):
        determine_many(source, policy, decisions=["tier"]).write(tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == [source]


def test_a_reader_that_is_used_up_is_refused_and_overwrites_nothing(policy: Policy, tmp_path: Path) -> None:
    found = determine_many(pa.RecordBatchReader.from_batches(SCHEMA, table({}).to_batches()), policy)
    assert answers(found).num_rows == 1
    output = tmp_path / "out.parquet"
    output.write_text("old")
    with pytest.raises(FileProblem, match="gone through only once"):
        found.write(output)
    assert output.read_text() == "old"


def test_an_output_that_cannot_be_is_named_by_its_own_name(policy: Policy, tmp_path: Path) -> None:
    found = determine_many(table({}), policy, decisions=["tier"])
    (tmp_path / "folder.csv").mkdir()
    for name in ("folder.csv", "nowhere/out.csv"):
        with pytest.raises(OSError, match="directory") as caught:
            found.write(tmp_path / name)
        assert caught.value.filename == str(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


CHILD = """
import sys, os, datetime, resource
from cso_rules import determine_many, load_policy
found = determine_many(sys.argv[1], load_policy("cn", as_of=datetime.date(2018, 6, 1)), decisions=["tier"])
def after(summary):
    if sys.argv[3] == "wait":
        print("batch", flush=True)
        sys.stdin.readline()
if sys.argv[3] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
found.write(sys.argv[2], after)
"""


def child(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


def test_a_killed_run_leaves_nothing_under_the_name_of_its_output(tmp_path: Path) -> None:
    source, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    parquet.write_table(many(200_000), source)
    output.write_text("old")
    run = child(str(source), str(output), "wait", stdin=subprocess.PIPE)
    with run:
        assert run.stdout is not None
        assert run.stdout.readline() == "batch\n"
        os.kill(run.pid, signal.SIGKILL)
    assert output.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] != []


@pytest.mark.parametrize("ending", ["arrow", "csv", "xlsx"])
def test_a_full_disk_is_a_clear_error_and_leaves_nothing(tmp_path: Path, ending: str) -> None:
    source, output = tmp_path / "in.parquet", tmp_path / f"out.{ending}"
    parquet.write_table(many(200_000 if ending == "arrow" else 20_000), source)
    run = child(str(source), str(output), "limit", env=os.environ | {"TMPDIR": str(tmp_path)})
    _, errors = run.communicate()
    assert run.returncode != 0
    assert "there is no room for the answers" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 20_000


def test_the_command_writes_a_file_and_counts(tmp_path: Path) -> None:
    source, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    parquet.write_table(table({}, {"individual_members": -1}), source)
    arguments = ["bulk", str(source), "-o", str(output), "--as-of", "2018-06-01", "--decision", "tier", "--lang", "en"]
    for strictness, counts in ([], "answered 2 + refused 0"), (["--strict"], "answered 1 + refused 1"):
        run = CliRunner().invoke(cli, [*arguments, *strictness])
        assert run.exit_code == 4
        assert "row 2 individual_members '-1': -1" in run.output
        assert f"read 2 = {counts}" in run.output
        assert (parquet.read_table(output)["tier.status"].to_pylist()[1] == "refused") is bool(strictness)
        assert "individual_members '-1': -1" in parquet.read_table(output)["problem"].to_pylist()[1]


def test_progress_speaks_once_a_second_with_rate_and_time_left() -> None:
    times, said = iter([0.0, 0.5, 2.0, 4.0]), list[str]()
    progress = Progress(total=400, lang="en", clock=lambda: next(times), say=said.append)
    for read in (50, 200, 400):
        progress(BulkSummary(read=read))
    progress.end()
    assert said == ["200 rows, 100 a second, 2 s left  ", "400 rows, 100 a second, 0 s left  ", "\n"]


def test_progress_of_a_file_whose_rows_are_not_counted_goes_by_its_size_and_ends_its_line() -> None:
    times, said = iter([0.0, 2.0, 4.0]), list[str]()
    progress = Progress(total=None, lang="zh", clock=lambda: next(times), say=said.append)
    progress(BulkSummary(read=100, share=0.25))
    progress(BulkSummary(read=200))
    progress.end()
    assert said == ["100 行，每秒 50 行，还需 6 秒  ", "200 行，每秒 50 行", "\n"]


@pytest.mark.parametrize("total", [None, 0, 9])
def test_progress_knows_no_time_left_before_the_first_row(total: int | None) -> None:
    times, said = iter([0.0, 2.0]), list[str]()
    progress = Progress(total=total, lang="en", clock=lambda: next(times), say=said.append)
    progress(BulkSummary())
    assert said == ["0 rows, 0 a second"]


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = (
        "cso_rules.executors.planes.",
        "cso_rules.engine.bulk_",
        "cso_rules.tables.batches.",
        "cso_rules.tables.bulk.",
    )
    for name in [name for name in sys.modules if name.startswith(parts)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(cso_rules.errors.MissingExtraError, match=r"cso-rules\[bulk\]"):
        _ = cso_rules.determine_many
