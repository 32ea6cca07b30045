"""The edges of the programming interface: dates, organizations and names of every kind are taken or refused clearly."""

import dataclasses
import datetime
import shutil
import types
from collections import namedtuple
from pathlib import Path
from typing import Any

import attrs
import pytest

from cso_rules import classify, determine, determine_many, errors, explain, load_policy
from cso_rules.explanation.path import path_of
from cso_rules.explanation.words import Words
from cso_rules.tables.answer.rows import ContextError
from cso_rules.tables.problems import FileProblem

DAY = datetime.date(2018, 6, 1)
POLICIES = Path(__file__).resolve().parents[2] / "policies"
GROUP: dict[str, object] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": frozenset({"other"}),
    "registration_status": "not_registered", "organizational_form": "social_group", "individual_members": 49,
    "institutional_members": 0, "activity_funds": 30000, "has_lawful_funds": True, "has_standard_name": True,
    "has_organizational_structure": True, "has_fixed_domicile": True, "has_suitable_full_time_staff": True,
    "can_bear_civil_liability": True, "is_active_mainly_in_one_community": False, "subdistrict_unit_kind": "township",
}  # fmt: skip


@pytest.mark.parametrize("as_of", ["2018-06-01", DAY, datetime.datetime(2018, 6, 1)])  # noqa: DTZ001
def test_a_day_may_be_a_date_a_text_or_a_midnight(as_of: Any) -> None:
    assert classify(as_of=as_of).determination.as_of == DAY
    assert load_policy("cn", as_of=as_of).as_of == DAY


@pytest.mark.parametrize(
    "as_of",
    [
        "", "x", "2018-13-01", "20180601", "2018-06-01T00:00", 5, 2018.5, True, [DAY],
        datetime.date(1, 1, 1), datetime.date(1899, 12, 31), datetime.date(2200, 1, 2), datetime.date.max,
        datetime.datetime(2018, 6, 1, 12, 30),  # noqa: DTZ001
        datetime.datetime(2018, 6, 1, tzinfo=datetime.UTC),
    ],
)  # fmt: skip
def test_another_day_is_refused_in_both_languages(as_of: Any) -> None:
    for refusing in (lambda: classify(as_of=as_of), lambda: load_policy("cn", as_of=as_of)):
        with pytest.raises(errors.CsoRulesError) as refused:
            refusing()
        assert "as_of" in refused.value.in_language("en")
        assert "日期" in refused.value.in_language("zh")


@attrs.frozen
class OfAttrs:
    individual_members: int = 49
    activity_kinds: frozenset[str] = frozenset({"other"})
    registry_number: str = "A1"


@dataclasses.dataclass
class OfDataclass:
    individual_members: int = 49
    activity_kinds: frozenset[str] = frozenset({"other"})
    registry_number: str = "A1"


class Slotted:
    __slots__ = ("activity_kinds", "individual_members", "registry_number")

    def __init__(self) -> None:
        self.individual_members = 49
        self.activity_kinds = frozenset({"other"})
        self.registry_number = "A1"


class WithProperty:
    activity_kinds = frozenset({"other"})
    _individual_members = 3

    @property
    def individual_members(self) -> int:
        return 49

    def is_registered(self) -> bool:
        return True


class LikePydantic:
    """As a model of pydantic is: fields are attributes, beside many methods."""

    def __init__(self) -> None:
        self.individual_members = 49
        self.activity_kinds = frozenset({"other"})

    def model_dump(self) -> dict[str, Any]:
        return vars(self)


Named = namedtuple("Named", ["individual_members", "activity_kinds"])  # noqa: PYI024 - a registry may have one


