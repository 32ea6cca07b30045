"""The words that rule files choose among, each with what it means."""

from __future__ import annotations

from typing import Final

from cso_rules.loader.grammar.shapes import Words
from cso_rules.model.instruments import Label


def with_labels(known: Words) -> Words:
    """Return words and, as other spellings of theirs, their Chinese labels."""
    return {**{label.zh: label for label in known.values()}, **known}


PACKAGE_STATUSES: Final = {
    "in_force": Label(zh="现行有效", en="in force"),
    "trial": Label(zh="试行", en="in force on trial"),
    "draft": Label(
        zh="征求意见稿，尚未施行，点名或要求时才适用",
        en="a draft text, not in force; applies only when named or asked for",
    ),
    "superseded": Label(zh="已被取代", en="replaced by another"),
    "expired": Label(zh="已失效", en="no longer in force"),
}
PROVISION_STATUSES: Final = {
    "encoded": Label(zh="已成规则", en="rules decide by it"),
    "declared": Label(zh="仅作提示，须写 reason", en="people are told of it; needs a reason"),
    "not_computable": Label(zh="没有事实可据以判定，须写 reason", en="no fact could decide it; needs a reason"),
}
INSTRUMENT_KINDS: Final = {
    "law": Label(zh="法律", en="law"),
    "administrative_regulations": Label(zh="行政法规", en="administrative regulations"),
    "local_regulations": Label(zh="地方性法规", en="local regulations"),
    "administrative_measures": Label(zh="办法", en="administrative measures"),
    "opinions": Label(zh="意见", en="opinions"),
    "notice": Label(zh="通知", en="notice"),
    "plan": Label(zh="方案", en="plan"),
    "official_interpretation": Label(zh="政策解读", en="official interpretation"),
}
KINDS: Final = {
    "boolean": Label(zh="是或否", en="true or false"),
    "integer": Label(zh="整数", en="whole number"),
    "decimal": Label(zh="小数，位数写在 scale", en="number with as many decimal places as scale says"),
    "money": Label(zh="金额（元，精确到分）", en="amount in yuan, exact to the fen"),
    "date": Label(zh="日期", en="date"),
    "enumeration": Label(zh="枚举中的一个值", en="one value of an enumeration"),
    "set": Label(zh="枚举中的若干值", en="several values of an enumeration"),
}
NUMBER_KINDS: Final = {kind: KINDS[kind] for kind in ("integer", "decimal", "money")}
"""Kinds of values that a parameter may have."""
DURATION_UNITS: Final = {
    "years": Label(zh="年", en="years"),
    "months": Label(zh="个月", en="months"),
    "weeks": Label(zh="周", en="weeks"),
    "days": Label(zh="日", en="days"),
}
AGGREGATES: Final = {
    "min": Label(zh="取最小的", en="the least"),
    "max": Label(zh="取最大的", en="the greatest"),
    "sum": Label(zh="相加", en="their sum"),
    "count": Label(zh="有几个成立", en="how many hold"),
}
DELEGATIONS: Final = {
    "may_lower": Label(zh="地方可以降低", en="a place may lower it"),
    "may_raise": Label(zh="地方可以提高", en="a place may raise it"),
    "fixed": Label(zh="地方不得改动", en="no place may change it"),
    "free": Label(zh="由地方自定", en="each place decides"),
}
HIT_POLICIES: Final = {
    "unique": Label(zh="唯一：至多一行成立", en="at most one row holds"),
    "any": Label(zh="任一：成立的各行结论相同", en="rows that hold agree"),
    "first": Label(zh="首个：从上到下取第一个成立的行", en="the first row that holds"),
    "priority": Label(zh="优先：按枚举取值的顺序", en="the output that comes first in its enumeration"),
    "rule_order": Label(zh="列出成立的各行，按行的顺序", en="every row that holds, from top to bottom"),
    "output_order": Label(zh="列出成立的各行，按枚举取值的顺序", en="every row that holds, in the enumeration's order"),
    "collect": Label(zh="收集：列出成立的各行", en="every row that holds"),
}
MODALITIES: Final = {
    "must": Label(zh="应当、必须", en="must"),
    "should": Label(zh="一般应、原则上", en="should"),
    "may": Label(zh="可以", en="may"),
    "encourage": Label(zh="鼓励", en="is encouraged"),
    "explore": Label(zh="探索", en="may be explored"),
    "target": Label(zh="目标", en="is aimed at"),
    "descriptive": Label(zh="描述", en="is described"),
    "constitutive": Label(zh="定义或构成", en="defines what counts"),
    "announced": Label(zh="已宣布将要做", en="was announced"),
}
CONFIDENCES: Final = {
    "S": Label(zh="官方解读中写明", en="stated in the official interpretation"),
    "P": Label(zh="在其他来源中见到", en="seen in another source"),
    "P?": Label(zh="仅见残缺或来源可疑的文本", en="seen only damaged, cut or in a doubtful copy"),
    "K": Label(zh="尚未核实", en="not verified"),
}
ANSWER_STATUSES: Final = {
    "determined": Label(zh="已认定", en="determined"),
    "undetermined": Label(zh="事实不足，未定", en="undetermined while facts are missing"),
    "unsettled_by_law": Label(zh="依法未定", en="unsettled by law"),
    "no_rule_in_force": Label(zh="没有现行规则", en="no rule is in force"),
    "conflict": Label(zh="规则冲突", en="rules conflict"),
}
