"""The page that asks, beside the decisions of a book: the same questions, answered by the same rules."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Final

import attrs

from cso_rules.bundle.build import build_bundle
from cso_rules.bundle.opened import bundle_in
from cso_rules.errors import PolicyError
from cso_rules.explanation.markup import Markup, both, element
from cso_rules.loader.codes import NATIONAL
from cso_rules.page.builder import page

FILE: Final = "try.html"


@attrs.frozen(kw_only=True)
class Trying:
    """A page that asks.

    Attributes:
        html: Its text.
        decisions: The decisions that it answers on the day of the book.
    """

    html: str
    decisions: frozenset[str]

    def link(self, decision: str) -> Markup:
        """Return the way to the questions of a decision; nothing where the page does not answer it."""
        if decision not in self.decisions:
            return Markup()
        shown = element("a", both("试一试：回答问题，看它怎样得出", "try it: answer questions and see what follows"),
                        href=f"{FILE}#goal={decision}")  # fmt: skip
        return element("p", shown, class_="try")


def trying(package: str | Path, as_of: datetime.date) -> Trying | None:
    """Return the page for the rules of a package from a day on; None where they cannot be read without a date.

    Args:
        package: Id or folder of the package.
        as_of: The day.
    """
    try:
        built = build_bundle(package, places=(), first=as_of)
    except PolicyError:
        return None
    bundle = bundle_in(built.data, FILE)
    text = page(bundle, [NATIONAL], as_of, package)
    period = bundle.content["places"][NATIONAL][0]["about"][bundle.content["subject"]]
    return Trying(html=text, decisions=frozenset(bundle.of_period(period["rules"]).decisions))
