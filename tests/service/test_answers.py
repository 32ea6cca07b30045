"""What the service answers is what the library answers."""

import asyncio
import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from cso_rules import determine, load_bundle, load_policy
from cso_rules.bundle.opened import Bundle
from cso_rules.determination.json_form import to_json
from cso_rules.engine.gaps import changes_to
from cso_rules.explanation import explain
from cso_rules.model.types import Between, OneOf, SomeOf
from cso_rules.service.app import Service
from cso_rules.service.rules import Rules, of_package
from cso_rules.service.settings import Settings
from tests.service.conftest import CARD, DAY, Client

FACTS: dict[str, Any] = {"age": 30, "home": "main_home", "overdue_items": 0}
WHEN = {"as_of": DAY}


@pytest.fixture(scope="module")
def bundle(card: Path) -> Bundle:
    return load_bundle(card)


@pytest.mark.parametrize("place", ["cn", "4403", "广东省"])
def test_classify_answers_as_the_library_does(client: Client, bundle: Bundle, place: str) -> None:
    found = client.post("/v1/classify", {"facts": FACTS}, params={**WHEN, "jurisdiction": place})
    assert found.status_code == 200
    assert found.json() == json.loads(json.dumps(to_json(bundle.determine(FACTS, as_of=DAY, jurisdiction=place))))
    assert found.headers["rules-digest"] == bundle.digest
    assert found.headers["etag"] == f'"{bundle.digest}"'
    assert found.headers["cache-control"] == "no-store"


def test_it_answers_as_the_rule_files_do(client: Client) -> None:
    found = client.post("/v1/classify", {"facts": FACTS}, params=WHEN).json()
    direct = to_json(determine(load_policy(CARD, as_of=DAY), FACTS))
    assert found["decisions"] == json.loads(json.dumps(direct["decisions"]))


def test_what_is_known_in_part_is_said_as_answers_show_it(client: Client, bundle: Bundle) -> None:
    said = {
        "age": {"low": 3, "high": 60},
        "home": {"one_of": ["main_home", "second_home"]},
        "media_wanted": {"sure": ["books"], "possible": None},
    }
    known = {
        "age": Between(low=3, high=60),
        "home": OneOf(frozenset({"main_home", "second_home"})),
        "media_wanted": SomeOf(sure=frozenset({"books"})),
    }
    found = client.post("/v1/classify", {"facts": said}, params=WHEN).json()
    assert found == json.loads(json.dumps(to_json(bundle.determine(known, as_of=DAY))))
    again = client.post("/v1/classify", {"facts": found["facts"]}, params=WHEN).json()
    assert again == found


def test_a_whole_number_may_be_written_with_a_point(client: Client) -> None:
    first, second = (
        client.ask("POST", "/v1/classify", content=body, headers={"content-type": "application/json"}, params=WHEN)
        for body in (b'{"facts":{"age":60}}', b'{"facts":{"age":60.0}}')
    )
    assert first.json() == second.json()


def test_an_answer_keeps_to_the_schema_that_the_service_publishes(client: Client) -> None:
    described = client.get("/openapi.json", params=WHEN).json()
    schema = {"$ref": "#/components/schemas/Determination", "components": described["components"]}
    found = client.post("/v1/classify", {"facts": {**FACTS, "age": {"low": 3}}}, params=WHEN)
    jsonschema.validate(found.json(), schema)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_explain_speaks_the_language_that_is_preferred(client: Client, bundle: Bundle, language: str) -> None:
    asked = {"accept-language": f"fr, {language};q=0.8"}
    found = client.post("/v1/explain", {"facts": FACTS, "name": "甲"}, params=WHEN, headers=asked)
    assert found.json()["text"] == explain(bundle.determine(FACTS, as_of=DAY), language, name="甲")
    assert found.headers["content-language"] == language


