"""The page in a browser, used by clicks, on a phone and by keyboard alone: what it says, and that all can read it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from tests.page_of_places import DAY, page_of

pytestmark = pytest.mark.services
SCRIPT = Path(__file__).parent / "browser" / "page.mjs"
TEAM = {
    "founder_residence": "local_residents", "is_nonprofit": "yes", "distributes_profit": "no",
    "special_body_kind": "none", "community_type": "urban", "is_active_in_community": "yes",
    "activity_kinds": "culture_sports_recreation", "registration_status": "not_registered",
    "organizational_form": "none", "individual_members": "18", "institutional_members": "0",
    "is_active_mainly_in_one_community": "yes", "is_small_scale": "yes", "is_loosely_organized": "yes",
}  # fmt: skip
"""A dance team of 18 people that meets in the square of one community."""


HEADINGS = [
    "编号", "名称", "所在社区", "发起人居住情况", "非营利", "分配利润", "特殊主体", "所在社区类型", "在城乡社区活动",
    "开展活动", "登记状态", "组织形式", "个人会员数（人）", "单位会员数（个）", "主要在单个社区活动",
    "规模小", "松散", "备注",
]  # fmt: skip
CELLS = [
    "居住且户籍在本社区", "是", "否", "不属于特殊主体", "城市社区", "是", "文体娱乐", "未登记", "未定形式", "18", "0",
    "是", "是", "是",
]  # fmt: skip
CLUB = [*CELLS[:8], "社会团体", "45", "0", "否", "否", "否"]
LIST = "\n".join(
    ",".join(row)
    for row in [
        HEADINGS,
        ["A1", "柳湾第3舞队", "柳湾社区", *CELLS, "早上"],
        ["A2", "柳湾棋社", "河东社区", *CLUB, ""],
        ["A3", "柳湾合唱团", "河东社区", *CELLS[:9], "约20", *CELLS[10:], ""],
    ]
)
"""The same team, a club that lacks five members, and a choir of which the number of members is not read."""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert browser, "install Chromium"
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text(page_of("4403"), encoding="utf-8")
    asked = json.dumps(
        {"file": str(folder / "page.html"), "answers": TEAM, "list": LIST, "pdf": str(folder / "notice.pdf")}
    )
    done = subprocess.run(["node", str(SCRIPT), browser, asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    found["pdf"] = (folder / "notice.pdf").read_bytes()
    return found


def test_nothing_is_wrong_for_anybody(used: dict[str, Any]) -> None:
    assert used["faults"] == []


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
