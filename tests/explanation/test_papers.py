"""The notice to an organization, and the working sheet of the office."""

import io
import re
from functools import cache
from html.parser import HTMLParser

import attrs
import pytest
from docx import Document
from docx.table import Table

from cso_rules import Determination, determine
from cso_rules.explanation.papers.html import html
from cso_rules.explanation.papers.notice import notice
from cso_rules.explanation.papers.parts import Block, Grid, Paper, texts
from cso_rules.explanation.papers.sheet import Kept, Source, Unread, working_sheet
from cso_rules.explanation.papers.word_file import docx
from cso_rules.explanation.shortfalls import why
from cso_rules.model.decisions import TableDecision
from tests.engine.small_policy import TIER, at_least, label, rule, small_policy
from tests.explanation.organizations import KINDS, found_for

INTERNAL = re.compile(
    r"\btiers?\b|determin|\bfacts?\b|criteri|\bpolicy\b|\bpackages?\b|cso-rules|\b[a-z]+_[a-z_]+\b|\{|\}"
    r"|规则包|事实|决策|已确定|待补充信息|未知|None|True|False"
)
"""Words of the program, and names with underscores."""


def lines_of(paper: Paper, title: str) -> tuple[str, ...]:
    found = [part for part in paper.parts if isinstance(part, Block) and title in part.title]
    return found[0].lines if found else ()


@cache
def told(kind: str, language: str = "zh") -> Paper:
    return notice(found_for(kind), language, name="柳湾书画社", identity="A1")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_the_program_reaches_the_reader(kind: str, language: str) -> None:
    text = "\n".join(texts(told(kind, language)))
    assert INTERNAL.findall(text) == []
    assert told(kind, language).is_fitting


@pytest.mark.parametrize(
    ("kind", "opening"),
    [
        ("able to register", "你们属于“依法登记”一类。"),
        ("subdistrict", "你们属于“街道（乡镇）管理”一类。"),
        ("community", "你们属于“社区指导”一类。"),
        ("out of scope", "你们不属于社区社会组织，分类指导的规定不适用。"),
        ("two possibilities", "目前还不能确定，有两种可能："),
        ("open by law", "结论取决于怎样理解规定的文字，由工作人员确定："),
        ("before there were classes", "2014年6月1日还没有关于“属于哪一类”的规定，所以没有结论。"),
        ("Shanghai", "按照全国的规定和适用于本地的规定（上海市规则），你们属于“街道（乡镇）管理”一类。"),
    ],
)
def test_the_opening_says_no_more_than_the_answer(kind: str, opening: str) -> None:
    first = told(kind).parts[0]
    assert isinstance(first, Block)
    assert first.lines[0].endswith(opening)
    assert ("没有查询地方规定" in first.lines[0]) == (KINDS[kind][2] == "cn")


def test_two_possibilities_are_both_named_with_what_settles_them() -> None:
    shown = list(texts(told("two possibilities")))
    assert "属于“依法登记”一类。" in shown
    assert "属于“街道（乡镇）管理”一类。" in shown
    assert "有多少活动资金？（满30,000元：依法登记；不满30,000元：街道（乡镇）管理）" in shown


def test_why_has_numbers_and_provisions() -> None:
    reasons = lines_of(told("subdistrict"), "为什么")
    assert reasons[0] == (
        "不符合“登记条件”：个人会员数12人，要求不少于50人，还差38人〔社会团体登记管理条例第十条第一项〕；"
        "活动资金8,000元，要求不少于30,000元，还差22,000元〔社会团体登记管理条例第十条第五项〕"
    )


def test_what_is_lacking_is_the_least_change_with_its_alternatives() -> None:
    assert lines_of(told("subdistrict"), "要“依法登记”还差什么") == (
        "活动资金由8,000元增加到30,000元（增加22,000元）",
        "以下任选其一：个人会员数由12人增加到50人（增加38人）；或者单位会员数由0个增加到38个（增加38个）",
    )


def test_a_change_is_no_promise_where_the_law_is_open() -> None:
    paper = notice(found_for("open by law", individual_members=49))
    assert "是否足够，还取决于怎样理解规定" in lines_of(paper, "要“依法登记”还差什么")


def test_support_keeps_the_strength_of_its_wording() -> None:
    paper = told("subdistrict")
    title = next(part.title for part in paper.parts if "支持" in part.title)
    assert "都需要申请，不是应得待遇" in title
    beginnings = ("应予推动：", "探索（不是应得待遇）：", "补充情况后")
    assert all(line.startswith(beginnings) for line in lines_of(paper, "支持"))


def test_an_overdue_step_stands_first_and_says_so() -> None:
    first = lines_of(told("overdue"), "下一步")[0]
    assert first.startswith("所在地县级人民政府民政部门应当：作出登记决定；期限：2026年5月1日前")
    assert "已逾期" in first


def test_a_settled_case_drops_empty_sections() -> None:
    titles = [part.title for part in told("registered").parts]
    assert not [title for title in titles if "还差什么" in title or "不同理解" in title]
    numbers = [title[0] for title in titles if title and title != "依据"]
    assert numbers == list("一二三四")[: len(numbers)]


def test_grounds_have_document_numbers_and_marks_of_what_is_not_verified() -> None:
    grounds = lines_of(told("Shanghai"), "依据")
    assert any("（国务院令第250号）" in line for line in grounds)
    assert any("【未核实】" in line for line in grounds)
    assert not any("解读A" in line for line in grounds)


