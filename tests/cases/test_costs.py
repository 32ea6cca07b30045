"""Tables that are nothing but quotation marks, separators or line ends: refused or read with little memory."""

from pathlib import Path

import pytest

from tests.cases.hostile_files import run

SIZE = 15 << 20
HEAD = "编号,个人会员数\n".encode()
REFUSED = {
    "quotation marks": (b'"' * SIZE, "not valid CSV"),
    "quotation marks below a header": (HEAD + b'"' * SIZE, "not valid CSV"),
    "quotation marks in lines": (HEAD + b'"""\n' * (SIZE // 4), "do not fit the header"),
    "one quotation mark a line": (HEAD + b'"\n' * (SIZE // 2), "blank lines"),
    "empty quotes": (HEAD + b'""\n' * (SIZE // 3), "blank lines"),
    "a quotation mark and many lines": (HEAD + (b'"' + b"\n" * 1000) * (SIZE // 1001), "blank lines"),
    "one long line": (HEAD + b"a" * SIZE, "not valid CSV"),
    "one long heading": (HEAD.replace(b"\n", b",") + b"x" * SIZE + b"\n", "not valid CSV"),
    "line ends": (b"\n" * SIZE, "blank lines"),
    "line ends below a header": (HEAD + b"\n" * SIZE, "blank lines"),
    "line ends below rows": (HEAD + b"A,1\n" * 20 + b"\n" * SIZE, "blank lines"),
    "returns": (HEAD + b"\r" * SIZE, "blank lines"),
    "short lines": (HEAD + b"a\n" * (SIZE // 2), "do not fit the header"),
    "separators": (b"," * SIZE, "no row holds a known column name"),
    "a hundred thousand columns": (HEAD.replace(b"\n", b",") + b",".join([b"c"] * 100_000) + b"\n", "columns"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_tables_without_content_are_refused(tmp_path: Path, name: str) -> None:
    content, words = REFUSED[name]
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    for command, said in run(path, "en", ["classify", "bulk"]).items():
        assert said.code in {2, 4}, (command, said)
        assert words in said.text, (command, said)
        assert len(said.text.encode()) < 2048


def test_a_row_of_separators_is_blank_and_one_of_many_cells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(HEAD + b"," * SIZE + b"\nA,5\n")
    for said in run(path, "en", ["classify", "bulk"]).values():
        assert "read 1 = answered 1 + refused 0" in said.text
    path.write_bytes(HEAD + b"A,5\n" + b"x," * 1_000_000 + b"\n")
    for said in run(path, "en", ["classify", "bulk"]).values():
        assert "read 2 = answered 1 + refused 1" in said.text
        assert "more than 16,384 cells" in said.text


def test_hundreds_of_bad_rows_are_counted_and_the_first_of_them_named(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(HEAD + b"A,x\n" * 600 + b"A,5\n")
    for said in run(path, "en", ["classify", "bulk"]).values():
        assert said.code == 4
        assert "read 601 = answered 601 + refused 0" in said.text
        assert "and 500 more" in said.text
        assert sum(line.startswith("row ") for line in said.text.splitlines()) == 100
        assert " 600. What they hold counts as unknown" in said.text
    assert "另有 500" in run(path, "zh", ["classify"])["classify"].text
