"""Provisions as people cite them: title or number of an instrument with an article, such as 国务院令第250号 第十条.

In comes a text; out go the ids of all provisions that it names: with an article those of its items, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from cso_rules.model.instruments import Citation
from cso_rules.model.spelling.numerals import with_digits

_STATE = "中华人民共和国"
_IGNORED = re.compile(r"[\s第《》〈〉“”\"'〔〕\[\]()【】,、:_-]+")
_TAIL = re.compile(r"[((][^()()]*[))]$")
_ARTICLE = re.compile(r"^(?:article|art\.?)(?=\d)")


def provisions_named(text: str, citations: Mapping[str, Citation]) -> tuple[str, ...]:
    """Return the ids (instrument, a space, provision) that a text names; none where it names nothing there."""
    plain = _plain(text)
    return tuple(
        name
        for name, citation in citations.items()
        if any(
            plain.startswith(prefix) and _names_article(plain.removeprefix(prefix), citation)
            for prefix in _instrument_names(citation)
        )
    )


def written_names(citations: Mapping[str, Citation]) -> Iterator[str]:
    """Yield what provisions are called: their ids, and title or number with the article."""
    for name, citation in citations.items():
        yield name
        for first in filter(None, (citation.title.zh, citation.number)):
            yield f"{first} {citation.article.zh}"
        yield f"{citation.title.en} {citation.article.en}"


def _plain(text: str) -> str:
    """Return a text in one spelling: Arabic digits, small letters, no spaces, quotes or brackets."""
    return _IGNORED.sub("", with_digits(unicodedata.normalize("NFKC", text).casefold()))


def _instrument_names(citation: Citation) -> set[str]:
    """Return the spellings of an instrument: id, number, and its titles, also without the state and a remark."""
    titles = [citation.title.zh, citation.title.en]
    titles += [_TAIL.sub("", title.strip()) for title in titles]
    titles += [title.removeprefix(_STATE) for title in titles]
    return {plain for name in (citation.instrument, citation.number, *titles) if (plain := _plain(name))}


def _names_article(rest: str, citation: Citation) -> bool:
    """Tell whether an article is the one of a provision, or what that is a part of."""
    wanted = _ARTICLE.sub("article", rest)
    if not wanted:
        return False
    wholes = [_plain(citation.article.zh), _plain(citation.article.en)]
    starts = (wanted, f"{wanted}条", f"article{wanted}") if wanted.isdecimal() else (wanted,)
    return any(_begins(whole, start) for whole in wholes for start in starts)


def _begins(whole: str, start: str) -> bool:
    """Tell whether a text begins with another one that does not end within a number."""
    rest = whole.removeprefix(start)
    return whole.startswith(start) and not (start[-1].isdecimal() and rest[:1].isdecimal())
