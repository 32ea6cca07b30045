"""Local changes are judged by whom they admit against higher law, and whom they refuse beyond it."""

import datetime
import itertools
from pathlib import Path

import pytest

from cso_rules import determine
from cso_rules.loader.load import check, load_policy
from cso_rules.model.policy import Change, Policy
from tests.loader.local_packages import local, national

DAY = datetime.date(2021, 6, 1)
LAW = ["law members", "law charter"]
LABEL = "label: {zh: 条件, en: criterion}"


def criterion(path: str, when: str) -> str:
    return f"{path}, criterion: {{{LABEL}, when: {when}}}"


URBAN = criterion("adds: admission/urban", "community_type = urban")
ROW = "label: {zh: 会员多, en: many members}, when: individual_members >= minimum_members"


@pytest.fixture(name="base")
def in_a_folder(tmp_path: Path) -> Path:
    return national(tmp_path)


def policy(base: Path, *, code: str = "44", local_deviations: bool = True) -> Policy:
    return load_policy(base, as_of=DAY, jurisdiction=code, local_deviations=local_deviations)


def bearing(change: Change) -> tuple[list[str], list[str]]:
    return (
        [f"{one.instrument} {one.provision}" for one in change.conflicts_with],
        [f"{one.instrument} {one.provision}" for one in change.beyond],
    )


def only(base: Path, *entries: str) -> tuple[list[str], list[str]]:
    local(base, *entries)
    return bearing(policy(base).changes[-1])


@pytest.mark.parametrize(
    ("entry", "below", "beyond"),
    [
        ("sets: minimum_members, value: 49", ["law members"], []),
        ("sets: minimum_members, value: 51", [], ["law members"]),
        ("sets: minimum_members, value: 50", [], []),
        ("removes: admission/members", ["law members"], []),
        ("removes: admission/members, except_when: community_type = urban", ["law members"], []),
        ("removes: admission/members, except_when: individual_members < 50", [], []),
        ("removes: admission/branches", [], []),
        (
            criterion("replaces: admission/charter", "has_charter or branches = 0"),
            ["law charter"],
            [],
        ),
        (
            criterion("replaces: admission/charter", "has_charter and branches = 0"),
            [],
            ["law charter"],
        ),
        (
            criterion("replaces: admission/charter", "branches = 0"),
            ["law charter"],
            ["law charter"],
        ),
        (criterion("replaces: admission/charter", "not(not(has_charter))"), [], []),
        (URBAN, [], LAW[:1]),
        (criterion("adds: admission/few", "branches <= 7"), [], []),
        ("chooses: a1, option: narrow", [], []),
    ],
)
def test_a_change_is_judged_by_what_it_does(base: Path, entry: str, below: list[str], beyond: list[str]) -> None:
    assert only(base, entry) == (below, beyond)


def test_somebody_who_shows_it_is_told_in_words(base: Path) -> None:
    local(
        base,
        "sets: minimum_members, value: 40",
        URBAN,
    )
    lowered, added = policy(base).changes
    assert lowered.admitted is not None
    assert lowered.refused is None
    assert lowered.admitted.en == "individual members: 40; has a charter: yes; branches: 5"
    assert added.refused is not None
    assert "type of community: rural community" in added.refused.en
    assert "城市社区" not in added.refused.zh


def test_the_somebody_is_admitted_here_and_not_nationally(base: Path) -> None:
    local(base, "sets: minimum_members, value: 40")
    facts = {"individual_members": 49, "has_charter": True, "branches": 0}
    here, nationally = (determine(policy(base, code=code), facts)["admission"].value for code in ("44", "cn"))
    assert (here, nationally) == (True, False)


def test_what_goes_below_is_left_out_and_what_adds_is_not(base: Path) -> None:
    local(
        base,
        "removes: admission/charter",
        URBAN,
    )
    changes = policy(base, local_deviations=False).changes
    assert [change.is_applied for change in changes] == [False, True]
    facts = {"individual_members": 60, "has_charter": False, "branches": 0, "community_type": "urban"}
    on, off = (determine(policy(base, local_deviations=value), facts)["admission"].value for value in (True, False))
    assert (on, off) == (True, False)


def test_a_change_that_a_number_of_the_place_hides_is_judged_without_it(base: Path) -> None:
    # After the first change alone the second admits nobody; without the first it would.
    local(
        base,
        criterion("replaces: admission/members", "individual_members >= 1"),
        "sets: minimum_members, value: 10",
    )
    assert [bool(change.conflicts_with) for change in policy(base).changes] == [True, True]
    off = policy(base, local_deviations=False)
    assert dict(off.parameters["minimum_members"].values) == {"": 50}


