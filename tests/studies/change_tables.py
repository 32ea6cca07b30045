"""Tables of organizations for the tests about changes of the rules."""

import csv
import datetime
import itertools
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cso_rules.loader.load import load_policy
from cso_rules.model.policy import Policy
from cso_rules.tables.read.cells import Sheet
from cso_rules.tables.read.columns import TableColumns, is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet

DAY = datetime.date(2018, 6, 1)
COUNTY = Path(__file__).resolve().parents[2] / "examples" / "county-utf8.csv"
CONTEXT = ("--as-of", "2018-06-01", "--jurisdiction", "cn")
GROUP = {
    "发起人居住情况": "居住且户籍在本社区", "非营利": "是", "分配利润": "否", "特殊主体": "无", "在城乡社区活动": "是",
    "开展活动": "文体娱乐", "登记状态": "未登记", "组织形式": "社会团体", "资产经费合法": "是", "名称规范": "是",
    "组织机构健全": "是", "固定住所": "是", "专职人员适当": "是", "独立承担民事责任": "是", "主要在单个社区活动": "否",
    "规模小": "否", "临时性": "否", "松散": "否", "单位会员数": "0", "活动资金": "30000",
}  # fmt: skip


def group(identifier: str, **cells: str) -> dict[str, str]:
    """A social group that lacks nothing but members."""
    return {"编号": identifier, "名称": f"{identifier}队", "个人会员数": "60", **GROUP, **cells}


def varied() -> list[dict[str, str]]:
    """Groups whose tiers are open in many ways."""
    loose = dict.fromkeys(("规模小", "临时性", "松散", "主要在单个社区活动"), "是")
    parts = [{"非营利": ""}, {"非营利": "否"}, {"固定住所": ""}, {"固定住所": "否"}, {"规模小": ""}, loose]
    chosen = [combination for size in range(4) for combination in itertools.combinations(parts, size)]
    merged = [{key: cell for part in combination for key, cell in part.items()} for combination in chosen]
    return [group(f"V{place}", **cells) for place, cells in enumerate(merged)]


def written(path: Path, rows: list[dict[str, str]]) -> str:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def generated(number: int, seed: int = 7, blank: float = 0.06) -> list[dict[str, str]]:
    """Groups with any number of members and funds; some cells are blank."""
    chance = random.Random(seed)  # noqa: S311 - always the same table
    rows = []
    for place in range(number):
        row = group(
            f"G{place}", 个人会员数=str(chance.randint(5, 120)), 单位会员数=str(chance.choice((0, 0, 0, 12, 31))),
            活动资金=str(chance.choice((500, 8000, 29999, 30000, 60000))), 固定住所=chance.choice("是是是否"),
        )  # fmt: skip
        rows.append({key: "" if key in GROUP and chance.random() < blank else cell for key, cell in row.items()})
    return rows


def opened(path: str, *policies: Policy) -> tuple[Sheet, TableColumns]:
    sheet = read_sheet(path, is_known_heading(policies[0]))
    return sheet, map_columns(sheet.header, *policies)


def setting(parameter: str) -> Callable[[int], Policy]:
    """Load the national rules with another number of a parameter, each once."""
    return cache(lambda number: load_policy("cn", as_of=DAY, settings=((parameter, str(number)),)))
