"""Make the example tables: one invented county, 72 invented organizations, always the same.

Nothing here is data about real organizations. Run: python examples/make_examples.py
"""

# ruff: noqa: E501 - one line of Chinese text stays one line
import csv
import datetime
import random
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).resolve().parent
SEED = 20180601
HEADINGS = (
    "编号", "名称", "街道", "成立日期", "发起人居住情况", "非营利", "分配利润", "特殊主体", "在城乡社区活动", "开展活动",
    "所在社区类型", "街道乡镇类型", "登记状态", "组织形式", "个人会员数（人）", "单位会员数（个）", "活动资金（元）",
    "资产经费合法", "名称规范", "组织机构健全", "固定住所", "专职人员适当", "独立承担民事责任", "从业人员适当",
    "合法财产适当", "必要场所", "主要在单个社区活动", "规模小", "临时性", "松散", "服务人群", "现有需求", "党员数",
    "负责人是党员", "备注",
)  # fmt: skip
PLACES = (
    ("青石街道", "街道", "城市社区"), ("柳湾街道", "街道", "城市社区"),
    ("云坪镇", "镇", "农村社区"), ("双桥乡", "乡", "农村社区"),
)  # fmt: skip
KINDS = (
    ("广场舞队", "文体娱乐"), ("合唱团", "文体娱乐"), ("书画社", "文体娱乐"), ("志愿服务队", "为民服务、公益慈善"),
    ("助老服务队", "为民服务"), ("邻里互助会", "邻里互助"), ("调解工作室", "纠纷调解"), ("议事会", "社区协商"),
    ("平安巡逻队", "群防群治"), ("果树技术服务队", "农村生产技术服务"),
)  # fmt: skip
ABLE = ("资产经费合法", "名称规范", "组织机构健全", "固定住所", "专职人员适当", "独立承担民事责任")
LOOSE = ("主要在单个社区活动", "规模小", "临时性", "松散")


def date_text(chance: random.Random) -> str:
    year, month, day = chance.randint(2009, 2017), chance.randint(1, 12), chance.randint(1, 28)
    forms = ("{0}-{1:02}-{2:02}", "{0}/{1}/{2}", "{0}年{1}月{2}日", "{0}.{1}.{2}")
    return chance.choice(forms).format(year, month, day)


def common(number: int, chance: random.Random) -> dict[str, str]:
    street, unit, community = chance.choice(PLACES)
    suffix, activities = chance.choice(KINDS)
    return dict.fromkeys(HEADINGS, "") | {
        "编号": f"A{number:03}", "名称": f"{street[:2]}第{number}{suffix}", "街道": street, "成立日期": date_text(chance),
        "发起人居住情况": "居住且户籍在本社区", "非营利": "是", "分配利润": "否", "特殊主体": "无", "在城乡社区活动": "是",
        "开展活动": activities, "所在社区类型": community, "街道乡镇类型": unit, "登记状态": "未登记", "单位会员数（个）": "0",
        "组织形式": "社会团体", "服务人群": chance.choice(("全体居民", "老年人", "老年人、残疾人", "")),
        "现有需求": chance.choice(("活动场地", "活动经费、人员", "项目", "")), "党员数": str(chance.randint(0, 9)),
        "负责人是党员": chance.choice("是否"),
    }  # fmt: skip


def able(number: int, chance: random.Random) -> dict[str, str]:
    members, funds = str(chance.randint(50, 120)), chance.choice(("30000", "3万", "５００００"))
    return common(number, chance) | dict.fromkeys(ABLE, "是") | dict.fromkeys(LOOSE, "否") | {
        "个人会员数（人）": members, "活动资金（元）": funds,
    }  # fmt: skip


def small(number: int, chance: random.Random) -> dict[str, str]:
    members = chance.choice(("18", "２３", "12", "35"))
    return common(number, chance) | dict.fromkeys(ABLE, "否") | dict.fromkeys(LOOSE, "是") | {
        "个人会员数（人）": members, "活动资金（元）": "500", "组织形式": "未定",
    }  # fmt: skip


def middling(number: int, chance: random.Random) -> dict[str, str]:
    return small(number, chance) | dict.fromkeys(LOOSE, "否") | {"活动资金（元）": "8000"}


def open_case(number: int, chance: random.Random) -> dict[str, str]:
    row = chance.choice((able, small))(number, chance)
    names = ("活动资金（元）", "固定住所") if row["固定住所"] == "是" else ("松散", "临时性")
    return row | {chance.choice(names): chance.choice(("", "不详"))}


def registered(number: int, chance: random.Random) -> dict[str, str]:
    return able(number, chance) | {"登记状态": "已登记"}


SPECIAL = {
    1: {},
    3: {"活动资金（元）": ""},
    12: {"个人会员数（人）": "二十人", "备注": "示例：数字写成汉字"},
    25: {"党员数": "-5", "备注": "示例：负数"},
    38: {"登记状态": "登记了吧", "备注": "示例：不在选项中"},
    47: {"非营利": "差不多", "活动资金（元）": "若干", "备注": "示例：一行两处错误"},
    59: {
        "成立日期": "2018-02-30",
        "党员数": "3.5",
        "备注": "示例：小数人数；成立日期不存在（该列不参与认定）",
    },
}


