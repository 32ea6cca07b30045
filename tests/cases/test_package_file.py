"""The head of a package is read once, by the strict reader, however it is written."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cso_rules.engine.cache import load_policy
from cso_rules.errors import PolicyError
from cso_rules.loader.load import check
from tests.cases.rule_packages import HEAD, base, edit, local, places

DAY = datetime.date(2021, 6, 1)
PLAIN = HEAD.format(id="base-44", code="44")


def minimum(package: Path) -> int:
    policy = load_policy(package, as_of=DAY, jurisdiction="44")
    return dict(policy.parameters["minimum_members"].values)[""]


@pytest.mark.parametrize(
    "line",
    [
        '"status": draft',
        "'status': 'draft'",
        "status : draft",
        "status:   draft   # not yet adopted",
        "? status\n: draft",
        "status:\n  draft",
        '"st\\u0061tus": draft',
    ],
)
def test_a_draft_never_applies_unasked(line: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    local(tmp_path, head=PLAIN + line + "\n")
    assert minimum(package) == 50


@pytest.mark.parametrize("written", ['"jurisdiction": "44"', "jurisdiction : '44'", "jurisdiction:\n  44"])
def test_local_rules_apply_however_the_place_is_written(written: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    local(tmp_path, head=PLAIN.replace('jurisdiction: "44"', written))
    assert minimum(package) == 20


def test_a_head_in_one_line_is_read(tmp_path: Path) -> None:
    package = base(tmp_path)
    local(
        tmp_path,
        head='{format: 1, id: base-44, title: {zh: 规, en: r}, jurisdiction: "44", extends: base, status: draft}\n',
    )
    assert minimum(package) == 50
    edit(tmp_path / "base-44" / "package.yaml", "status: draft", "status: trial")
    assert minimum(package) == 20


def test_what_only_looks_like_an_entry_says_nothing(tmp_path: Path) -> None:
    package = base(tmp_path)

    local(tmp_path)
    text = PLAIN + "note: >-\n  said to be a\n  status: draft\n"
    (tmp_path / "base-44" / "package.yaml").write_text(text, encoding="utf-8")
    assert minimum(package) == 20


@pytest.mark.parametrize(
    "line",
    ["status: Draft", "status: 草案", "status：draft", "status: [draft]", "status:", "status: draft\nstatus: trial"],
)
def test_a_status_that_is_none_is_refused_for_its_place(line: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    own = local(tmp_path, head=PLAIN + line + "\n")
    with pytest.raises(PolicyError, match=r"base-44/package\.yaml:\d+"):
        minimum(package)
    assert any("base-44/package.yaml" in place for place in places(check(own)))


@pytest.mark.parametrize("code", ["4", "99", "440000", "cn", "４４", "[44]", ""])
def test_a_place_that_is_none_never_drops_local_rules_in_silence(code: str, tmp_path: Path) -> None:
    package = base(tmp_path)
    local(tmp_path, head=PLAIN.replace('"44"', code))
    with pytest.raises(PolicyError, match=r"base-44/package\.yaml:4"):
        minimum(package)


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "..", ".", "./base", "base/", "~", "a\\\\b", "[base]", ""])
def test_what_is_extended_is_a_name_and_never_a_path(name: str, tmp_path: Path) -> None:
    base(tmp_path)
    package = local(tmp_path, head=PLAIN.replace("extends: base", f"extends: {name}"))
    found = places(check(package))
    assert found
    assert {place.split(":")[0].split(" ")[1] for place in found} == {"base-44/package.yaml"}


def test_a_broken_head_is_reported_alone(tmp_path: Path) -> None:
    base(tmp_path)
    package = local(tmp_path, head=PLAIN + "note: [\n")
    assert [place.split(":")[0] for place in places(check(package))] == ["yaml-syntax base-44/package.yaml"]


def test_an_edit_of_the_head_is_seen_within_the_same_second_and_size(tmp_path: Path) -> None:
    package = base(tmp_path)
    own = local(tmp_path, head=PLAIN + "status: trial\n") / "package.yaml"
    assert minimum(package) == 20
    times = (own.stat().st_atime_ns, own.stat().st_mtime_ns)
    edit(own, "status: trial", "status: draft")
    os.utime(own, ns=times)
    assert minimum(package) == 50


def test_added_and_removed_packages_and_files_are_seen(tmp_path: Path) -> None:
    package = base(tmp_path)
    assert minimum(package) == 50
    own = local(tmp_path)
    assert minimum(package) == 20
    (own / "changes.yaml").rename(own / "changes.kept")
    assert minimum(package) == 50
    (own / "changes.kept").rename(own / "changes.yaml")
    assert minimum(package) == 20


def test_a_process_that_finds_its_policy_ready_reads_no_yaml(tmp_path: Path) -> None:
    script = (
        "import sys, datetime, cso_rules; "
        f"cso_rules.load_policy({str(base(tmp_path))!r}, as_of=datetime.date(2021, 6, 1), jurisdiction='44'); "
        "print('yaml' in sys.modules)"
    )
    local(tmp_path)
    environment = {**os.environ, "CSO_RULES_CACHE": str(tmp_path / "cache")}
    told = [
        subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)
        for _ in range(2)
    ]
    assert [each.stdout.strip() for each in told] == ["True", "False"]
