"""The words that rule files choose among, each with what it means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cso_rules.loader.editor.parts import Words
from cso_rules.model.instruments import Label


def chosen(meanings: Words, accepted: Iterable[str]) -> Words:
    """Return the words that the loader accepts, in its order, with their meanings.

    Raises:
        KeyError: A word has no meaning here.
    """
    return {word: meanings[word] for word in accepted}


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
