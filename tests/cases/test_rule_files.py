"""Rule files: which are read, what is told about the others, and that no content of theirs ends a command."""

from __future__ import annotations

import os
import random
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.diagnostics import render_all
from cso_rules.interfaces.cli import cli
from cso_rules.loader.load import check, load_policy
from cso_rules.loader.packages import digest_of
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, SequenceNode, read_yaml
from cso_rules.source import SourceFile
from tests.cases.rule_packages import FILES, NUMBERS, base, edit, local, places
from tests.sampled import examples

DAY = date(2024, 1, 1)
TIER = "decisions/tier.yaml"
POLICIES = Path(__file__).parents[2] / "policies"
WRONG = (
    "", '""', "[]", "{}", "[[x]]", "{a: b}", "[{a: b}]", "x" * 5000, "5", "-1", "1e5", "2018-01-01", "null", "true",
)  # fmt: skip
FUZZED = examples(are_slow=True)
VALUE_DECISION = """format: 1
decision: total
label: {zh: 总数, en: total}
type: integer
value: %s
cite: opinions s49
"""


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("changes.yml", "base/changes.yaml"),
        ("Package.YAML", "base/package.yaml"),
        ("vocabulary.yaml.txt", "base/vocabulary.yaml"),
        ("decisions/E.YAML", "base/decisions/e.yaml"),
        ("decisions/new.yml", "base/decisions/new.yaml"),
        ("decisions/new.ymal", "base/decisions/new.yaml"),
        ("decisions/新.yaml。", None),
        ("decisions/new。yaml", "base/decisions/new.yaml"),
        ("decisions/new.yaml~", "base/decisions/new.yaml"),
        ("decisions/old/new.yaml", "base/decisions/*.yaml"),
        ("decision/new.yaml", "base/decisions/"),
        ("Parameters/new.yaml", "base/parameters/"),
        ("scenario/new.yaml", "base/scenarios/"),
        ("scenarios/new.yml", "base/scenarios/new.yaml"),
        ("tier.yaml", None),
    ],
)
def test_a_misnamed_file_is_named_with_its_right_name(name: str, suggestion: str | None, tmp_path: Path) -> None:
    package = base(tmp_path)
    (package / name).parent.mkdir(exist_ok=True, parents=True)
    shutil.copy(package / TIER, package / name)
    found = check(package)
    if name.endswith("。"):
        assert found == ()
        return
    (warning,) = found
    assert (warning.code, warning.severity) == ("misnamed-file", "warning")
    if suggestion is not None:
        assert f"`{suggestion}`" in render_all([warning])
    assert name.split("/", maxsplit=1)[0] in render_all([warning], "zh")
    done = CliRunner().invoke(cli, ["check", str(package), "--lang", "en"])
    assert done.exit_code == 0
    assert "0 errors, 1 warning" in done.output
    assert load_policy(package, as_of=DAY).id == "base"