def test_many_questions_stand_in_running_lines() -> None:
    paper = told("nothing known")
    asked = [line for part in paper.parts[:6] if isinstance(part, Block) for line in part.lines]
    assert [line for line in asked if line.startswith("1. ")]
    assert not lines_of(paper, "为什么")


def test_without_a_name_the_number_greets() -> None:
    assert notice(found_for("registered"), identity="A7").greeting == "编号A7的组织："


class _Texts(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.articles, self.found = 0, list[str]()
        self.feed(page.partition("<body>")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - of the base
        self.articles += tag == "article"

    def handle_data(self, data: str) -> None:
        self.found += [data.strip()] if data.strip() else []


def test_html_has_every_text_in_order_and_an_article_a_paper() -> None:
    papers = [told("subdistrict"), told("two possibilities")]
    read = _Texts(html(papers, "告知书", "zh"))
    assert read.articles == 2
    assert read.found == [text for paper in papers for text in texts(paper)]


def test_html_needs_nothing_besides_itself_and_prints_on_a4() -> None:
    page = html([told("registered")], "告知书", "zh")
    assert "@page { size: A4" in page
    assert "break-after: page" in page
    assert not re.search(r"<script|<link|src=|url\(|https?:", page)


def test_html_escapes_what_a_table_holds() -> None:
    page = html([notice(found_for("registered"), name="<script>alert(1)</script>", identity="<b>")], "告知书", "zh")
    assert "<script" not in page
    assert "<b>" not in page


def _read_back(papers: list[Paper]) -> tuple[list[str], int]:
    """Return the texts of a DOCX file in order, and how many pages begin on purpose."""
    document = Document(io.BytesIO(docx(papers)))
    lines = list[str]()
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            lines += [cell.text for row in part.rows for cell in row.cells]
        else:
            lines += part.text.removeprefix("• ").split("\t")
    breaks = sum(bool(part.paragraph_format.page_break_before) for part in document.paragraphs)
    return lines, breaks


@pytest.mark.parametrize("language", ["zh", "en"])
def test_docx_has_every_text_in_order_and_a_page_a_paper(language: str) -> None:
    papers = [told("subdistrict", language), told("two possibilities", language), sheet_of(found_for("community"))]
    lines, breaks = _read_back(papers)
    assert [line for line in lines if line] == [text for paper in papers for text in texts(paper) if text]
    assert breaks == 2


# ---------------------------------------------------------------------------------------------- the working sheet


def sheet_of(found: Determination, language: str = "zh") -> Paper:
    kept = Kept(
        sources={"individual_members": Source(place="第5行“会员”")},
        unread=(Unread(heading="第5行“成立日期”", text="去年", reason="不是日期"),),
        program="1.0",
    )
    return working_sheet(found, language, name="柳湾书画社", identity="A1", kept=kept)


def rows_of(paper: Paper, title: str) -> tuple[tuple[str, ...], ...]:
    return next(part.rows for part in paper.parts if isinstance(part, Grid) and part.title == title)


def test_every_condition_has_value_required_difference_and_source() -> None:
    rows = rows_of(sheet_of(found_for("subdistrict")), "条件")
    members = next(row for row in rows if "会员数量" in row[0])
    assert members == (
        "× 会员数量", "个人会员数：12人", "不少于50人", "38人", "第5行“会员”", "社会团体登记管理条例第十条第一项",
    )  # fmt: skip


def test_judgements_leave_room_for_who_and_when() -> None:
    rows = rows_of(sheet_of(found_for("subdistrict")), "由人认定的事项")
    assert {row[0] for row in rows} >= {"专职人员适当", "规模小"}
    assert all("＿" in row[3] for row in rows)


def test_cells_that_were_not_understood_stand_there_with_the_reason() -> None:
    assert rows_of(sheet_of(found_for("subdistrict")), "没有读懂的单元格（按不详处理）") == (
        ("第5行“成立日期”", "去年", "不是日期"),
    )


def test_the_sheet_says_versions_with_the_whole_digest() -> None:
    found = found_for("subdistrict")
    lines = lines_of(sheet_of(found), "版本")
    assert any(found.policy.digest in line for line in lines)
    assert any("1.0" in line for line in lines)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_name_of_the_program_stands_on_a_sheet(kind: str, language: str) -> None:
    paper = sheet_of(found_for(kind), language)
    assert re.findall(r"\b[a-z]+_[a-z_]+\b|\{|\}|None|True|False", "\n".join(texts(paper))) == []


# ---------------------------------------------------------------------------------------------- a contradiction


def contradicted() -> Determination:
    """Return what two rows lead to that contradict one another, by rules without any words for notices."""
    rows = (rule("many", at_least("people", 10)), rule("rich", at_least("capital", 100), 1))
    outputs = ((("", "registered"),), (("", "managed"),))
    table = TableDecision(
        name="tier", label=label("class"), type=TIER, hit_policy="unique", otherwise=False, rules=rows, outputs=outputs
    )
    policy = attrs.evolve(small_policy(), decisions={"tier": table})
    return determine(policy, {"people": 20, "capital": 5})


@pytest.mark.parametrize(
    ("language", "opening"),
    [("zh", "互相抵触，现在不能得出结论，由工作人员处理"), ("en", "contradict one another")],
)
def test_a_contradiction_is_said_and_nothing_is_concluded(language: str, opening: str) -> None:
    found = contradicted()
    paper = notice(found, language, name="A")
    assert opening in "\n".join(texts(paper))
    assert paper.title in {"告知书", "Notice"}
    assert not [part.title for part in paper.parts if "还差什么" in part.title or "lacking" in part.title]
    assert "抵触" in why(found, "zh")
    assert list(texts(working_sheet(found, language)))
