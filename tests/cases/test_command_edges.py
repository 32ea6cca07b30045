"""The edges of the command line: exit codes, languages, places by name, organizations named twice, bounds."""

import datetime
import os
import signal
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cso_rules.interfaces import cli as module
from cso_rules.model import civil_dates
from cso_rules.studies.sweep.steps import steps_between

BASE = Path(__file__).parent / "inputs" / "edges_base.csv"
SMALL = Path(__file__).parents[1] / "diagnostics" / "base"
RUN = ("--as-of", "2018-06-01", "--jurisdiction", "cn")
CHINESE = range(0x4E00, 0x9FFF)


def ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str | Path
) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["cso-rules", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        module.main()
    said = capsys.readouterr()
    return int(caught.value.code or 0), said.out, said.err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *arguments: ended(monkeypatch, capsys, *arguments)


def is_chinese(text: str) -> bool:
    return any(ord(letter) in CHINESE for letter in text)


USAGE: list[list[str]] = [
    ["classify"], ["nothing"], ["classify", str(BASE), "--nothing"], ["classify", str(BASE), "--format", "odt"],
    ["classify", str(BASE), "--as-of", "x"], ["classify", str(BASE), "--as-of", "2018-02-30"], ["classify", "none.csv"],
    ["classify", str(BASE), "--as-of", "9999-12-31"], ["classify", str(BASE), "--as-of", "0001-01-01"],
    ["classify", str(BASE.parent)], ["classify", str(BASE), "more"], ["classify", str(BASE), "--drafts=x"],
    ["classify", str(BASE), "--format", "xlsx"], ["classify", str(BASE), "--readings", "x"],
    ["classify", str(BASE), "--readings", "x=y"], ["classify", str(BASE), "--readings", "a15_mixed_membership=x"],
    ["classify", str(BASE), "--verify", "other"], ["explain", str(BASE)], ["explain", str(BASE), "--id", "nobody"],
    ["explain", str(BASE), "--row", "0"], ["explain", str(BASE), "--row", "x"], ["sql"], ["sql", "--dialect", "x"],
    ["sql", "--dialect", "sqlite"], ["sql", "--dialect", "sqlite", "--as-of", "2018-06-01", "--place", "44"],
    ["sql", "--dialect", "sqlite", "--as-of", "2018-06-01", "--decision", "x"],
    ["sql", "--dialect", "sqlite", "--as-of", "2018-06-01", "--table", "a b"],
    ["sql", "--dialect", "sqlite", "--as-of", "2018-06-01", "--key", "a", "--key", "a"],
    ["bulk", str(BASE)], ["bulk", "none.csv", "-o", "x.csv"], ["bulk", str(BASE), "-o", "x.odt"],
    ["bulk", "mysql://x", "-o", "x.csv"], ["bulk", "postgresql://[x", "--query", "SELECT 1", "-o", "x.csv"],
    ["bulk", str(BASE), "-o", "x.csv", "--discard"], ["book", "nothing", "-o", "x"], ["book", "cn"],
    ["impact", str(BASE)], ["impact", str(BASE), "--set", "x"], ["impact", str(BASE), "--against", "cn@x"],
    ["impact", str(BASE), "--against", "cn@2300-01-01"], ["sweep", str(BASE), "x", "1", "2"],
    ["sweep", str(BASE), "minimum_individual_members", "2", "1"],
    ["sweep", str(BASE), "minimum_activity_funds", "0", "9000000", "--step", "1"],
    ["classify", str(BASE), "--package", "nothing"], ["classify", str(BASE), "--jurisdiction", "99"],
    ["classify", str(BASE), "--jurisdiction", "南山区"], ["classify", str(BASE), "--jurisdiction", ""],
]  # fmt: skip


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_a_wrong_command_is_told_in_the_language_of_the_run(run: Any, arguments: list[str]) -> None:
    code, _, chinese = run(*arguments)
    assert (code, is_chinese(chinese)) == (2, True), chinese
    assert not [word for word in ("Error:", "Usage:", "Try ", "Invalid", "Missing", "No such") if word in chinese]
    names = chinese.replace("南山区", "")
    for english in (
        ["--lang", "en", *arguments],
        [*arguments, "--lang", "en"],
        [arguments[0], "--lang=en", *arguments[1:]],
    ):
        if arguments[0] == "nothing" and english[0] != "--lang":
            continue
        code, _, said = run(*english)
        assert (code, is_chinese(said.replace("南山区", ""))) == (2, False), said
    assert len(names.encode()) < 2000


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", 2), ("prose.csv", "今天天气很好\n".encode(), 2), ("old.xls", b"\xd0\xcf\x11\xe0", 2),
        ("number.csv", "名称,个人会员数\n甲,many\n".encode(), 4),
        ("utf16.csv", "名称,个人会员数\n甲,3\n乙,4\n".encode("utf-16-le"), 4),
        ("broken.xlsx", b"PK\x03\x04", 4), ("good.csv", "名称,个人会员数\n甲,3\n".encode(), 0),
    ],
)  # fmt: skip
def test_4_is_for_data_alone(run: Any, tmp_path: Path, name: str, content: bytes, code: int) -> None:
    (tmp_path / name).write_bytes(content)
    assert run("classify", tmp_path / name, *RUN)[0] == code


