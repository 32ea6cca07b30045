"""The page as one file: nothing leaves it, one policy gives one text, and every sentence is there in both languages."""

import base64
import hashlib
import json
import re
import tomllib
import zlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cso_rules.engine.cache import load_policy
from cso_rules.interfaces.cli import cli
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    If,
    Includes,
    Lookup,
    Not,
    Or,
    Size,
    Term,
    Variable,
    Within,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from cso_rules.page.builder import packed, sentences_of
from cso_rules.page.conditions import condition_json
from cso_rules.page.held import REFERENCE, Pool, held
from cso_rules.page.rules_json import rules_json
from cso_rules.page.script import script
from tests.page_of_places import DAY, bundle_of, page_of
from tests.strategies import make_policy

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "cso_rules" / "page"
SIZE = 400_000


@pytest.fixture(scope="module")
def national() -> Policy:
    return load_policy("cn", as_of=DAY)


@pytest.fixture(scope="module")
def text() -> str:
    return page_of()


def test_one_place_is_small(text: str) -> None:
    assert len(text.encode()) < SIZE


def test_a_further_place_adds_what_is_its_own(text: str) -> None:
    assert len(page_of("4103").encode()) - len(text.encode()) < SIZE / 10


def test_equal_rules_give_equal_bytes(text: str) -> None:
    assert page_of() == text


