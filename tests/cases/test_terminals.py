"""What a terminal is given: in its own encoding, never an order to it, never a line that a name made up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kept_process import run_kept

INPUTS = Path(__file__).parent / "inputs"
RARE = INPUTS / "edges_gbk_rare.csv"
RUN = ("--as-of", "2018-06-01", "--jurisdiction", "cn")
PROGRAM = "from cso_rules.interfaces.cli import main; main()"
HOSTILE = "\x1b]0;owned\x07甲\u202e\x00乙\x9b31m\u2028丙"
UNFIT = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), *"\u200b\u202e\u2028\u2029\ufeff"} - {"\n", "\t"}


def start(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["gbk", "cp936", "ascii", "latin-1", "gb18030", "utf-8"])
@pytest.mark.parametrize("arguments", [("classify",), ("explain", "--id", "A1"), ("area",), ("ask-next",)])
def test_a_character_that_a_terminal_lacks_is_replaced(arguments: tuple[str, ...], encoding: str) -> None:
    name, *options = arguments
    done = run_kept(name, RARE, *options, *RUN, encoding=encoding)
    assert done.code == 0, done.said
    text = done.out.decode(encoding) + done.said.decode(encoding)
    if name in {"classify", "explain"}:
        assert ("㐂" if encoding in {"gb18030", "utf-8"} else r"\u3402") in text
    assert ("读取 1" in text) is (encoding not in {"ascii", "latin-1"}) or name == "explain"


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_the_encoding_of_a_terminal_is_that_of_its_process(encoding: str) -> None:
    done, kept = (
        start("classify", RARE, *RUN, PYTHONIOENCODING=encoding),
        run_kept("classify", RARE, *RUN, encoding=encoding),
    )
    assert (done.returncode, done.stdout, done.stderr) == (kept.code, kept.out, kept.said)


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_files_are_utf_8_whatever_the_terminal(tmp_path: Path, encoding: str) -> None:
    done = run_kept("classify", RARE, *RUN, "-o", tmp_path / "a.csv", encoding=encoding)
    assert done.code == 0, done.said
    assert "㐂乐䶮舞队" in (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    piped = run_kept("classify", RARE, *RUN, "--format", "csv", encoding=encoding)
    assert piped.out == (tmp_path / "a.csv").read_bytes()


def test_the_plain_locale_of_a_server_is_no_fault(tmp_path: Path) -> None:
    plain = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert start("classify", RARE, *RUN, **plain).returncode == 0
    assert start("classify", tmp_path / "没有.csv", *RUN, **plain).returncode == 2


def hostile_table(folder: Path) -> Path:
    rows = [
        {"编号": "A1", "名称": HOSTILE + "\n第 9 行 个人会员数 'x'：伪造", "个人会员数": 3},
        {"编号": HOSTILE, "名称": "丁", "个人会员数": HOSTILE + "\n伪造"},
        {"编号": HOSTILE, "名称": "戊\t己", "个人会员数": 4},
    ]
    path = folder / "h.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["classify"], ["classify", "--lang", "en"], ["explain", "--row", "1"], ["ask-next"], ["area"],
        ["impact", "--set", "minimum_individual_members=3"], ["sweep", "minimum_individual_members", "1", "9"],
        ["explain", "--id", HOSTILE.replace("\x00", "")], ["classify", "--format", "odt\x1b[2J"],
        ["classify", "--jurisdiction", "\x1b[2J\n地9"], ["classify", "--package", "\x1b[2J\n包"],
        ["classify", "--readings", "\x1b[2J\n=x"], ["impact", "--set", "\x1b[2J\n=3"],
    ],
)  # fmt: skip
def test_nothing_in_a_name_reaches_the_terminal_as_an_order_or_a_line(tmp_path: Path, arguments: list[str]) -> None:
    name, *options = arguments
    done = run_kept(name, hostile_table(tmp_path), *options, *(RUN if "--jurisdiction" not in options else RUN[:2]))
    text = done.out.decode() + done.said.decode()
    assert done.code in {0, 2, 4}, text
    assert not UNFIT & set(text)
    assert not [line for line in text.split("\n") if line.startswith(("伪造", "第 9 行", "地9", "包", "=x"))]


@pytest.mark.skipif(os.name != "posix", reason="such names cannot be given to files here")
def test_the_name_of_a_file_is_shown_and_obeyed_by_no_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "\x1b[31m\n第 9 行"
    folder.mkdir()
    runs: list[list[str | Path]] = [
        ["classify", folder / "none.csv"],
        ["classify", hostile_table(tmp_path), "-o", folder / "x" / "a.csv"],
    ]
    for arguments in runs:
        done = run_kept(*arguments, *RUN)
        assert done.code == 2
        text = done.said.decode()
        assert "U+001B" in text or r"\x1b" in text
        assert not UNFIT & set(text)
    empty = folder / "empty.csv"
    empty.write_bytes(b"")
    assert not UNFIT & set(run_kept("classify", empty, *RUN).said.decode())


@pytest.mark.skipif(os.name != "posix", reason="names are no bytes here")
def test_a_name_that_is_no_text_is_said_not_crashed_on(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xcc\xa8\xd5\xcb.csv"
    with open(path, "wb") as file:  # noqa: PTH123 - bytes are no path
        file.write("名称,个人会员数\n甲,many\n".encode())
    for name, code in ((path, 4), (path + b"x", 2)):
        arguments: list[str | bytes] = [sys.executable, "-c", PROGRAM, "classify", name, *RUN]
        assert subprocess.run(arguments, capture_output=True, check=False).returncode == code


def test_formulas_are_still_harmless_and_text_is_raw_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('编号,名称,个人会员数\nA1,"=1+1\n\u202e甲",3\n', encoding="utf-8")
    done = run_kept("classify", path, *RUN, "--format", "csv")
    assert '"\'=1+1\n\u202e甲"' in done.out.decode("utf-8-sig")


@pytest.mark.skipif(os.name != "posix", reason="readers go away otherwise here")
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_reader_that_goes_away_ends_the_run_quietly(tmp_path: Path, form: str) -> None:
    path = tmp_path / "many.csv"
    path.write_text("名称,个人会员数\n" + "甲,3\n" * 200, encoding="utf-8")
    arguments = [sys.executable, "-c", PROGRAM, "classify", str(path), *RUN, "--format", form]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 141
    assert "Error" not in said
    assert "Exception" not in said
