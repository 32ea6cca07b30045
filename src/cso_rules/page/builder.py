"""The page: one HTML file that asks about one organization and answers by the rules of places on the days of a bundle.

In comes a bundle; out goes text. Guaranteed: the same bundle gives the same bytes; the file asks for nothing
elsewhere, which its own security policy forbids.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from cso_rules.bundle.opened import Bundle
from cso_rules.explanation.markup import Markup, element
from cso_rules.explanation.words import sentences
from cso_rules.loader.codes import NATIONAL
from cso_rules.messages import texts_of
from cso_rules.page.held import held
from cso_rules.page.script import script
from cso_rules.plan.kept.written import Json, canonical


def page(bundle: Bundle, places: Sequence[str], day: datetime.date, package: str | Path | None = NATIONAL) -> str:
    """Return the page.

    Args:
        bundle: The rules.
        places: The codes of the places that can be chosen, the first one chosen at the beginning.
        day: The day that is chosen at the beginning.
        package: The package from which the bundle was built; None where its files are not there, so that citations lead
            nowhere.
    """
    holding = held(bundle, places, package)
    words = {language: sentences_of(language) for language in ("zh", "en")}
    code, style = script(), _static("page.css")
    head = {
        "day": day.isoformat(),
        "from": bundle.content["from"],
        "until": bundle.content["until"],
        "places": holding.places,
    }
    data = [
        _data("held-places", canonical(head)),
        _data("held-sentences", packed(words)),
        _data("held-rules", packed(holding.rules)),
    ]
    parts = [
        _head(holding.title.zh, style, code),
        element("body", *_frame(words), *data, element("script", Markup(code))),
    ]
    return f"<!DOCTYPE html>\n{element('html', *parts, lang='zh-CN')}\n"


def packed(document: Json) -> str:
    """Return a document compressed (raw deflate) and as letters, as the page unpacks it."""
    compressor = zlib.compressobj(level=9, wbits=-15)
    found = compressor.compress(canonical(document).encode()) + compressor.flush()
    return base64.b64encode(found).decode("ascii")


def sentences_of(language: str) -> dict[str, str]:
    """Return the sentences of the page in a language, those of notices among them."""
    return {**sentences(language), **texts_of("page", language)}


def _static(name: str) -> str:
    return resources.files("cso_rules.page").joinpath("static", name).read_text(encoding="utf-8")


def _data(identity: str, text: str) -> Markup:
    return element("script", Markup(text.replace("<", "\\u003c")), type="application/json", id=identity)


def _head(title: str, style: str, code: str) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_security(style, code)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(style)),
    )


def _security(style: str, code: str) -> str:
    """Return what the browser allows: this script and this style, and no connection."""
    hashes = (base64.b64encode(hashlib.sha256(own.encode()).digest()).decode() for own in (style, code))
    own_style, own_script = hashes
    own = f"style-src 'sha256-{own_style}'; script-src 'sha256-{own_script}'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _both(words: Json, key: str) -> str:
    return " ".join(words[language][key] for language in ("zh", "en"))


def _choices() -> Iterable[Markup]:
    """Return place and day."""
    yield element("p", element("label", for_="place", id="place-label"), element("select", id="place"))
    yield element("p", element("label", for_="day", id="day-label"), element("input", id="day", type="date"))


def _frame(words: Json) -> Iterable[Markup]:
    """Return what the script fills."""
    yield element("a", href="#ask", id="skip", class_="skip")
    yield element(
        "header",
        element("div", element("h1", id="title"), element("div", id="tools"), class_="top"),
        element("div", *_choices(), class_="where"),
        element("details", id="about"),
        element("p", id="said", role="status"),
        element("noscript", element("p", _both(words, "page_noscript"))),
        element("p", _both(words, "page_too_old"), id="old"),
    )
    yield element(
        "section",
        element("h2", id="list-title", tabindex="-1"),
        element("div", id="list-entry"),
        element("p", id="list-count", role="status", tabindex="-1"),
        *(element("div", id=f"list-{part}") for part in ("numbers", "groups", "lines", "unread")),
        id="list",
        aria_labelledby="list-title",
        hidden="",
    )
    heading = element("h2", id="answer-title", tabindex="-1")
    answer = (heading, *(element("div", id=part) for part in ("first", "later", "numbers")))
    yield element(
        "main",
        element("p", id="bar", role="status", aria_live="polite"),
        element("div", id="ask"),
        element("div", *answer, id="answer"),
        class_="frame",
    )
    yield element("div", id="paper")
