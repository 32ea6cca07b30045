"""The JSON form of a determination keeps to its published schema."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import jsonschema
import pytest

from cso_rules import to_json
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.errors import FactProblem
from cso_rules.explanation import explain
from cso_rules.model.types import Between, OneOf
from tests.cases.test_presumed import package

pytestmark = pytest.mark.usefixtures("asked_once")

SCHEMA = json.loads(Path("src/cso_rules/determination/determination.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
ORGANIZATIONS: list[dict[str, object]] = [
    {},
    {"individual_members": 60, "activity_funds": 35000, "activity_kinds": ["neighborhood_mutual_assistance"]},
    {"founder_residence": "not_residents"},
    {"founder_residence": "lives_here_registered_elsewhere", "special_body_kind": "owners_committee"},
]


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)


@pytest.mark.parametrize("facts", ORGANIZATIONS)
@pytest.mark.parametrize("year", [1999, 2018])
def test_every_determination_is_valid_against_the_schema(facts: dict[str, object], year: int) -> None:
    policy = load_policy("cn", as_of=datetime.date(year, 6, 1))
    form = json.loads(json.dumps(to_json(determine(policy, facts)), ensure_ascii=False))
    VALIDATOR.validate(form)
    assert form["as_of"] == f"{year}-06-01"


def test_before_the_opinion_there_is_no_tier_rule() -> None:
    policy = load_policy("cn", as_of=datetime.date(1999, 6, 1))
    form = to_json(determine(policy, {}))
    assert form["decisions"]["tier"]["status"] == "no_rule_in_force"
    assert form["decisions"]["registration_conditions"]["status"] == "undetermined"


def test_a_determination_says_which_packages_of_the_place_applied_and_what_they_changed() -> None:
    policy = load_policy("cn", as_of=datetime.date(2019, 1, 10), jurisdiction="3210")
    form = json.loads(json.dumps(to_json(determine(policy, {})), ensure_ascii=False))
    VALIDATOR.validate(form)
    assert [package["id"] for package in form["packages"]] == ["cn", "cn-32", "cn-3210"]
    lowered = next(change for change in form["local_changes"] if change["path"] == "minimum_individual_members")
    assert (lowered["old"], lowered["new"]) == ("50", "20")
    assert form["place_notice"] is None
    assert {citation["instrument"] for citation in lowered["conflicts_with"]} == {"order-250"}


@pytest.mark.parametrize(
    ("place", "without"),
    [("13", "13"), ("130102", "13, 1301, 130102"), ("321002", "321002"), ("4201", "42"), ("32", None), ("cn", None)],
)
def test_an_answer_says_for_which_place_no_local_rule_is_encoded(place: str, without: str | None) -> None:
    policy = load_policy("cn", as_of=datetime.date(2026, 2, 1), jurisdiction=place)
    found = determine(policy, {})
    form = json.loads(json.dumps(to_json(found), ensure_ascii=False))
    VALIDATOR.validate(form)
    notice = form["place_notice"]
    if without is None:
        assert notice is None
        return
    assert notice["en"] == f"no local rule of {without} in force on this day is encoded; ask there"
    assert notice["zh"] == f"没有收录 {without} 当日现行的地方规则，请向当地询问"
    assert notice["en"] in explain(found, "en")
    assert notice["zh"] in explain(found, "zh")


def test_a_package_chosen_by_its_name_says_nothing_of_other_levels() -> None:
    assert load_policy("cn-4201", as_of=datetime.date(2026, 2, 1)).place_notice is None
    assert load_policy("cn-4201", as_of=datetime.date(2026, 2, 1), jurisdiction="4201").place_notice is not None


# The form and its schema say the same: no key is missing in either


def keys_of(value: object, path: str = "") -> set[str]:
    """Return the path of every key in a form; members of lists, and names that the rules give, are `*`."""
    if isinstance(value, list):
        return {key for one in value for key in keys_of(one, f"{path}/*")}
    if not isinstance(value, dict):
        return set()
    is_named = path.rpartition("/")[2] in NAMED_BY_RULES
    inner = {f"{path}/{'*' if is_named else name}": one for name, one in value.items()}
    below = (keys_of(one, f"{path}/{'*' if is_named else name}") for name, one in value.items())
    return set(inner).union(*below)


NAMED_BY_RULES = {"facts", "judgements", "readings", "decisions", "columns"}
"""Their keys are names of facts, readings, decisions and columns."""


def keys_in(schema: dict[str, object], path: str = "") -> set[str]:
    """Return the path of every key that a schema allows, where a form may have it."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        if path.count("due") > 2 or path.count(f"/{name}") > 2:  # a definition within itself
            return set()
        return keys_in(SCHEMA["$defs"][name], path)
    found: set[str] = set()
    for one in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:  # type: ignore[misc]
        found |= keys_in(one, path)
    for name, one in schema.get("properties", {}).items():  # type: ignore[attr-defined]
        found |= {f"{path}/{name}"} | keys_in(one, f"{path}/{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(one := schema.get(word), dict):
            found |= ({f"{path}/*"} if word != "items" else set()) | keys_in(one, f"{path}/*")
    return found


def forms(folder: Path) -> list[dict[str, object]]:
    """Return forms that show every part."""
    cn = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    local = load_policy("cn", as_of=datetime.date(2026, 11, 27), jurisdiction="440103")
    judged = {"is_small_scale": {"value": True, "judged_by": "A", "judged_on": "2018-05-01", "basis": "B"}}
    in_part: dict[str, object] = {
        "individual_members": Between(low=10),
        "founder_residence": OneOf(frozenset({"local_residents", "not_residents"})),
        "activity_kinds": {"values": ["culture_sports_recreation"], "complete": False},
    }
    problem = FactProblem(kind="wrong_type", fact="is_nonprofit", value="perhaps", message_en="no", message_zh="否")
    found = [
        determine(cn, {"founder_residence": "lives_here_registered_elsewhere"} | judged),
        determine(cn, in_part, problems=[problem]),
        determine(local, {}),
        determine(load_policy("tests/packages/lantern_city", as_of=datetime.date(2026, 2, 1)), {}),
        determine(load_policy(package(folder), as_of=datetime.date(2024, 6, 1)), {}),
    ]
    shown = [to_json(one) for one in found]
    for form in shown:
        assert form == json.loads(json.dumps(form))  # as it stands, tuples and dates would come back as something else
        VALIDATOR.validate(form)
    return shown


def test_every_key_of_the_schema_is_shown_by_some_form_and_no_other_key_is(tmp_path: Path) -> None:
    shown = set().union(*map(keys_of, forms(tmp_path)))
    allowed = {key for key in keys_in(SCHEMA) if "/by_reading/*/due/by_reading" not in key}  # days of one reading
    assert shown - allowed == set()
    assert allowed - shown == set()


def test_what_is_no_determination_has_no_form() -> None:
    with pytest.raises(TypeError, match="dict is no determination"):
        to_json({})  # type: ignore[arg-type]
