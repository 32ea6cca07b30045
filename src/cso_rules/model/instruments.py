"""Legal instruments, their provisions, and citations of them."""

from __future__ import annotations

from typing import Literal

import attrs

Confidence = Literal["S", "P", "K"]
"""S stated in the official interpretation that the rules follow, P seen in another source, K not verified."""


@attrs.frozen(kw_only=True)
class Label:
    """A text for people, in Chinese and English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def filled(self, /, **parts: object) -> Label:
        """Return the text with its places filled; a label among the parts is taken in the same language."""
        zh, en = (
            {name: part.in_language(language) if isinstance(part, Label) else part for name, part in parts.items()}
            for language in ("zh", "en")
        )
        return Label(zh=self.zh.format(**zh), en=self.en.format(**en))


@attrs.frozen(kw_only=True)
class Citation:
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
