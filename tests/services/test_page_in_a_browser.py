"""The page in a browser, used by clicks, on a phone and by keyboard alone: what it says, and that all can read it."""

import re
from pathlib import Path
from typing import Any

import pytest

from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from tests.page_in_a_browser import TEAM, used_by
from tests.page_of_places import DAY, page_of

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("page") / "page.html"
    found.write_text(page_of("4403"), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def used(file: Path) -> dict[str, Any]:
    notice = file.with_name("notice.pdf")
    return {**used_by("page.mjs", file, pdf=str(notice)), "pdf": notice.read_bytes()}


def test_nothing_is_wrong_while_it_is_used(used: dict[str, Any]) -> None:
    assert used["faults"] == []


def test_every_state_can_be_read_by_all(file: Path) -> None:
    found = used_by("states.mjs", file)
    assert found == {"faults": [], "requests": []}


def test_nothing_is_asked_for_elsewhere(used: dict[str, Any]) -> None:
    assert used["requests"] == []


@pytest.mark.parametrize(("way", "said"), [("zh", "社区指导"), ("phone", "guided by"), ("keyboard", "guided by")])
def test_every_way_leads_to_the_answer(used: dict[str, Any], way: str, said: str) -> None:
    assert said in used["shown"][way]["bar"]
    assert used["shown"][way]["path"] == used["shown"]["zh"]["path"]


def test_only_what_matters_is_asked_in_the_order_of_the_library(used: dict[str, Any]) -> None:
    policy, facts = load_policy("cn", as_of=DAY), dict[str, object]()
    for name, value in used["shown"]["zh"]["path"]:
        missing = [own.name for own in determine(policy, facts).missing_facts if "tier" in own.settles]
        assert missing[0] == name
        kind = policy.facts[name].type.kind
        facts[name] = {"boolean": value == "yes", "set": [value], "integer": value.isdecimal() and int(value)}.get(
            kind, value
        )
    assert determine(policy, facts)["tier"].value == "community_guided"


def test_what_was_said_comes_back(used: dict[str, Any]) -> None:
    shown = used["shown"]
    answered = len(shown["zh"]["path"])
    assert shown["reloaded"] == {"bar": shown["zh"]["bar"], "said": answered}
    assert shown["translated"]["lang"] == "en"
    assert shown["translated"]["focus"] == "language"
    assert shown["emptied"] == 0
    assert shown["restored"] == shown["translated"]["bar"]


def test_what_follows_is_told(used: dict[str, Any]) -> None:
    text = "\n".join(used["shown"]["answers"])
    for part in (
        "个人会员数18人，要求不少于50人，还差32人",
        "社区党组织",
        "个人会员数由18人增加到50人",
        "应予推动",
        "依据",
    ):
        assert part in text


def test_more_can_be_asked_and_another_place_chosen(used: dict[str, Any]) -> None:
    assert used["shown"]["further"]
    assert used["shown"]["moved"] == {"said": len(TEAM), "hash": True}


def test_what_cannot_be_is_said_and_kept(used: dict[str, Any]) -> None:
    found = used["shown"]["contradiction"]
    assert found["said"] == 4
    assert found["wrong"] == 4
    assert "活动资金：-5不在" in found["text"]
    assert "请写一个数" in used["shown"]["refused"]


def test_another_threshold_is_tried_until_the_next_one(used: dict[str, Any]) -> None:
    tried = used["shown"]["tried"]
    assert tried["text"].startswith("试算，不是现行规定：最低个人会员数：49人（现行50人）")
    assert (tried["focus"], tried["hash"]) == ("number-minimum_individual_members", True)
    assert used["shown"]["stopped"]["value"] == "390000000"  # a step of 100,000 yuan below the next kind of foundation
    assert "到此为止" in used["shown"]["stopped"]["text"]
    assert used["shown"]["back"] == 0


def test_the_notice_is_one_page_with_the_name(used: dict[str, Any]) -> None:
    assert re.findall(rb"/Type /Pages\s*/Count (\d+)|/Count (\d+)", used["pdf"])[0] in {(b"1", b""), (b"", b"1")}
    assert "柳湾第3舞队：" in used["shown"]["paper"]


def test_a_list_has_a_line_with_the_answer_of_each_organization(used: dict[str, Any]) -> None:
    shown = used["shown"]
    rows = shown["list"]["rows"]
    assert [row[0].split("\n") for row in rows] == [
        ["柳湾第3舞队", "A1 · 柳湾社区"], ["柳湾棋社", "A2 · 河东社区"], ["柳湾合唱团", "A3 · 河东社区"],
    ]  # fmt: skip
    assert rows[0][1:] == ["社区指导", "–"]
    assert rows[1][1] == "街道（乡镇）管理"
    assert "可能：" in rows[2][1]
    assert shown["list"]["count"] == "共3个组织。"
    assert shown["list"]["unread"] == ["“备注”一列", "第4行“个人会员数（人）”：约20"]
    assert shown["fromFile"] == rows


def test_a_line_is_shown_by_the_panel_as_if_it_had_been_answered(used: dict[str, Any]) -> None:
    shown = used["shown"]
    assert shown["chosen"] == {
        "bar": shown["zh"]["bar"], "focus": "answer-title", "name": "柳湾第3舞队", "said": len(TEAM),
    }  # fmt: skip


def test_nothing_but_the_notice_is_printed(used: dict[str, Any]) -> None:
    assert used["shown"]["printed"] == ["paper"]


def test_a_threshold_on_trial_shows_what_moves_in_the_list(used: dict[str, Any]) -> None:
    moves = used["shown"]["moves"]
    assert "有1个组织的结论会变" in moves["count"]
    ((_, text, _),) = moves["rows"]
    assert text.startswith("街道（乡镇）管理 → 可能：依法登记")


def test_what_is_changed_in_the_panel_stays_in_the_list_on_another_day(used: dict[str, Any]) -> None:
    edited = used["shown"]["edited"]
    assert edited["hash"]
    assert edited["said"] == len(TEAM) - 1
    assert "在本页改过" in edited["rows"][0][0]
    assert len(edited["rows"]) == 3