@pytest.mark.parametrize(
    "name",
    [
        "README.md", "CHANGELOG.md", ".DS_Store", "decisions/.tier.yaml.swp", "decisions/tier.yaml~",
        "decisions/._tier.yaml", "decisions/#tier.yaml#", "decisions/tier.yaml.bak", "notes.xml",
        "decisions/page.html", "docs/picture.png", ".git/x.yaml",
    ],
)  # fmt: skip
def test_what_editors_and_people_leave_is_not_named(name: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("x: [", encoding="utf-8")
    assert check(package) == ()


def _folder(place: Path) -> None:
    place.mkdir()


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        here = Path.cwd()
        os.chdir(place.parent)  # a socket has a short path only
        try:
            opened.bind(place.name)
        finally:
            os.chdir(here)


def _link(target: str) -> object:
    return lambda place: place.symlink_to(target)


KINDS = {
    "device": _link("/dev/zero"),
    "outside": _link(str(FILES / "base" / TIER)),
    "nowhere": _link("nowhere.yaml"),
    "circle": _link("tier.yaml"),
    "pipe": _pipe,
    "socket": _socket,
    "folder": _folder,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [TIER, "decisions/new.yaml", "vocabulary.yaml", "calendars/days.yaml", "changes.yaml"])
def test_what_is_no_regular_file_is_refused_before_it_is_read(kind: str, name: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).unlink(missing_ok=True)
    KINDS[kind](package / name)  # type: ignore[operator]
    assert len(digest_of(package)) == 64
    assert [fault.code for fault in check(package)][:1] == ["unreadable-file"]
    assert f"base/{name}" in render_all(check(package))


def test_a_head_that_is_a_device_is_refused(tmp_path: Path) -> None:
    base(tmp_path)
    package = local(tmp_path)
    (package / "package.yaml").unlink()
    (package / "package.yaml").symlink_to(tmp_path / "base" / "package.yaml")
    assert [fault.code for fault in check(package)] == ["unreadable-file"]


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    package = base(tmp_path)
    (package / "decisions").rename(tmp_path / "elsewhere")
    (package / "decisions").symlink_to(tmp_path / "elsewhere")
    assert places(check(package)) == ["unreadable-file"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    package = base(tmp_path)
    with (package / "decisions" / "large.yaml").open("wb") as file:
        file.truncate(3 * 1024**3)
    assert [fault.code for fault in check(package)] == ["yaml-too-large"]
    assert "1048576" in render_all(check(package))


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("gb18030", "GB18030"), ("gbk", "GB18030"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"),
     ("utf-32", "UTF-32"), ("utf-32-le", "UTF-32")],
)  # fmt: skip
def test_another_encoding_is_told_at_its_place(encoding: str, named: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    text = (package / NUMBERS).read_text(encoding="utf-8")
    (package / NUMBERS).write_bytes(text.encode(encoding))
    fault = next(fault for fault in check(package) if fault.code == "wrong-encoding")
    assert fault.span is not None
    assert dict(fault.arguments)["found"] == named
    assert "save the file as UTF-8" in render_all([fault])
    assert "indentation" not in render_all(check(package))


def test_one_byte_of_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    package = base(tmp_path)
    text = (package / NUMBERS).read_bytes()
    (package / NUMBERS).write_bytes(text.replace(b"minimum of members", b"minimum of caf\xe9"))
    assert "wrong-encoding base/parameters/numbers.yaml:4" in places(check(package))


def test_a_mark_at_the_beginning_is_no_fault(tmp_path: Path) -> None:
    package = base(tmp_path)
    (package / NUMBERS).write_bytes(b"\xef\xbb\xbf" + (package / NUMBERS).read_bytes())
    assert check(package) == ()


@pytest.mark.parametrize("character", ["\0", "\x1b", "\u202e", "\u200b", "\u2066"])
def test_a_control_character_is_named_and_never_printed(character: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    edit(package / NUMBERS, "minimum of members", f"minimum{character} of members")
    (fault, *_) = check(package)
    assert fault.code == "yaml-forbidden-character"
    assert fault.span is not None
    assert f"U+{ord(character):04X}" in render_all([fault])
    assert character not in render_all([fault])


def test_many_faults_of_one_file_are_counted_and_not_all_printed(tmp_path: Path) -> None:
    package = base(tmp_path)
    (package / TIER).write_text("".join(f"a{index}: &b{index} x\n" for index in range(400)), encoding="utf-8")
    for language, rest in (("en", "and 80 more"), ("zh", "另有 80 处")):
        text = render_all(check(package), language)  # type: ignore[arg-type]
        assert len(text.encode()) < 8000
        assert rest in text
    assert "100 errors" in render_all(check(package))


def test_a_table_of_long_rows_is_checked_in_seconds(tmp_path: Path) -> None:
    package = base(tmp_path)
    rows = [
        f"  - {{id: r{row}, label: {{zh: 行, en: row}}, then: true, cite: opinions s49, when: "
        + " or ".join(f"individual_members = {row * 100 + term}" for term in range(100))
        + "}\n"
        for row in range(150)
    ]
    rest = "otherwise: {id: rest, label: {zh: 其他, en: rest}, then: false, cite: opinions s49}\n"
    head = "format: 1\ndecision: big\nlabel: {zh: 大, en: big}\noutput: boolean\nrules:\n"
    (package / "decisions" / "big.yaml").write_text(head + "".join(rows) + rest, encoding="utf-8")
    start = time.process_time()
    assert check(package) == ()
    assert time.process_time() - start < 30


@pytest.mark.parametrize("text", WRONG)
def test_a_value_of_the_wrong_kind_is_a_fault_with_a_place(text: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    (package / "decisions" / "total.yaml").write_text(VALUE_DECISION % text, encoding="utf-8")
    edit(package / NUMBERS, "value: 50", f"value: {text}")
    for fault in check(package):
        assert fault.span is not None
        assert len(render_all([fault]).encode()) < 2000


def nodes(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield every node below one, with the keys that lead to it."""
    inner = [(key.text, value) for key, value in node.entries] if isinstance(node, MappingNode) else []
    inner += [("*", item) for item in node.items] if isinstance(node, SequenceNode) else []
    for name, value in inner:
        yield (*path, name), value
        yield from nodes(value, (*path, name))


def every_key() -> dict[tuple[str, ...], tuple[Path, Node]]:
    """Return one node for each key of each kind of rule file, among the shipped packages and the samples."""
    found: dict[tuple[str, ...], tuple[Path, Node]] = {}
    for file in [*sorted((FILES / "base").rglob("*.yaml")), *sorted(POLICIES.rglob("*.yaml"))]:
        if file.parent.name == "scenarios":
            continue
        kind = file.parent.name if (file.parent.parent / "package.yaml").exists() else file.name
        node = read_yaml(SourceFile(path=str(file), text=file.read_bytes().decode()))[0]
        assert node is not None
        for path, value in nodes(node):
            found.setdefault((kind, *path[-2:]), (file, value))
    return found


@pytest.mark.generated
def test_no_content_of_any_key_ends_a_check(tmp_path: Path) -> None:
    seed = int(os.environ.get("FUZZ_SEED", "20181"))
    chance = random.Random(seed)  # noqa: S311 - a choice that can be made again
    keys = every_key()
    assert len(keys) > 200
    for name in ("base", "cn"):
        shutil.copytree((FILES if name == "base" else POLICIES) / name, tmp_path / name)
    for key in chance.sample(sorted(keys), int(os.environ.get("FUZZ_CASES", str(FUZZED)))):
        file, node = keys[key]
        root = file.parent if (file.parent / "package.yaml").exists() else file.parent.parent
        package = tmp_path / root.name
        if not package.exists():
            shutil.copytree(root, package)
        text, wrong = file.read_bytes().decode(), chance.choice(WRONG)
        place = package / file.relative_to(root)
        place.write_bytes(f"{text[: node.span.start]}{wrong}{text[node.span.end :]}".encode())
        faults = check(package, as_of=DAY)
        assert all(fault.span is not None for fault in faults), (seed, key, wrong)
        assert all(len(render_all([fault], "zh").encode()) < 2500 for fault in faults), (seed, key, wrong)
        place.write_bytes(text.encode())
