"""Writing a book: safe, repeatable, and never over something else."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.book.contents import read_contents
from cso_rules.book.write import MARKER, NoBookError, book_files, write_book
from cso_rules.errors import PolicyError
from cso_rules.interfaces.cli import cli
from tests.book.conftest import BASE, DAY, parsed

HOSTILE = "<script>alert('1')</script>\" onload=\"x' & <b>"
LABEL = re.compile(r"\{zh: ([^,{}]+), en: ([^{}]+)\}")
SCENARIO = """\
format: 1
scenarios:
  - title: "Sixty members <script>alert(1)</script>"
    as_of: 2018-06-01
    facts: {individual_members: 60}
    expect: {tier: registered}
  - title: One member short fails on purpose
    as_of: 2018-06-01
    facts: {individual_members: 49}
    expect: {tier: registered}
"""


def make_hostile(package: Path) -> None:
    """Put markup and quotes into every label of a package."""
    escaped = HOSTILE.replace('"', '\\"')
    for file in package.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        hostile = LABEL.sub(lambda found: f'{{zh: {found[1]}, en: "{found[2]} {escaped}"}}', text)
        file.write_text(hostile, encoding="utf-8")
    (package / "scenarios").mkdir()
    (package / "scenarios" / "tier.yaml").write_text(SCENARIO, encoding="utf-8")


def test_texts_of_rule_files_are_escaped(small: Path) -> None:
    make_hostile(small)
    files = book_files(read_contents(small, DAY))
    pages = {name: parsed(text) for name, text in files.items() if name.endswith(".html")}
    for page in pages.values():
        names = [name for name, _ in page.elements]
        assert names.count("script") == 1
        assert "b" not in names
        assert not [key for _, found in page.elements for key in found if key.startswith("on")]
    assert any(HOSTILE in text for text in pages["facts.html"].texts)
    assert "<script" not in files["search-index.js"]


TITLES = """\
format: 1
scenarios:
  - title: {zh: 六十名会员可以登记, en: Sixty members can register}
    as_of: 2018-06-01
    facts: {individual_members: 60}
    expect: {tier: registered}
  - title: One member short is below
    as_of: 2018-06-01
    facts: {individual_members: 49}
    expect: {tier: guided}