def test_gaps_are_the_smallest_changes(client: Client, bundle: Bundle) -> None:
    question = {"facts": FACTS, "decision": "card_kind", "value": "children_card"}
    found = client.post("/v1/gaps", question, params=WHEN).json()["alternatives"]
    known = bundle.determine(FACTS, as_of=DAY).known
    direct = changes_to(bundle.policy(as_of=DAY), known, "card_kind", "children_card")
    assert [[change["fact"] for change in each] for each in found] == [[name for name, *_ in each] for each in direct]


def test_what_if_tells_which_answers_change(client: Client) -> None:
    question = {"facts": FACTS, "changes": {"age": 5}}
    events = client.post("/v1/what-if", question, params=WHEN).json()["events"]
    kind = next(event for event in events if event["decision"] == "card_kind")
    assert kind["facts"] == [{"fact": "age", "before": 30, "after": 5}]
    assert kind["before"] != kind["after"]


def test_ask_next_counts_what_is_missing(client: Client, bundle: Bundle) -> None:
    records = [FACTS, {}]
    found = client.post("/v1/ask-next", {"records": records}, params=WHEN).json()
    direct = bundle.ask_next(records, as_of=DAY)
    assert [fact["name"] for fact in found["facts"]] == [fact.name for fact in direct.facts]
    assert [step["name"] for step in found["order"]] == [step.name for step in direct.order]


def test_a_notice_is_a_page_that_runs_no_script(client: Client) -> None:
    found = client.post("/v1/notice", {"facts": FACTS, "name": "<script>x</script>"}, params=WHEN)
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in found.text
    assert "&lt;script&gt;" in found.text


def test_places_and_parameters(client: Client, bundle: Bundle) -> None:
    found = client.get("/v1/places").json()
    assert {place["code"] for place in found["places"]} == {"cn", "4403"}
    assert found["first_day"] == bundle.first_day.isoformat()
    numbers = client.get("/v1/parameters", params=WHEN).json()["parameters"]
    assert [number["name"] for number in numbers] == list(bundle.policy(as_of=DAY).parameters)


def test_the_page_is_kept_until_the_rules_change(library: Client) -> None:
    first = library.get("/")
    assert first.status_code == 200
    assert "frame-ancestors" in first.headers["content-security-policy"]
    again = library.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_personal_value_is_masked_in_every_answer(tmp_path: Path, runner: asyncio.Runner) -> None:
    folder = tmp_path / "library_card"
    shutil.copytree(CARD, folder)
    file = folder / "vocabulary.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("id: age\n", "id: age\n    personal: true\n", 1), encoding="utf-8")
    rules = Rules.opened(of_package(folder, None, datetime.date(2024, 6, 1)))
    client = Client(Service(rules=rules, settings=Settings()), runner)
    first, second = ([found.text for found in _asked_about(client, age)] for age in (77, 78))
    assert first == second
    assert json.loads(first[0])["facts"]["age"] == "***"


def _asked_about(client: Client, age: int) -> list[httpx.Response]:
    facts, when = {"facts": {"age": age}}, {"as_of": "2024-06-01"}
    found = [
        client.post("/v1/classify", facts, params=when),
        client.post("/v1/explain", facts, params=when),
        client.post("/v1/what-if", {**facts, "changes": {"age": 5}}, params=when),
        client.post("/v1/gaps", {**facts, "decision": "card_kind", "value": "children_card"}, params=when),
        client.post("/v1/notice", facts, params=when),
    ]
    assert [answer.status_code for answer in found] == [200] * len(found)
    return found


def test_metrics_count_and_tell_of_no_record(library: Client) -> None:
    library.post("/v1/classify", {"facts": {"age": 30}}, params={"as_of": "2024-06-01"})
    text = library.get("/metrics").text
    assert 'cso_rules_requests_total{path="/v1/classify",status="200"} 1.0' in text
    assert "age" not in text.replace("usage", "")


def test_health_asks_nothing_of_the_rules(library: Client) -> None:
    assert library.get("/health").json() == {"status": "ok"}
