"""Files that are written: with the permissions they should have, never over the input, never over what is foreign."""

import datetime
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules.book.write import MARKER, NoBookError, write_book
from cso_rules.interfaces.cli import cli
from cso_rules.tables.write.complete_file import complete_file

INPUTS = Path(__file__).parent / "inputs"
RUN = ("--as-of", "2018-06-01", "--jurisdiction", "cn")
posix = pytest.mark.skipif(os.name != "posix", reason="files have other permissions and no such kinds here")
SET = ("--set", "minimum_individual_members=60")
SMALL = Path(__file__).parents[1] / "diagnostics" / "base"
SWEEP = ("minimum_individual_members", "10", "20")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments), *RUN])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes((INPUTS / "edges_base.csv").read_bytes())
    return path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


WRITERS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("classify", (), ("--format", "csv")), ("bulk", (), ()), ("impact", SET, ("--format", "csv")),
    ("sweep", SWEEP, ("--format", "csv")), ("ask-next", (), ("--format", "json")),
]  # fmt: skip


@posix
@pytest.mark.parametrize(("command", "arguments", "form"), WRITERS)
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_what_the_umask_leaves(
    table: Path, command: str, arguments: tuple[str, ...], form: tuple[str, ...], mask: int
) -> None:
    before = os.umask(mask)
    try:
        assert run(command, table, *arguments, *form, "-o", table.with_name("new.csv")).exit_code == 0
    finally:
        os.umask(before)
    assert mode_of(table.with_name("new.csv")) == 0o666 & ~mask


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_replaced_keeps_its_permissions(table: Path, mode: int) -> None:
    old = table.with_name("old.csv")
    for command in ("classify", "bulk"):
        old.write_text("old", encoding="utf-8")
        old.chmod(mode)
        assert run(command, table, "-o", old).exit_code == 0
        assert old.read_text(encoding="utf-8") != "old"
        assert mode_of(old) == mode


@posix
def test_a_secret_file_is_never_open_to_others_while_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("", encoding="utf-8")
    (tmp_path / "a").chmod(0o600)
    with complete_file(tmp_path / "a") as temporary:
        assert mode_of(temporary) == 0o600


@pytest.mark.parametrize(("command", "arguments", "form"), WRITERS)
@pytest.mark.parametrize("way", ["itself", "spelt otherwise", "hard link", "symbolic link", "link to a link"])
def test_the_input_is_never_the_output(
    table: Path, command: str, arguments: tuple[str, ...], form: tuple[str, ...], way: str
) -> None:
    content, other = table.read_bytes(), table.with_name("other.csv")
    match way:
        case "itself":
            other = table
        case "spelt otherwise":
            other = table.parent / "x" / ".." / table.name
            (table.parent / "x").mkdir()
        case "hard link":
            other.hardlink_to(table)
        case "symbolic link":
            other.symlink_to(table.name)
        case _:
            table.with_name("between").symlink_to(table)
            other.symlink_to("between")
    for source, output in ((table, other), (other, table)):
        done = run(command, source, *arguments, *form, "-o", output)
        assert done.exit_code == 2
        assert "输入文件" in done.stderr
        assert table.read_bytes() == content


def test_the_second_input_is_not_the_output_either(table: Path) -> None:
    roster = table.with_name("communities.csv")
    roster.write_text("社区名称,社区类型\n甲,城市社区\n", encoding="utf-8")
    done = run("impact", table, *SET, "--communities", roster, "-o", roster)
    assert (done.exit_code, roster.read_text(encoding="utf-8")[:4]) == (2, "社区名称")


def test_a_database_is_not_made_of_the_input(table: Path) -> None:
    for kind in ("sqlite", "duckdb"):
        done = run("bulk", table, "-o", f"{kind}:///{table}", "--table", "t")
        assert done.exit_code == 2
    assert table.read_bytes() == (INPUTS / "edges_base.csv").read_bytes()


