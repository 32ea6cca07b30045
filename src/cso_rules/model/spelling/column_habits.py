"""Texts that mean nothing certain because of what else stands in their column.

0 and 1 beside counts do not say no and yes; a bare 3 beside 2万元 may be three yuan or thirty thousand. In comes a
type; out goes its habit: which texts show that others are not what they look like, and which are then not understood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Final

import attrs

from cso_rules.model.coded import Coded, said
from cso_rules.model.spelling.numerals import with_digits
from cso_rules.model.spelling.spellings import COUNTED, FLAGS, FULL_WIDTH, bare_text, is_count
from cso_rules.model.spelling.units import Measure
from cso_rules.model.types import Type

_BARE: Final = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?", re.ASCII)
_MULTIPLE: Final = re.compile(r"\d(?:余|多)?[十百千万亿]")
_ZERO: Final = re.compile(r"[+-]?[0,]*(?:\.0*)?", re.ASCII)
MIXED: Final = "cell-units-beside"


@attrs.frozen
class Habit:
    """How the texts of a column bear on one another.

    Attributes:
        is_sign: Tells of a text whether it shows that others of the column are not what they look like.
        is_doubtful: Tells of a text whether it means nothing certain then.
        code: What is wrong with such a text.
    """

    is_sign: Callable[[str], bool]
    is_doubtful: Callable[[str], bool]
    code: str

    @property
    def problem(self) -> Coded:
        """What is wrong with such a text, in words."""
        return said(self.code)


def habit_of(kind: Type, measure: Measure | None = None) -> Habit | None:
    """Return the habit of a column, None where each text stands for itself.

    Args:
        kind: The type of its fact.
        measure: The unit of its numbers; where the heading states one, bare numbers have that.
    """
    if kind.kind == "boolean":
        return Habit(partial(_is_count, measure), _is_flag, COUNTED)
    if kind.kind in {"integer", "decimal", "money"} and (measure is None or measure.stated is None):
        return Habit(_is_multiple, _is_bare, MIXED)
    return None


def _is_count(measure: Measure | None, text: str) -> bool:
    return is_count(bare_text(text)) and not (measure is not None and measure.gives_meaning(text))


def _is_flag(text: str) -> bool:
    return bare_text(text).translate(FULL_WIDTH).strip() in FLAGS


def _is_multiple(text: str) -> bool:
    return not text.isascii() and _MULTIPLE.search(with_digits(unicodedata.normalize("NFKC", text))) is not None


def _is_bare(text: str) -> bool:
    plain = bare_text(text if text.isascii() else text.translate(FULL_WIDTH))
    return _BARE.fullmatch(plain) is not None and _ZERO.fullmatch(plain) is None
