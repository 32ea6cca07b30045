"""Tables of one organization that is able to register, with single cells or headings changed, read in every way."""

import csv
import datetime
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from click.testing import CliRunner, Result
from pyarrow import csv as arrow_csv

from cso_rules.engine.cache import load_policy
from cso_rules.interfaces.cli import cli
from cso_rules.model.policy import Policy
from cso_rules.model.types import Value
from cso_rules.tables.answer.rows import Answered, Refused, Summary, answers
from cso_rules.tables.bulk.determine import decode, determine_many
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from tests.tables.both_ways import assert_same, assert_same_counts

DAY = datetime.date(2018, 6, 1)
CONTEXT = ("--as-of", "2018-06-01", "--jurisdiction", "cn", "--lang", "en")
INPUTS = Path(__file__).parent / "inputs"
ABLE = {
    "编号": "A1", "名称": "测试会", "发起人居住情况": "本地居民", "非营利": "是", "分配利润": "否", "特殊主体": "无",
    "在城乡社区活动": "是", "开展活动": "文体娱乐", "登记状态": "未登记", "组织形式": "社会团体", "个人会员数": "61",
    "单位会员数": "0", "活动资金": "30000", "资产经费合法": "是", "名称规范": "是", "组织机构健全": "是",
    "固定住所": "是", "专职人员适当": "是", "独立承担民事责任": "是", "主要在单个社区活动": "否", "规模小": "否",
    "临时性": "否", "松散": "否",
}  # fmt: skip


@cache
def policy() -> Policy:
    return load_policy("cn", as_of=DAY, jurisdiction="cn")


def changed(own: str, heading: str, cell: Any) -> dict[str, Any]:
    """Return the organization with another heading and cell in the place of one of its own."""
    return {heading if name == own else name: cell if name == own else text for name, text in ABLE.items()}


def written(path: Path, rows: Sequence[Mapping[str, Any]], encoding: str = "utf-8") -> Path:
    """Write rows as CSV or as JSON, by the ending."""
    if path.suffix == ".json":
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding=encoding)
        return path
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path, *, is_strict: bool = False) -> tuple[list[Answered | Refused], Summary, tuple[str, ...]]:
    """Return the rows as `classify` answers them, their counts, and what is said about columns."""
    sheet = read_sheet(path, is_known_heading(policy()))
    columns, summary = map_columns(sheet.header, policy(), choices=sheet.choices), Summary()
    items = list(answers(lambda _: policy(), sheet, columns, summary=summary, ask=False, is_strict=is_strict))
    return items, summary, tuple(note.en for note in (*sheet.notes, *columns.notes))


def facts(path: Path) -> list[dict[str, Value]]:
    """Return the facts of every row that was answered."""
    return [dict(item.determination.facts) for item in read(path)[0] if isinstance(item, Answered)]


def facts_in_bulk(table: Any) -> dict[str, Value]:
    """Return the facts of the first row of an Arrow table, or of the texts of a CSV file, as `bulk` reads them."""
    if isinstance(table, Path):
        names = table.read_text("utf-8").splitlines()[0].split(",")
        as_text = arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        table = arrow_csv.read_csv(table, convert_options=as_text)
    return dict(decode(table.to_batches()[0], 0, policy()).facts)


def classified(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["classify", str(path), *CONTEXT, *arguments])


def tiers(path: Path, *, is_strict: bool = True) -> list[tuple[str, str]]:
    """Return the id and the tier of each row, `refused` or what remains possible, as `classify --strict` answers."""
    return tiers_of(read(path, is_strict=is_strict)[0])


def tiers_of(items: Sequence[Answered | Refused]) -> list[tuple[str, str]]:
    found = []
    for item in items:
        outcome = None if isinstance(item, Refused) else item.determination["tier"]
        found.append((item.id, "refused" if outcome is None else "|".join(sorted(map(str, outcome.possible)))))
    return found


def tiers_in_bulk(table: Any, *, is_strict: bool = True) -> list[tuple[int, str]]:
    """Return the row and the tier of each row, as `bulk` answers."""
    found = determine_many(table, policy(), decisions=["tier"], is_strict=is_strict)
    rows = pa.Table.from_batches(list(found), schema=found.schema)
    bits = json.loads(found.schema.field("tier.possible").metadata[b"cso-rules.bits"])
    shown = []
    for row, status, mask in zip(
        *(rows[name].to_pylist() for name in ("row", "tier.status", "tier.possible")), strict=True
    ):
        names = sorted(name for place, name in enumerate(bits) if (mask or 0) >> place & 1)
        shown.append((row, "refused" if status == "refused" else "|".join(names)))
    return shown


def assert_bulk_agrees(path: Path, output: Path) -> None:
    """Compare both ways to read a file, and what is counted where the answers are written."""
    counts = assert_same(path, policy())
    assert_same_counts(determine_many(path, policy(), decisions=["tier"], reasons=True).write(output), counts)
