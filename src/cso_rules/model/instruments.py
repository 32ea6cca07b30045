"""Legal instruments, their provisions, and citations of them."""

from __future__ import annotations

import datetime
from typing import Literal

import attrs

from cso_rules.model.fields import ByFields

Confidence = Literal["S", "P", "P?", "K"]
"""S stated in the official interpretation that the rules follow, P seen in another source, P? seen only in a source
that is damaged, cut or of doubtful origin, K not verified."""
UNVERIFIED: frozenset[Confidence] = frozenset({"P?", "K"})
"""Marks of what somebody still has to verify."""


@attrs.frozen(kw_only=True, repr=False)
class Label(ByFields):
    """A text for people, in Chinese and English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def filled(self, /, **parts: object) -> Label:
        """Return the text with its places filled; a label among the parts is taken in the same language.

        Where the English text has `{found:rows}`, a whole number stands with its unit, which is `row` for one.
        """
        zh, en = (
            {name: part.in_language(language) if isinstance(part, Label) else part for name, part in parts.items()}
            for language in ("zh", "en")
        )
        numbers = {name: _Number(part) for name, part in en.items() if type(part) is int}
        return Label(zh=self.zh.format(**zh), en=self.en.format(**en | numbers))


class _Number(int):
    """A whole number in an English text."""

    def __format__(self, written: str) -> str:
        if len(written) < 2 or not written[-2:].isalpha():  # noqa: PLR2004 - what tells a format from a unit
            return int.__format__(self, written)
        from cso_rules.messages import counted  # most processes count nothing

        return counted(int(self), written)


@attrs.frozen(kw_only=True, repr=False)
class Citation(ByFields):
    """A provision of a legal instrument, and how well it was confirmed."""

    instrument: str
    provision: str
    title: Label
    number: str
    article: Label
    summary: Label
    confidence: Confidence

    @property
    def pinpoint(self) -> Label:
        """What is cited of the instrument: the article, or the summary where the text has no articles."""
        return self.article if self.article.zh or self.article.en else self.summary


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Amendment(ByFields):
    """An instrument was changed by a text that was not seen, so that rules which cite it follow the earlier text.

    Attributes:
        on: The day by which it was changed; from it on, answers that rest on the instrument say so.
        by: What changed it.
    """

    instrument: str
    title: Label
    number: str
    on: datetime.date
    by: Label

    @property
    def remark(self) -> Label:
        """What people are told, in one line."""
        known = Label(zh=f"（{self.number}）", en=f" ({self.number})") if self.number else Label(zh="", en="")
        return Label(
            zh=f"《{self.title.zh}》{known.zh}最迟于{self.on}被修改（{self.by.zh}），修改后的文本未见；"
            "依据该文件的结论仍按修改前的文本",
            en=f"{self.title.en}{known.en}: changed by {self.on} ({self.by.en}), and the new text was not seen; "
            "what rests on it follows the earlier text",
        )