@pytest.mark.parametrize(
    "organization",
    [
        OfAttrs(), OfDataclass(), Slotted(), WithProperty(), LikePydantic(), Named(49, frozenset({"other"})),
        types.SimpleNamespace(individual_members=49, activity_kinds=["other"], registry_number="A1"),
        types.MappingProxyType({"individual_members": 49, "activity_kinds": ["other"]}),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_any_object_with_attributes_is_an_organization(organization: object) -> None:
    known = {"individual_members": 49, "activity_kinds": frozenset({"other"})}
    assert classify(organization, as_of=DAY).determination.facts == known
    assert determine(load_policy("cn", as_of=DAY), organization).facts == known


def test_an_attribute_spelt_nearly_like_a_fact_is_refused() -> None:
    with pytest.raises(errors.UnknownFactError) as refused:
        classify(types.SimpleNamespace(individual_member=49, activity_funds=1), as_of=DAY)
    assert refused.value.problems[0].suggestion == "individual_members"


@pytest.mark.parametrize(
    "organization",
    ["individual_members", b"x", 3, [("individual_members", 3)], ["individual_members"], OfDataclass, Path(), len,
     object(), types.SimpleNamespace(colour="red"), iter([]), DAY, {1}],
)  # fmt: skip
def test_what_is_no_organization_is_refused(organization: object) -> None:
    for refusing in (
        lambda: classify(organization, as_of=DAY),
        lambda: determine(load_policy("cn", as_of=DAY), organization),
    ):
        with pytest.raises(errors.CsoRulesError) as refused:
            refusing()
        assert type(organization).__name__ in refused.value.in_language("en")
        assert "已知情况须为" in refused.value.in_language("zh")


@pytest.mark.parametrize(
    "readings", [{"no_such": "x"}, {"a15_mixed_membership": "x"}, {"a15_mixed_membership": 3}, "x"]
)
def test_readings_that_do_not_exist_are_refused(readings: Any) -> None:
    with pytest.raises(errors.CsoRulesError) as refused:
        classify(GROUP, as_of=DAY, readings=readings)
    assert "解读" in refused.value.in_language("zh")
    assert "reading" in refused.value.in_language("en")


def _shown_path(result: Any, tier: str) -> list[str]:
    held = result.determination
    path = path_of(Words(held.policy, "en"), held["tier"], held.known)
    return [] if path is None or path.wanted != tier else list(path.steps)


@pytest.mark.parametrize("chosen", [{}, {"a15_mixed_membership": "literal"}])
@pytest.mark.parametrize("unknown", [[], ["has_fixed_domicile"], ["has_fixed_domicile", "has_lawful_funds"]])
def test_the_path_is_what_the_notice_shows(unknown: list[str], chosen: dict[str, str]) -> None:
    facts = {name: value for name, value in GROUP.items() if name not in unknown}
    result = classify(facts, as_of=DAY, readings=chosen, distributes_profit=True)
    shown = _shown_path(result, "registered")
    ways = result.path_to("registered")
    assert ways, "the notice names changes"
    assert [name for name, _, new, _ in ways[0] if new is False] == ["distributes_profit"]
    assert "distributes profit" in " ".join(shown)
    notice = explain(result.determination, "en").splitlines()
    assert [step for step in shown if f"  - {step}" not in notice] == []


@pytest.mark.parametrize(
    "refused",
    [
        lambda: classify(as_of=DAY).path_to("nothing"),
        lambda: determine(load_policy("cn", as_of=DAY), {}, engine="nothing"),
        lambda: determine(load_policy("cn", as_of=DAY), {}, verify="nothing"),
        lambda: explain(classify(as_of=DAY).determination, "fr"),
        lambda: determine_many(3, as_of=DAY),
        lambda: determine_many("sqlite:///nothing.db", as_of=DAY),
        lambda: determine_many("nothing.db", as_of=DAY, language="fr"),  # type: ignore[arg-type]
        lambda: determine_many("nothing.db", as_of="x"),
        lambda: classify(as_of=DAY, jurisdiction="99"),
        lambda: load_policy("nothing", as_of=DAY),
    ],
)
def test_every_refusal_is_of_one_class_and_speaks_both_languages(refused: Any) -> None:
    with pytest.raises(errors.CsoRulesError) as caught:
        refused()
    chinese, english = (caught.value.in_language(language) for language in ("zh", "en"))
    assert english.isascii()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


@pytest.mark.parametrize("kind", [FileProblem, ContextError])
def test_problems_of_files_and_rows_are_of_that_class_too(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.CsoRulesError)


def test_old_ways_to_catch_a_refusal_still_catch_it() -> None:
    with pytest.raises(ValueError, match="engine"):
        determine(load_policy("cn", as_of=DAY), {}, engine="nothing")
    with pytest.raises(TypeError):
        determine_many(3, load_policy("cn", as_of=DAY))


def test_a_missing_extra_is_told_in_chinese() -> None:
    assert "请运行" in errors.MissingExtraError("bulk").in_language("zh")


def test_an_edit_of_the_rules_is_seen_in_the_same_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("cn", "cn-3210"):
        shutil.copytree(POLICIES / package, tmp_path / package)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CSO_RULES_CACHE", str(tmp_path / "cache"))
    facts = {**GROUP, "individual_members": 50}
    day = datetime.date(2019, 1, 10)

    def threshold() -> str:
        found = classify(facts, jurisdiction="3210", as_of=day)
        return str(dict(found.determination.policy.parameters["minimum_individual_members"].values)[""])

    before = threshold()
    changes = tmp_path / "cn-3210" / "changes.yaml"
    text = changes.read_text(encoding="utf-8")
    assert f"value: {before}" in text
    changes.write_text(text.replace(f"value: {before}", f"value: {int(before) + 1}"), encoding="utf-8")
    assert threshold() == str(int(before) + 1)


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize(
    ("name", "code"),
    [("扬州市", "3210"), ("扬州", "3210"), ("广东省", "44"), ("广东省深圳市", "4403"), ("Shenzhen", "4403"),
     ("沙坡头区", "640502"), ("宁夏回族自治区中卫市沙坡头区", "640502"), ("内蒙古", "15"),
     (" 江苏省 ", "32"), ("全国", None), ("南山区", None), ("广东扬州", None), ("", None)],
)  # fmt: skip
def test_a_place_is_known_by_name(name: str, code: str | None) -> None:
    if code is not None:
        assert classify(as_of=DAY, jurisdiction=name).determination.policy.jurisdiction == code
        return
    with pytest.raises(errors.UnknownNameError) as refused:
        classify(as_of=DAY, jurisdiction=name)
    assert refused.value.suggestion != "cn"