def test_without_what_goes_below_nobody_is_admitted_against_higher_law(base: Path) -> None:
    local(base, "sets: minimum_members, value: 30", "removes: admission/branches")
    local(base, "sets: minimum_members, value: 20", code="4403")
    local(base, "sets: minimum_members, value: 60", code="440305")
    found = policy(base, code="440305", local_deviations=False)
    assert [change.is_applied for change in found.changes] == [False, True, False, True]
    assert dict(found.parameters["minimum_members"].values) == {"": 60}


def test_a_row_of_higher_law_counts_when_it_gives_its_answer_no_more(base: Path) -> None:
    table = base / "decisions" / "tier.yaml"
    table.write_text(table.read_text(encoding="utf-8").replace("opinions s49", "law members", 1), encoding="utf-8")
    row = "label: {zh: 会员多, en: many members}, then: registered"
    local(base, f"replaces: tier/large, rule: {{{row}, when: individual_members >= minimum_members}}")
    local(base, f"replaces: tier/large, rule: {{{row}, when: individual_members >= 10}}", code="4403")
    assert [bool(change.conflicts_with) for change in policy(base, code="4403").changes] == [False, True]


@pytest.mark.parametrize("rest", ["or branches >= 3", "or branches >= 6", "and branches < 5"])
def test_the_bearing_agrees_with_every_organization(base: Path, rest: str) -> None:
    local(base, criterion("replaces: admission/charter", f"has_charter {rest}"))
    change = policy(base).changes[0]
    pairs = [_admitted(base, *facts) for facts in itertools.product((49, 50), (True, False), range(8))]
    gained, lost = any(here and not nationally for nationally, here in pairs), any(a and not b for a, b in pairs)
    assert (bool(change.conflicts_with), bool(change.beyond)) == (gained, lost)


def _admitted(base: Path, members: int, charter: bool, branches: int) -> tuple[bool, bool]:
    facts = {"individual_members": members, "branches": branches, "has_charter": charter}
    nationally, here = (determine(policy(base, code=code), facts)["admission"].value for code in ("cn", "44"))
    return bool(nationally), bool(here)


# ------------------------------------------------------------------------------------------ changes made as one


def together(base: Path, changes: str, more: str = "", **given: str) -> Path:
    package = local(base, **given)
    text = (
        "format: 1\nchanges:\n"
        f"  - as_one: pilot\n    label: {{zh: 试点, en: pilot}}\n    cite: {package.name} members\n"
        f"    in_force: {{from: 2021-01-01}}\n{more}    changes:\n"
    )
    lines = "".join(f"      - {{{line}}}\n" for line in changes.splitlines())
    (package / "changes.yaml").write_text(text + lines, encoding="utf-8")
    return package


PILOT = f"removes: admission/members\n{URBAN}"


def test_changes_made_as_one_are_left_out_as_one(base: Path) -> None:
    assert check(together(base, PILOT)) == ()
    for local_deviations in (True, False):
        found = policy(base, local_deviations=local_deviations)
        assert {change.is_applied for change in found.changes} == {local_deviations}
        assert [bearing(change) for change in found.changes] == [(["law members"], ["law members"])] * 2
        ids = {change.as_one.id for change in found.changes if change.as_one is not None}
        assert ids == {"pilot"}
        kept = [rule.id for rule in found.decisions["admission"].rules]  # type: ignore[union-attr]
        assert ("urban" in kept, "members" in kept) == (local_deviations, not local_deviations)


def test_their_time_stands_outside(base: Path) -> None:
    package = together(base, f"{PILOT}, in_force: {{from: 2022-01-01}}")
    assert [fault.code for fault in check(package)] == ["unknown-key"]
    early = load_policy(base, as_of=datetime.date(2020, 6, 1), jurisdiction="11")
    assert early.changes == ()


def test_one_of_them_superseded_takes_the_others_with_it(base: Path) -> None:
    together(base, PILOT)
    local(base, "removes: admission/members, except_when: community_type = rural, supersedes: base-44", name="-later")
    found = policy(base)
    assert [(change.package, change.path) for change in found.changes] == [("base-44-later", "admission/members")]
    assert "urban" not in [rule.id for rule in found.decisions["admission"].rules]  # type: ignore[union-attr]


def test_an_added_rule_may_be_superseded_by_one_that_replaces_it(base: Path) -> None:
    local(base, URBAN)
    rule = f"criterion: {{{LABEL}, when: community_type = rural}}"
    local(base, f"replaces: admission/urban, {rule}, supersedes: base-44", name="-later")
    (urban,) = [rule for rule in policy(base).decisions["admission"].rules if rule.id == "urban"]  # type: ignore[union-attr]
    assert urban.text == "community_type = rural"


