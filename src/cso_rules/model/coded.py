"""What is wrong with a cell, a row or a table, as a code that programs know and a text in both languages."""

from __future__ import annotations

import attrs

from cso_rules.messages import problem_texts, remedies
from cso_rules.model.instruments import Label


@attrs.frozen(kw_only=True, repr=False)
class Coded(Label):
    """A text with its code; the words may get better, the code stays and never gets another meaning."""

    code: str

    @classmethod
    def of(cls, code: str, text: Label) -> Coded:
        """Return a text that stands elsewhere, such as in a rule file, with a code."""
        return cls(zh=text.zh, en=text.en, code=code)


def said(code: str, **parts: object) -> Coded:
    """Return the text of a code with its places filled; a label among the parts is taken in the same language."""
    return Coded.of(code, Label(zh=problem_texts("zh")[code], en=problem_texts("en")[code]).filled(**parts))


def remedy(code: str, **parts: object) -> Label:
    """Return what to do about what a code says, with the places of the text filled."""
    return Label(zh=remedies("zh")[code], en=remedies("en")[code]).filled(**parts)


def code_of(reason: Label, otherwise: str) -> str:
    """Return the code of a reason; one whose words stand in a rule file has that of its kind."""
    return reason.code if isinstance(reason, Coded) else otherwise.replace("_", "-")
