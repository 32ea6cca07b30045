"""The page that asks in a browser: one organization and one list with which it is used, and the scripts that use it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent / "services" / "browser"
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


def used_by(script: str, file: Path, **more: str) -> dict[str, Any]:
    """Return what a script showed of a page and what is wrong with it."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert browser, "install Chromium"
    asked = json.dumps({"file": str(file), "answers": TEAM, "list": LIST, **more})
    done = subprocess.run(["node", str(SCRIPTS / script), browser, asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