# ------------------------------------------------------------------------------------------ what is said again


@pytest.mark.parametrize(
    "entry",
    [
        criterion("restates: admission/charter", "not(not(has_charter))"),
        criterion("restates: admission/members", "not(individual_members < minimum_members)"),
        f"restates: tier/large, rule: {{{ROW}, then: registered}}",
        "restates: minimum_members, value: 50",
    ],
)
def test_what_means_the_same_adds_its_citation_alone(base: Path, entry: str) -> None:
    package = local(base, entry)
    assert check(package) == ()
    here, nationally = policy(base), policy(base, code="cn")
    assert [change.operation for change in here.changes] == ["restates"]
    for name, decision in nationally.decisions.items():
        before, after = (found.decisions[name].rules for found in (nationally, here))  # type: ignore[union-attr]
        assert [rule.condition for rule in before] == [rule.condition for rule in after]
        assert decision.label == here.decisions[name].label
    cited = {one.instrument for found in here.decisions.values() for rule in found.rules for one in rule.citations}  # type: ignore[union-attr]
    assert package.name in cited


@pytest.mark.parametrize(
    ("entry", "somebody"),
    [
        (
            criterion("restates: admission/charter", "has_charter or branches = 0"),
            "has a charter: no; branches: 0",
        ),
        (
            criterion("restates: admission/charter", "has_charter, applies_when: branches >= 1"),
            "branches: 0",
        ),
        (f"restates: tier/large, rule: {{{ROW}, then: guided}}", "individual members: 50"),
        ("restates: a1, option: wide", ""),
        ("restates: minimum_members, value: 49", ""),
    ],
)
def test_what_means_something_else_is_refused_with_somebody_who_shows_it(base: Path, entry: str, somebody: str) -> None:
    (fault,) = check(local(base, entry))
    assert fault.code == "different-restatement"
    assert somebody in dict(fault.example).get("en", "")


def test_the_default_of_a_reading_may_be_said_again(base: Path) -> None:
    local(base, "chooses: a1, option: wide")
    assert check(local(base, "restates: a1, option: wide", code="4403"), jurisdiction="4403") == ()


# ------------------------------------------------------------------------------------------ one package after another


def test_a_package_ends_on_the_day_on_which_the_next_one_begins(base: Path) -> None:
    added = URBAN
    older = local(
        base, "sets: minimum_members, value: 40", added, name="-old", period="from: 2018-01-01, until: not_seen"
    )
    newer = local(base, "sets: minimum_members, value: 60", added, more="supersedes: base-44-old")
    assert [check(package) for package in (older, newer)] == [(), ()]
    assert check(base, jurisdiction="44") == ()
    days = [datetime.date(2019, 12, 31), datetime.date(2020, 1, 1)]
    found = [load_policy(base, as_of=day, jurisdiction="44") for day in days]
    assert [dict(each.parameters["minimum_members"].values)[""] for each in found] == [40, 60]
    assert [(one.id, one.is_in_force, one.superseded_by) for one in found[1].packages[1:]] == [
        ("base-44-old", False, "base-44"),
        ("base-44", True, ""),
    ]
    alone = load_policy(older, as_of=days[0])
    assert dict(alone.parameters["minimum_members"].values)[""] == 40


def test_a_later_document_may_keep_the_words_of_the_earlier_one(base: Path) -> None:
    older = local(base, "sets: minimum_members, value: 40", name="-old", period="from: 2018-01-01")
    (older / "vocabulary.yaml").write_text(
        "format: 1\nfacts:\n  - {id: has_seat, type: boolean, label: {zh: 有住所, en: has a seat}, "
        "question: {zh: 有住所吗, en: Is there a seat?}, definition: {zh: 住所, en: a seat}}\n",
        encoding="utf-8",
    )
    seat = criterion("adds: admission/seat", "has_seat")
    newer = local(base, seat, extends="base-44-old", more="supersedes: base-44-old")
    assert check(newer) == ()
    found = load_policy(newer, as_of=DAY)
    assert dict(found.parameters["minimum_members"].values)[""] == 50
    assert "has_seat" in found.facts


@pytest.mark.parametrize(
    ("more", "period", "code"),
    [
        ("supersedes: base-45", "from: 2020-01-01", "unknown-package"),
        ("supersedes: base", "from: 2020-01-01", "wrong-value"),
        ("supersedes: base-44-old", "until: 2030-01-01", "missing-key"),
    ],
)
def test_what_cannot_be_superseded_is_refused(base: Path, more: str, period: str, code: str) -> None:
    local(base, name="-old")
    assert [fault.code for fault in check(local(base, more=more, period=period))] == [code]
