"""The page: one HTML file that asks about one organization and answers by the rules of some places on a day.

In come policies; out goes text. Guaranteed: the same policies give the same bytes; the file asks for nothing
elsewhere, which its own security policy forbids.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
import zlib
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from cso_rules.explanation.markup import Markup, element
from cso_rules.explanation.words import sentences
from cso_rules.model.policy import Policy
from cso_rules.page.rules_json import published_addresses, rules_json
from cso_rules.page.script import script
from cso_rules.plan.kept.written import Json, canonical


def page(policies: Sequence[Policy], package: str | Path | None = "cn") -> str:
    """Return the page.

    Args:
        policies: The rules of each place that can be chosen, the first one chosen at the beginning.
        package: The package from which they were loaded; None where its files are not there, so that citations lead
            nowhere.
    """
    held = [_held(own) for own in policies]
    words = {language: sentences_of(language) for language in ("zh", "en")}
    code, style = script(), _static("page.css")
    data = [_data("held-places", canonical(held)), _data("held-sentences", canonical(words))]
    data += [_data(f"held-rules-{own.jurisdiction}", packed(_rules(own, package))) for own in policies]
    parts = [_head(policies[0], style, code), element("body", *_frame(words), *data, element("script", Markup(code)))]
    return f"<!DOCTYPE html>\n{element('html', *parts, lang='zh-CN')}\n"


def _held(policy: Policy) -> Json:
    """Return what a place is called: by its rules, and by its code too where some level of it has none of its own."""
    zh, en, code = policy.title.zh, policy.title.en, policy.jurisdiction
    title = [zh, en] if policy.place_notice is None else [f"{zh}（{code}）", f"{en} ({code})"]
    return {"place": code, "day": policy.as_of.isoformat(), "title": title}


def _rules(policy: Policy, package: str | Path | None) -> Json:
    return rules_json(policy, {} if package is None else published_addresses(policy, package))


def packed(document: Json) -> str:
    """Return a document compressed (raw deflate) and as letters, as the page unpacks it."""
    compressor = zlib.compressobj(level=9, wbits=-15)
    found = compressor.compress(canonical(document).encode()) + compressor.flush()
    return base64.b64encode(found).decode("ascii")


def sentences_of(language: str) -> dict[str, str]:
    """Return the sentences of the page in a language, those of notices among them."""
    file = resources.files("cso_rules.messages").joinpath(f"page_{language}.toml")
    return {**sentences(language), **tomllib.loads(file.read_text(encoding="utf-8"))}


def _static(name: str) -> str:
    return resources.files("cso_rules.page").joinpath("static", name).read_text(encoding="utf-8")


def _data(identity: str, text: str) -> Markup:
    return element("script", Markup(text.replace("<", "\\u003c")), type="application/json", id=identity)


def _head(policy: Policy, style: str, code: str) -> Markup:
    title = policy.presentation.notices.title or policy.title
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_security(style, code)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title.zh),
        element("style", Markup(style)),
    )


def _security(style: str, code: str) -> str:
    """Return what the browser allows: this script and this style, and no connection."""
    hashes = (base64.b64encode(hashlib.sha256(own.encode()).digest()).decode() for own in (style, code))
    own_style, own_script = hashes
    own = f"style-src 'sha256-{own_style}'; script-src 'sha256-{own_script}'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _frame(words: Json) -> Iterable[Markup]:
    """Return what the script fills."""
    both = [words[language]["page_noscript"] for language in ("zh", "en")]
    yield element("a", href="#ask", id="skip", class_="skip")
    yield element(
        "header",
        element("div", element("h1", id="title"), element("div", id="tools"), class_="top"),
        element("p", element("label", for_="place", id="place-label"), element("select", id="place"), class_="where"),
        element("details", id="about"),
        element("p", id="said", role="status"),
        element("noscript", element("p", " ".join(both))),
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