@pytest.mark.parametrize("command", ["classify", "bulk"])
def test_a_link_stays_and_what_it_names_is_written(table: Path, command: str) -> None:
    target, link = table.parent / "elsewhere" / "real.csv", table.with_name("link.csv")
    target.parent.mkdir()
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    assert run(command, table, "-o", link).exit_code == 0
    assert link.is_symlink()
    assert target.read_bytes() != b"old"
    assert [path.name for path in target.parent.iterdir()] == ["real.csv"]


@pytest.mark.parametrize("command", ["classify", "bulk"])
@pytest.mark.parametrize("name", ["folder.csv", "none/a.csv", ""])
def test_a_place_where_no_file_can_be_is_refused(table: Path, command: str, name: str) -> None:
    (table.parent / "folder.csv").mkdir()
    output = str(table.parent / name) if name else ""
    done = run(command, table, "-o", output)
    assert done.exit_code == (2 if name or command == "classify" else done.exit_code)
    assert sorted(path.name for path in table.parent.iterdir()) == ["folder.csv", "table.csv"]


@posix
@pytest.mark.parametrize("command", ["classify", "bulk"])
def test_a_pipe_is_written_to_and_stays_one(table: Path, command: str) -> None:
    pipe, read = table.with_name("pipe.csv"), list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert run(command, table, "-o", pipe).exit_code == 0
    reader.join(30)
    assert "测试会" in read[0].decode("utf-8-sig")
    assert pipe.is_fifo()


@posix
def test_the_standard_output_may_be_named(table: Path) -> None:
    code = "from cso_rules.interfaces.cli import main; main()"
    arguments = ["classify", str(table), *RUN, "-o", "/dev/stdout", "--format", "csv"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
    assert (done.returncode, "测试会" in done.stdout.decode("utf-8-sig")) == (0, True)
    assert Path("/dev/stdout").exists()


@posix
def test_a_failed_run_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    name = "很长" * 100 + ".csv"
    with pytest.raises(OSError, match="name too long") as failed, complete_file(tmp_path / name):
        pass
    assert ".part" not in str(failed.value)


def test_a_book_keeps_what_it_did_not_write(tmp_path: Path) -> None:
    target, day = tmp_path / "book", datetime.date(2018, 6, 1)
    write_book(SMALL, target, day)
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    (target / "photos").mkdir()
    (target / "photos" / "a.png").write_bytes(b"mine")
    (target / "gone.html").write_text("an old page", encoding="utf-8")
    with (target / MARKER).open("a", encoding="utf-8") as marker:
        marker.write("gone.html\n")
    write_book(SMALL, target, day)
    assert (target / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (target / "photos" / "a.png").read_bytes() == b"mine"
    assert not (target / "gone.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book"]


def test_a_book_is_not_written_over_a_page_of_somebody_else(tmp_path: Path) -> None:
    target, day = tmp_path / "book", datetime.date(2018, 6, 1)
    write_book(SMALL, target, day)
    marker = target / MARKER
    lines = marker.read_text(encoding="utf-8").splitlines()
    marker.write_text("\n".join(line for line in lines if line != "facts.html") + "\n", encoding="utf-8")
    (target / "facts.html").write_text("mine", encoding="utf-8")
    with pytest.raises(NoBookError, match=r"facts\.html"):
        write_book(SMALL, target, day)
    assert (target / "facts.html").read_text(encoding="utf-8") == "mine"


def test_a_book_is_refused_in_the_language_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cso_rules.interfaces.cli import main

    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for language, words in (("zh", "目录不是空的"), ("en", "neither empty nor a book")):
        monkeypatch.setattr("sys.argv", ["cso-rules", "book", str(SMALL), "-o", str(tmp_path), "--lang", language])
        said: list[str] = []
        monkeypatch.setattr("click.echo", lambda text="", said=said, **_: said.append(str(text)))
        with pytest.raises(SystemExit) as ended:
            main()
        assert (ended.value.code, words in "".join(said)) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