"""


def test_titles_of_scenarios_are_shown_in_their_language_and_marked_where_there_is_one(small: Path) -> None:
    (small / "scenarios").mkdir()
    (small / "scenarios" / "tier.yaml").write_text(TITLES, encoding="utf-8")
    html = book_files(read_contents(small, DAY))["scenarios.html"]
    assert '<span lang="zh" class="t">六十名会员可以登记</span>' in html
    assert '<span lang="en" class="t">Sixty members can register</span>' in html
    assert (
        '<bdi lang="en">One member short is below</bdi><span lang="zh" class="t one-language">（英文）</span>' in html
    )
    assert html.count("one-language") == 1


def test_a_failed_scenario_is_marked(small: Path) -> None:
    make_hostile(small)
    page = parsed(book_files(read_contents(small, DAY))["scenarios.html"])
    classes = [str(found.get("class")) for _, found in page.elements]
    assert classes.count("failures") == 1


def test_a_package_without_neighbours_has_no_places(small: Path) -> None:
    page = parsed(book_files(read_contents(small, DAY))["places.html"])
    assert "There are no local packages." in page.texts


def test_a_local_package_is_listed_with_its_changes(small: Path) -> None:
    place = small.parent / "base-33"
    place.mkdir()
    header = (
        "format: 1\nid: base-33\ntitle: {zh: 某省规则, en: rules of a province}\njurisdiction: '33'\nextends: base\n"
    )
    (place / "package.yaml").write_text(header, encoding="utf-8")
    page = parsed(book_files(read_contents(small, DAY))["places.html"])
    assert "base-33" in page.ids
    assert "rules of a province" in page.texts


def test_the_book_of_a_place_shows_its_own_changes(tmp_path: Path) -> None:
    for name in ("base", "base-44"):
        shutil.copytree(BASE.parent / name, tmp_path / name)
    files = book_files(read_contents(tmp_path / "base-44", DAY))
    assert "base-44" in parsed(files["places.html"]).ids
    changed = {name for name, text in files.items() if 'id="place-44"' in text}
    assert changed
    assert all(name.startswith("decision-") for name in changed)


def test_a_package_with_faults_makes_no_book(small: Path, tmp_path: Path) -> None:
    (small / "decisions" / "tier.yaml").write_text("format: 1\n", encoding="utf-8")
    with pytest.raises(PolicyError):
        write_book(small, tmp_path / "book", DAY)
    assert not (tmp_path / "book").exists()


def test_a_book_takes_the_place_of_an_earlier_one(small: Path, tmp_path: Path) -> None:
    target = tmp_path / "book"
    write_book(small, target, DAY)
    (target / "left-over.html").write_text("", encoding="utf-8")
    with (target / MARKER).open("a", encoding="utf-8") as marker:
        marker.write("left-over.html\n")
    write_book(small, target, DAY)
    assert (target / MARKER).is_file()
    assert not (target / "left-over.html").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"rules", "book"}


def test_an_empty_folder_becomes_a_book(small: Path, tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    assert write_book(small, tmp_path / "book", DAY) == len(list((tmp_path / "book").glob("*.html")))


def test_beside_each_decision_of_the_day_stands_the_way_to_its_questions(small: Path, tmp_path: Path) -> None:
    write_book(small, tmp_path / "book", DAY)
    assert "held-rules" in (tmp_path / "book" / "try.html").read_text(encoding="utf-8")
    decisions = read_contents(small, DAY).found.decisions
    for name in decisions:
        shown = (tmp_path / "book" / f"decision-{name}.html").read_text(encoding="utf-8")
        assert f'href="try.html#goal={name}"' in shown


def test_a_folder_with_something_else_is_left_alone(small: Path, tmp_path: Path) -> None:
    kept = tmp_path / "mine" / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("keep", encoding="utf-8")
    with pytest.raises(NoBookError):
        write_book(small, kept.parent, DAY)
    assert [path.name for path in kept.parent.iterdir()] == ["notes.txt"]
    assert kept.read_text(encoding="utf-8") == "keep"


def test_a_file_in_the_way_is_left_alone(small: Path, tmp_path: Path) -> None:
    (tmp_path / "book").write_text("keep", encoding="utf-8")
    with pytest.raises(NoBookError):
        write_book(small, tmp_path / "book", DAY)


def test_the_command_writes_a_book_and_refuses_other_folders(small: Path, tmp_path: Path) -> None:
    arguments = ["book", str(small), "--as-of", "2018-06-01", "-o"]
    result = CliRunner().invoke(cli, [*arguments, str(tmp_path / "book")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "book" / "index.html").is_file()
    assert isinstance(CliRunner().invoke(cli, [*arguments, str(tmp_path)]).exception, NoBookError)


DIGEST = """
import datetime, hashlib, json, sys
from cso_rules.book.contents import read_contents
from cso_rules.book.write import book_files
files = book_files(read_contents(sys.argv[1], datetime.date(2018, 6, 1)))
print(hashlib.sha256(json.dumps(files).encode()).hexdigest())
"""


def test_the_same_rules_give_the_same_bytes(national: Path, tmp_path: Path) -> None:
    for name in ("cn", "cn-32", "cn-3210"):
        shutil.copytree(national.parent / name, tmp_path / name)
    for file in (tmp_path / "cn" / "scenarios").iterdir():
        if file.stem not in {"packs", "registration_conditions", "tier"}:
            file.unlink()
    package = tmp_path / "cn"
    here = hashlib.sha256(json.dumps(book_files(read_contents(package, DAY))).encode()).hexdigest()
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", DIGEST, str(package)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == here
