"""Keys of `instruments.yaml`: legal instruments and their provisions."""

from __future__ import annotations

from typing import Final

from cso_rules.loader.grammar import values as of
from cso_rules.loader.grammar import words
from cso_rules.loader.grammar.shapes import REQUIRED, Either, Key, ListOf, OneOf, Shape, Where

PROVISION: Final = Shape(
    "provision",
    Key("id", of.ID, "条款编号", "the id of the provision", REQUIRED),
    Key("summary", of.LABEL, "自己的话写的摘要", "what it says, in your own words", REQUIRED),
    Key("article", of.LABEL, "条、款、项", "article, paragraph, item"),
    of.IN_FORCE,
    of.CONFIDENCE,
    of.NOTE,
    Key("status", OneOf(words.PROVISION_STATUSES), "规则包怎样对待它", "what the package does with it",
        default="encoded"),
    Key("reason", of.LABEL, "为什么没有规则据以判定", "why no rule decides by it",
        Where("status", ("declared", "not_computable"))),
    Key("covers", ListOf(of.ID), "它承载的分析要点", "statements of the analysis that it carries"),
    of.MODALITY,
)  # fmt: skip
AMENDMENT: Final = Shape(
    "change that was not seen",
    Key("on", of.DATE, "最迟在哪一天被修改，从这天起提示",
        "the day by which it was changed; people are told from then", REQUIRED),
    Key("by", of.LABEL, "修改它的文本", "what changed it", REQUIRED),
    of.NOTE,
)  # fmt: skip
INSTRUMENT: Final = Shape(
    "instrument",
    Key("id", of.ID, "文件编号", "the id of the instrument", REQUIRED),
    Key("title", of.LABEL, "文件名称", "its title", REQUIRED),
    Key("provisions", ListOf(PROVISION), "条款", "its provisions", REQUIRED),
    Key("number", of.TEXT, "发文字号", "its document number"),
    Key("kind", OneOf(words.INSTRUMENT_KINDS), "文件种类", "what kind of instrument it is"),
    Key("issuer", Either(of.TEXT, of.LABEL), "发布机关", "who issued it"),
    of.IN_FORCE,
    Key("applies_when", of.TEXT, "文件适用于谁，默认全部", "about whom it is; everybody when left out"),
    Key("amended_unseen", AMENDMENT, "已被未见到的文本修改", "it was changed by a text that was not seen"),
    of.CONFIDENCE,
    of.NOTE,
    of.CHECKED_ON,
    Key("url", of.ADDRESS, "官方公布的网址，不写转载", "address of the official publication, never of a reprint"),
)
INSTRUMENTS: Final = Shape(
    "instruments", of.FORMAT, Key("instruments", ListOf(INSTRUMENT), "法律文件", "legal instruments", REQUIRED)
)