def test_faults_in_rule_files_are_failed_checks(run: Any, tmp_path: Path) -> None:
    (tmp_path / "package.yaml").write_text("format: 1\nid: x\n", encoding="utf-8")
    assert run("classify", BASE, "--package", tmp_path)[0] == 1
    assert CliRunner().invoke(module.cli, ["check", str(tmp_path)]).exit_code == 1


def test_a_missing_extra_is_no_fault_of_the_data(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    code, _, said = run("classify", BASE, *RUN, "-o", tmp_path / "a.xlsx")
    assert (code, "pip install" in said, "此功能需要" in said) == (2, True, True)
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_program_is_called_one(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cso_rules.tables.answer.rows.answers", lambda *_, **__: 1 // 0)
    code, _, said = run("classify", BASE, *RUN)
    assert (code, "程序内部错误" in said) == (70, True)


TWICE = """\
编号,名称,个人会员数
A1,甲,3
A1,乙,4
3,甲,5
"""


def explained(folder: Path, *arguments: str) -> Result:
    path = folder / "t.csv"
    path.write_text(TWICE, encoding="utf-8")
    return CliRunner().invoke(module.cli, ["explain", str(path), *RUN, *arguments])


@pytest.mark.parametrize(
    ("identity", "named"),
    [
        ("A1", ["第 2 行：编号 A1，名称 甲", "第 3 行：编号 A1，名称 乙"]),
        ("甲", ["第 2 行：编号 A1，名称 甲", "第 4 行：编号 3，名称 甲"]),
    ],
)
def test_of_two_organizations_none_is_guessed(tmp_path: Path, identity: str, named: list[str]) -> None:
    found = explained(tmp_path, "--id", identity)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert not [text for text in (*named, "--row") if text not in found.stderr]


def test_an_id_goes_before_the_number_of_another_row(tmp_path: Path) -> None:
    found = explained(tmp_path, "--id", "3")
    assert (found.exit_code, found.stdout.startswith("甲：")) == (0, True)


def test_a_row_is_always_one_organization(tmp_path: Path) -> None:
    for row, name in (("2", "甲"), ("3", "乙"), ("4", "甲")):
        found = explained(tmp_path, "--row", row)
        assert found.exit_code == 0
        assert found.stdout.startswith(f"{name}：")
    assert explained(tmp_path, "--id", "乙").exit_code == 0
    assert explained(tmp_path, "--row", "1").exit_code == 2
    assert explained(tmp_path, "--row", "2", "--id", "甲").exit_code == 2


@pytest.mark.parametrize(
    ("name", "code"), [("扬州市", "3210"), ("深圳", "4403"), ("广东省", "44"), ("Pingshan county", "511529")]
)
def test_a_place_may_be_named(name: str, code: str) -> None:
    runs = [
        CliRunner().invoke(
            module.cli, ["classify", str(BASE), "--as-of", "2024-01-01", "--format", "json", "--jurisdiction", place]
        )
        for place in (name, code)
    ]
    assert runs[0].exit_code == 0, runs[0].stderr
    assert runs[0].stdout == runs[1].stdout
    assert f'"jurisdiction": "{code}"' in runs[0].stdout


@pytest.mark.parametrize("name", ["南山区", "9999", "扬洲市", "cm", "0"])
def test_the_hint_for_an_unknown_place_never_drops_local_rules(run: Any, name: str) -> None:
    for language in ("zh", "en"):
        code, _, said = run("classify", BASE, "--jurisdiction", name, "--lang", language)
        assert code == 2
        assert "“cn”" not in said.replace(f"“{name}”", "")
        assert "'cn'" not in said


WITHOUT_ZONES = """
import sys, zoneinfo
class Blocked:
    def find_spec(self, name, *_):
        if name.split(".")[0] == "tzdata":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
zoneinfo.reset_tzpath(to=())
try:
    zoneinfo.ZoneInfo("Asia/Shanghai")
except zoneinfo.ZoneInfoNotFoundError:
    pass
else:
    sys.exit("there are zones")
from cso_rules.interfaces.cli import main
main()
"""


@pytest.mark.parametrize("command", ["classify", "book"])
def test_today_needs_no_table_of_time_zones(tmp_path: Path, command: str) -> None:
    options = (
        [str(BASE), "--jurisdiction", "cn"] if command == "classify" else [str(SMALL), "-o", str(tmp_path / "book")]
    )
    environment = {**os.environ, "PYTHONTZPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ZONES, command, *options], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_today_is_that_of_shanghai(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "Late":
            return cls(2018, 6, 1, 16, 30, tzinfo=datetime.UTC).astimezone(tz)

    monkeypatch.setattr("cso_rules.model.civil_dates.datetime", types.SimpleNamespace(datetime=Late))
    assert civil_dates.today() == datetime.date(2018, 6, 2)


def test_the_steps_of_a_sweep_are_bounded_by_name(run: Any) -> None:
    arguments = ["sweep", BASE, "minimum_activity_funds", "0", "99999999", "--step", "0.01", *RUN]
    code, _, said = run(*arguments, "--lang", "en")
    assert (code, "at most 10,000" in said, "--step" in said) == (2, True, True)
    assert len(steps_between(0, 10_000, 1)) == 10_001


@pytest.mark.skipif(os.name != "posix", reason="interrupted otherwise here")
def test_an_interruption_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "slow.csv")
    code = (
        "import signal, threading, os\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell may have it ignored
        "import cso_rules.interfaces.options.opening as opening\n"
        "interruption = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))\n"
        "opening.opened_sheet = lambda *_: (interruption.start(), signal.pause())\n"
        "from cso_rules.interfaces.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "classify", str(BASE), *RUN], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 128 + signal.SIGINT
    assert "已中断" in done.stderr.decode()


WITHOUT_EXTRAS = """
import sys
class Blocked:
    def find_spec(self, name, *_):
        if name.split(".")[0] in {"numpy", "pyarrow", "duckdb", "starlette", "cryptography"}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Blocked())
from cso_rules.interfaces.cli import main
main()
"""


def test_a_list_is_answered_from_a_bundle_and_recorded_without_extras(tmp_path: Path) -> None:
    table, bundle, store = tmp_path / "list.csv", tmp_path / "card.bundle", tmp_path / "records.db"
    table.write_text("age,overdue_items\n30,0\n", encoding="utf-8")
    card = Path(__file__).resolve().parents[1] / "packages" / "library_card"
    answered = ["classify", str(table), "--as-of", "2024-06-01", "--bundle", str(bundle)]
    for arguments in (
        ["build", str(card), "--from", "2024-06-01", "-o", str(bundle)],
        [*answered, "--record", str(store), "--asked-by", "a desk", "--reason", "a trial"],
        ["records", "verify", "--store", str(store)],
    ):
        done = subprocess.run([sys.executable, "-c", WITHOUT_EXTRAS, *arguments], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
