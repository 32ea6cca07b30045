"""Parts of the rules as lines of text: what `show` and `diff` print alike."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from cso_rules.loader.documents.periods import Period
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Change

WORDS: Mapping[str, Label] = {
    "label": Label(zh="名称", en="label"),
    "question": Label(zh="问题", en="question"),
    "definition": Label(zh="定义", en="definition"),
    "type": Label(zh="类型", en="type"),
    "unit": Label(zh="单位", en="unit"),
    "bounds": Label(zh="范围", en="bounds"),
    "places": Label(zh="小数位数", en="decimal places"),
    "values": Label(zh="取值", en="values"),
    "aliases": Label(zh="别名", en="aliases"),
    "headings": Label(zh="表格列名", en="headings of tables"),
    "words": Label(zh="文字中的词", en="words in free text"),
    "entity": Label(zh="说的是", en="about"),
    "changeable": Label(zh="可自行改变", en="can be changed"),
    "judged": Label(zh="由经办人判断", en="an official judges it"),
    "personal": Label(zh="个人信息", en="personal"),
    "presumed": Label(zh="无说明时推定为", en="presumed while nothing is said"),
    "counts as": Label(zh="视同", en="counts as"),
    "options": Label(zh="选项", en="options"),
    "default": Label(zh="默认解读", en="default"),
    "value": Label(zh="数值", en="value"),
    "indexed by": Label(zh="按此分列", en="indexed by"),
    "delegation": Label(zh="地方权限", en="delegation"),
    "delegation bounds": Label(zh="地方可改的范围", en="a place may go"),
    "answer": Label(zh="结论的取值", en="answer"),
    "hit policy": Label(zh="取用方式", en="hit policy"),
    "order": Label(zh="各行顺序", en="order of rows"),
    "when": Label(zh="条件", en="when"),
    "by reading": Label(zh="按解读", en="by reading"),
    "applies": Label(zh="适用于", en="applies when"),
    "then": Label(zh="结果", en="then"),
    "due": Label(zh="期限", en="due"),
    "modality": Label(zh="语气", en="modality"),
    "addressee": Label(zh="对象", en="addressee"),
    "before": Label(zh="排在此行之前", en="before the row"),
    "cite": Label(zh="依据", en="cites"),
    "counts": Label(zh="计数对象", en="counts"),
    "where": Label(zh="其中", en="where"),
    "by": Label(zh="限于", en="limited to"),
    "known days": Label(zh="已知的日期", en="known days"),
    "exceptions": Label(zh="例外", en="exceptions"),
    "decisions": Label(zh="决定", en="decisions"),
    "stated": Label(zh="写明", en="states"),
    "absent": Label(zh="效力", en="in force"),
    "changed": Label(zh="已修改", en="changed"),
    "read by": Label(zh="用于", en="read by"),
    "constrained by": Label(zh="受约束于", en="constrained by"),
    "counted in": Label(zh="计入", en="counted in"),
    "counted": Label(zh="由此计数", en="counted from"),
    "facts": Label(zh="事实", en="facts"),
    "added by": Label(zh="来自地方规则包", en="added by"),
    "period": Label(zh="有效期", en="in force"),
    "fallen": Label(zh="所比较的要求已取消，不再适用", en="falls away: what it compares with is removed"),
    "absent through": Label(zh="所依据的决定当日没有规则", en="reads a decision that has no rule on this day"),
    "not now": Label(zh="当日不适用", en="not in force on this day"),
    "kind": Label(zh="种类", en="kind"),
    "number": Label(zh="文号", en="number"),
    "status": Label(zh="处理", en="status"),
    "summary": Label(zh="摘要", en="summary"),
    "provisions": Label(zh="条款", en="provisions"),
    "from": Label(zh="起", en="from"),
    "until": Label(zh="止", en="until"),
    "always": Label(zh="始终", en="always"),
    "removed": Label(zh="已取消", en="removed"),
    "in_force": Label(zh="现行", en="in force"),
    "trial": Label(zh="试行", en="trial"),
    "draft": Label(zh="征求意见稿", en="draft"),
    "superseded": Label(zh="已被取代", en="superseded"),
    "expired": Label(zh="已失效", en="expired"),
    "in preparation": Label(zh="规则尚在编写", en="rules in preparation"),
    "start not confirmed": Label(zh="施行日期未查证", en="first day not confirmed"),
    "not confirmed": Label(zh="效力期限未查证", en="end of validity not confirmed"),
    "no changes": Label(zh="没有改动：适用全国规则", en="no changes: the national rules apply"),
    "conflict": Label(zh="低于上位法的规定，照实列出", en="goes below higher law, reported as a conflict"),
    "switched off": Label(zh="低于上位法的规定，已停用", en="goes below higher law, switched off"),
    "beyond": Label(zh="在上位法之外另有要求", en="adds to higher law"),
    "admits": Label(zh="例如", en="for example"),
    "as one": Label(zh="一并改动", en="changes as one"),
}
KINDS: Mapping[str, Label] = {
    "fact": Label(zh="事实", en="fact"),
    "enumeration": Label(zh="枚举", en="enumeration"),
    "value": Label(zh="枚举值", en="value"),
    "reading": Label(zh="解读", en="reading"),
    "parameter": Label(zh="参数", en="parameter"),
    "decision": Label(zh="决定", en="decision"),
    "rule": Label(zh="条件或行", en="rule"),
    "constraint": Label(zh="约束", en="constraint"),
    "aggregate": Label(zh="计数", en="aggregate"),
    "settings": Label(zh="总则", en="setting"),
}


def line(word: str, text: str, language: str, indent: int = 2) -> str:
    """Return a line about one aspect."""
    return f"{' ' * indent}{WORDS[word].in_language(language)}{'：' if language == 'zh' else ': '}{text}"


def aspect_lines(
    aspects: Mapping[str, Label], language: str, indent: int = 2, leave_out: Iterable[str] = ()
) -> Iterator[str]:
    """Return a line for each aspect of an item."""
    left = set(leave_out)
    yield from (line(word, text.in_language(language), language, indent) for word, text in aspects.items()
                if word not in left)  # fmt: skip


def period_text(period: Period, language: str) -> str:
    """Return from when until when something is in force."""
    days: list[tuple[str, datetime.date | None]] = [("from", period.start), ("until", period.end)]
    parts = [
        f"{day} {WORDS[word].in_language('zh')}" if language == "zh" else f"{word} {day}" for word, day in days if day
    ]
    return " ".join(parts) or WORDS["always"].in_language(language)


def citation_lines(citations: Iterable[Citation], language: str) -> Iterator[str]:
    """Return a line for each provision; one without article is told by its summary."""
    for item in citations:
        title, article = item.title.in_language(language), item.article.in_language(language)
        text = " ".join(part for part in (title, item.number, article) if part)
        if not article:
            text += f"{'：' if language == 'zh' else ': '}{item.summary.in_language(language)}"
        yield f"      {text} ({item.instrument} {item.provision}) [{item.confidence}]"


def higher_law_lines(change: Change, language: str) -> Iterator[str]:
    """Return lines about how a change bears on higher law, each with somebody who shows it."""
    below = "conflict" if change.is_applied else "switched off"
    for word, provisions, somebody in (
        (below, change.conflicts_with, change.admitted),
        ("beyond", change.beyond, change.refused),
    ):
        if provisions:
            yield f"    {WORDS[word].in_language(language)}"
            yield from citation_lines(provisions, language)
            if somebody is not None:
                yield line("admits", somebody.in_language(language), language, 6)