def test_only_its_own_script_and_style_are_allowed(text: str) -> None:
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert found is not None
    allowed = found[1].replace("&#x27;", "'")
    for name, kind in (("script", "script-src"), ("style", "style-src")):
        own = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
        assert own is not None
        digest = base64.b64encode(hashlib.sha256(own[1].encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in allowed
    assert allowed.startswith("default-src 'none'; ")
    assert not re.search(r"https?://(?!www\.w3\.org)", script())


def unpacked(text: str, name: str) -> Any:
    found = re.search(rf'id="held-{name}">([^<]+)<', text)
    assert found is not None
    document = json.loads(zlib.decompress(base64.b64decode(found[1]), wbits=-15))
    assert packed(document) == found[1]
    return document


def test_the_rules_are_unpacked_as_they_were(text: str) -> None:
    assert unpacked(text, "rules") == json.loads(json.dumps(held(bundle_of(), ["cn"], "cn").rules))
    assert unpacked(text, "sentences") == {language: sentences_of(language) for language in ("zh", "en")}


def test_what_is_equal_stands_once_and_one_is_not_true() -> None:
    long = ["the same text", {"of": 1}]
    values = [{"a": long, "b": [1, True], "c": [True, 1]}, {"a": long, "b": [1.0, 1]}]
    pool = Pool()
    parts, places = pool.parts([pool.number(own) for own in values])

    def whole(part: Any) -> Any:
        if isinstance(part, dict):
            if REFERENCE in part:
                return whole(parts[part[REFERENCE]])
            return {name: whole(own) for name, own in part.items()}
        return [whole(own) for own in part] if isinstance(part, list) else part

    assert [json.dumps(whole(parts[place])) for place in places] == [json.dumps(own) for own in values]
    assert len(parts) == len(values) + 1


def test_every_question_is_asked_in_both_languages(national: Policy) -> None:
    for fact in rules_json(national, {})["facts"].values():
        assert all(all(fact[part]) for part in ("label", "question", "definition"))


def test_the_order_of_questions_names_facts_only(national: Policy) -> None:
    asks = rules_json(national, {})["asks"]
    assert set(asks["order"]) == set(national.decisions)
    assert asks["order"][: len(national.ask_order)] == list(national.ask_order)
    assert {name for names in asks["facts"].values() for name in names} <= set(national.facts)


# ------------------------------------------------------------------------------------------ sentences


def test_both_languages_have_the_same_sentences_with_the_same_places() -> None:
    found = {}
    for language in ("zh", "en"):
        file = ROOT / "src" / "cso_rules" / "messages" / f"page_{language}.toml"
        sentences = tomllib.loads(file.read_text(encoding="utf-8"))
        found[language] = {key: sorted(re.findall(r"\{(\w+)\}", own)) for key, own in sentences.items()}
    assert found["zh"] == found["en"]


def test_every_sentence_of_the_page_is_used_and_every_used_one_is_there() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (SOURCE / "static").rglob("*.js"))
    code += (SOURCE / "builder.py").read_text(encoding="utf-8")
    own = [key for key in sentences_of("zh") if key.startswith("page_")]
    endings = {"met", "failed", "open", "sure", "possible", "excluded", "exactly", "least", "greatest"}
    unused = [key for key in own if key not in code and key.rpartition("_")[2] not in endings]
    assert unused == []
    said = set(re.findall(r'say\("(\w+)"', code)) | set(re.findall(r'"(page_\w+)"', code))
    assert said <= set(sentences_of("zh"))


# ------------------------------------------------------------------------------------------ conditions and modules


def test_every_kind_of_condition_is_told() -> None:
    kinds = {
        "is_open": Type(kind="boolean"),
        "parts": Type(kind="set", values=("a", "b")),
        "kind": Type(kind="enumeration", values=("x", "y")),
        "count": Type(kind="integer"),
    }
    policy = make_policy(kinds)
    is_open, parts = Among(name="is_open", bits=1), Includes(name="parts", bits=3)
    looked_up = Lookup(name="kind", numbers=(1, 10**20))
    terms = (
        Term(factor=1, quantity=Variable(name="count")),
        Term(factor=-1, quantity=looked_up),
        Term(factor=2, quantity=Size(name="parts")),
    )
    sum_of = Within(terms=terms, low=0, high=None)
    condition = If(
        condition=is_open,
        then=And(operands=(parts, Not(operand=is_open))),
        otherwise=Or(operands=(sum_of, Constant(value=True))),
    )
    told = {"is": "is_open", "of": ["true"]}
    shown = [
        {"times": 1, "of": "count"},
        {"times": -1, "lookup": "kind", "numbers": {"x": 1, "y": str(10**20)}},
        {"times": 2, "size": "parts"},
    ]
    assert condition_json(policy, condition) == {
        "if": [
            told,
            {"all": [{"has": "parts", "of": ["a", "b"]}, {"not": told}]},
            {"any": [{"sum": shown, "low": 0, "high": None}, {"always": True}]},
        ]
    }


def test_modules_stand_behind_those_that_they_import() -> None:
    code = script()
    made = {
        name: place.start()
        for name, place in ((own[1], own) for own in re.finditer(r"^const (\w+)Module = ", code, re.MULTILINE))
    }
    assert set(made) == {"walker", *(file.stem for file in (SOURCE / "static").rglob("*.js"))}
    for use in re.finditer(r"^const \{[^}]*\} = (\w+)Module;", code, re.MULTILINE):
        assert made[use[1]] < use.start()
    assert "import {" not in code
    assert not re.search(r"^export ", code, re.MULTILINE)


def test_only_comments_and_spaces_are_left_out() -> None:
    for file in [SOURCE / "walker.js", *(SOURCE / "static").rglob("*.js")]:
        lines = file.read_text(encoding="utf-8").splitlines()
        code = [line for line in lines if not re.match(r"\s*(?:/?\*|//)", line)]
        assert [line for line in code if line.count("`") % 2] == [], "a text over several lines would lose spaces"
        assert [
            line
            for line in lines
            if line.count("/*") != line.count("*/") and not line.lstrip().startswith(("/**", "*"))
        ] == []
    shown = script()
    assert "/**" not in shown
    assert not re.search(r"^\s*//|^[ \t]", shown, re.MULTILINE)


# ------------------------------------------------------------------------------------------ the command


def written(folder: Path, *options: str) -> tuple[Any, str]:
    target = folder / "page.html"
    done = CliRunner().invoke(cli, ["page", *options, "-o", str(target)])
    assert done.exit_code == 0, done.output
    found = re.search(r'id="held-places">([^<]+)<', target.read_text(encoding="utf-8"))
    assert found is not None
    return json.loads(found[1]), done.output


def test_the_command_writes_the_places_and_days_that_are_named(tmp_path: Path) -> None:
    period = ("--from", "2026-06-01", "--until", "2027-06-01")
    found, said = written(tmp_path, "cn", "--places", "洛阳, 4103", "--as-of", DAY, *period)
    assert [found[name] for name in ("day", "from", "until")] == [DAY, "2026-06-01", "2027-06-01"]
    assert [own["place"] for own in found["places"]] == ["cn", "4103"]
    for own in found["places"]:
        days = [(period["from"], period["until"]) for period in own["periods"]]
        assert (days[0][0], days[-1][1]) == ("2026-06-01", "2027-06-01")
        assert [end for _, end in days[:-1]] == [start for start, _ in days[1:]]
    assert "2 个地方" in said


def test_places_that_share_rules_are_told_apart(tmp_path: Path) -> None:
    found, _ = written(tmp_path, "--places", "22,310101", "--as-of", DAY)
    assert [own["periods"][0]["title"] for own in found["places"]] == [
        ["全国规则", "national rules"],
        ["全国规则（22）", "national rules (22)"],
        ["上海市规则（310101）", "rules of Shanghai (310101)"],
    ]


@pytest.mark.parametrize(
    ("package", "title"),
    [("cn-4103", "洛阳市规则"), (str(ROOT / "tests/packages/library_card"), "图书馆借书证规则（虚构）")],
)
def test_another_package_has_a_page_of_its_own(tmp_path: Path, package: str, title: str) -> None:
    found, _ = written(tmp_path, package, "--as-of", DAY)
    (place,) = found["places"]
    assert place["periods"][0]["title"][0] == title


@pytest.mark.parametrize("wrong", [("--places", "乌有乡"), ("--as-of", DAY, "--until", "2026-01-01"),
                                   ("--as-of", DAY, "--from", "2027-01-01")])  # fmt: skip
def test_a_place_or_day_that_is_not_known_is_refused(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, ["page", *wrong, "-o", str(tmp_path / "page.html")])
    assert done.exit_code != 0
    assert not (tmp_path / "page.html").exists()