def organizations() -> list[dict[str, str]]:
    chance = random.Random(SEED)  # noqa: S311 - invented data, no secret
    makers = (small, small, small, middling, middling, able, registered, open_case)
    rows = []
    for number in range(1, 73):
        maker = able if number in {1, 3} else chance.choice(makers)
        rows.append(maker(number, chance) | SPECIAL.get(number, {}))
    return rows


def write_csv(path: Path, rows: list[dict[str, str]], encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, HEADINGS)
        writer.writeheader()
        writer.writerows(rows)


def write_xlsx(path: Path, rows: list[dict[str, str]]) -> None:
    rows = sorted(rows, key=lambda row: (row["街道"], row["编号"]))
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime.datetime(2018, 6, 1, tzinfo=datetime.UTC)})
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, len(HEADINGS) - 1, "示例县社区社会组织台账（虚构数据）")
        sheet.write_row(1, 0, HEADINGS)
        for place, row in enumerate(rows, start=2):
            for column, heading in enumerate(HEADINGS):
                write_cell(sheet, place, column, row[heading])
        merge_streets(sheet, rows)
        last = len(rows) + 2
        sheet.write(last, 0, "合计")
        sheet.write(last, HEADINGS.index("党员数"), sum(int(r["党员数"]) for r in rows if r["党员数"].isdigit()))


def write_cell(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, text: str) -> None:
    if text.isascii() and text.isdigit():
        sheet.write_number(row, column, int(text))
    elif text:
        sheet.write_string(row, column, text)


LEDGER = (
    (
        "序号",
        "社会团体（民办非企业单位）名称",
        "所在社区",
        "类别",
        "负责人",
        "联系电话",
        "活动场所",
        "章程",
        "会员人数",
        "活动资金（万元）",
        "活动地域",
        "备案日期",
        "是否备案",
        "备注",
    ),
    ("一、文体活动类",),
    (
        1,
        "桃园社区舞蹈队",
        "桃园社区",
        "文体活动类",
        "王甲",
        "13800000001",
        "社区广场",
        "有",
        32,
        0,
        "桃园社区",
        "2018.3.5",
        "是",
        "",
    ),
    (
        2,
        "桃园社区合唱团",
        "桃园社区",
        "文体活动类",
        "李乙",
        "/",
        "文化室",
        "无",
        "/",
        "/",
        "桃园社区",
        "2017年12月",
        "是",
        "/",
    ),
    ("", "小计", "", "", "", "", "", "", 32, 0),
    ("二、公益慈善类",),
    (
        3,
        "梅园社区助老队",
        "梅园社区",
        "公益慈善类",
        "赵丙",
        "13800000003",
        "居委会",
        "有",
        "15人（党员5人）",
        0.3,
        "梅园社区",
        "未备案",
        "否",
        "正在办理",
    ),
    (
        4,
        "梅园社区爱心基金",
        "梅园社区",
        "公益慈善类",
        "钱丁",
        "13800000004",
        "/",
        "有",
        61,
        5,
        "本街道",
        "2016/8/9",
        "已备案",
        "",
    ),
    ("合计", "", "", "", "", "", "", "", 108, 5.3),
    ("注：1.类别按生活服务、社区事务、文体活动、公益慈善填写。2.活动资金以万元计。",),
)
"""A ledger as an office keeps it, with its headings, sections, sums and a note."""


def write_ledger(path: Path) -> None:
    """Write the ledger below its title and a line about who keeps it."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime.datetime(2018, 6, 5, tzinfo=datetime.UTC)})
        sheet, head = book.add_worksheet("备案台账"), book.add_format({"bold": True, "border": 1, "text_wrap": True})
        sheet.merge_range(0, 0, 0, len(LEDGER[0]) - 1, "柳湾街道社区社会组织备案台账", head)
        sheet.write_row(1, 0, ("填报单位（盖章）：柳湾街道办事处", *[""] * 8, "2018年6月"))
        for row, cells in enumerate(LEDGER, start=2):
            sheet.write_row(row, 0, cells, head if row == 2 else None)  # noqa: PLR2004 - below the two lines


def merge_streets(sheet: xlsxwriter.worksheet.Worksheet, rows: list[dict[str, str]]) -> None:
    column = HEADINGS.index("街道")
    for street in dict.fromkeys(row["街道"] for row in rows):
        places = [place for place, row in enumerate(rows, start=2) if row["街道"] == street]
        if len(places) > 1:
            sheet.merge_range(places[0], column, places[-1], column, street)


if __name__ == "__main__":
    table = organizations()
    write_csv(HERE / "county-utf8.csv", table, "utf-8-sig")
    write_csv(HERE / "county-gb18030.csv", table, "gb18030")
    write_xlsx(HERE / "county.xlsx", table)
    write_ledger(HERE / "ledger.xlsx")
