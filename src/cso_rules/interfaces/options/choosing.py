"""One row of a table, chosen by id, name, serial number or row; what comes near where none fits."""

from __future__ import annotations

import difflib
import unicodedata
from typing import Any, Final

import click

from cso_rules.diagnostics import shortened
from cso_rules.interfaces.usage import run_language
from cso_rules.model.instruments import Label

MOST_NAMED: Final = 5
SERIAL: Final = frozenset({"序号", "no", "no.", "serial number"})
"""Headings of columns that count the rows."""
ONE_OF_BOTH = Label(zh="请用 --id 或 --row 指定一行", en="name one row, by --id or by --row")
NONE_FITS = Label(zh="表中没有这个{one}", en="there is no such {one} in the table")
NEAREST = Label(zh="{none}。最接近的：{list}", en="{none}; the nearest are: {list}")
NO_DECISION = Label(zh="没有这一项结论，可用：{list}", en="there is no one decision of this name; there are {list}")
NO_ENTITY = Label(zh="没有这种对象，可用：{list}", en="there is no such entity; there are {list}")
SEVERAL_FIT = Label(
    zh="有 {number} 个{many}符合，请用 --row 行号 指定其中一个：{list}",
    en="{number} {many} fit; name one by its row, with --row NUMBER: {list}",
)


def the_one(table: Any, summary: Any, identity: str | None, row: int | None) -> Any:
    """Return the row that is meant, answered or refused; of several that fit equally well none is taken.

    An id or name that is the same comes before one in other letters (wide or narrow, capital or small), that before
    a serial number, and that before the number of a row.
    """
    serial = next((place for place, text in enumerate(table.sheet.header) if _folded(text) in SERIAL), None)

    def ranked(item: Any, names: tuple[str, str]) -> int | None:
        return _rank(item, names, identity, row, serial)

    fitting: dict[int, list[Any]] = {}
    known: list[tuple[int, str, str]] = []
    for item in table.answers_where(lambda *of_row: ranked(*of_row) is not None, summary):
        known.append((item.number, item.id, item.name))
        rank = ranked(item, (item.id, item.name))
        if rank is not None:
            fitting.setdefault(rank, []).append(item)
    best = fitting[min(fitting)] if fitting else []
    if len(best) == 1:
        return best[0]
    shown = f"--row {row}" if identity is None else f"--id {shortened(identity)}"
    raise click.UsageError(f"{shown}: {_refusal(table, best, known, identity)}")


def _rank(item: Any, names: tuple[str, str], identity: str | None, row: int | None, serial: int | None) -> int | None:
    if identity is None:
        return 0 if item.number == row else None
    wanted = _folded(identity)
    fits = (
        identity in names,
        wanted in map(_folded, names),
        serial is not None and serial < len(item.cells) and wanted == _folded(str(item.cells[serial] or "")),
        wanted == str(item.number),
    )
    return next((rank for rank, is_fitting in enumerate(fits) if is_fitting), None)


def _refusal(table: Any, best: list[Any], known: list[tuple[int, str, str]], identity: str | None) -> str:
    lang, worded = run_language(), table.policy.presentation.entities.worded
    if best:
        listed = "; ".join(_named(item.number, item.id, item.name) for item in best[:MOST_NAMED])
        listed += " …" if best[MOST_NAMED:] else ""
        return str(worded(SEVERAL_FIT, number=len(best), list=listed).in_language(lang))
    none = str(worded(NONE_FITS).in_language(lang))
    near = nearest(known, identity) if identity is not None else []
    return NEAREST.filled(none=none, list="; ".join(_named(*each) for each in near)).in_language(lang) if near else none


def nearest(known: list[tuple[int, str, str]], wanted: str) -> list[tuple[int, str, str]]:
    """Return the rows whose id or name holds what was asked for, or comes near to it, the nearest first."""
    folded = _folded(wanted)
    texts: dict[str, list[tuple[int, str, str]]] = {}
    for each in known:
        for text in {_folded(each[1]), _folded(each[2])} - {""}:
            texts.setdefault(text, []).append(each)
    holding = [text for text in texts if folded and folded in text]
    close = difflib.get_close_matches(folded, texts, n=MOST_NAMED, cutoff=0.5)
    found = dict.fromkeys(each for text in dict.fromkeys((*holding, *close)) for each in texts[text])
    return list(found)[:MOST_NAMED]


def named_decision(policy: Any, wanted: str) -> str:
    """Return the decision of an id or of a label, one that only a place has too; refuse what is none, or several."""
    folded = _folded(wanted)
    both = {name: decision.label for name, decision in policy.decisions.items()}
    labels = {name: {_folded(label.zh), _folded(label.en)} for name, label in both.items()}
    found = [name for name, texts in labels.items() if name == wanted] or [
        name for name, texts in labels.items() if folded in texts
    ]
    if len(found) == 1:
        return str(found[0])
    lang = run_language()
    shown = {decision.label.in_language(lang): name for name, decision in policy.decisions.items()}
    near = found or [shown[label] for label in difflib.get_close_matches(wanted, shown, n=MOST_NAMED, cutoff=0.3)]
    listed = "; ".join(f"{policy.decisions[name].label.in_language(lang)} ({name})" for name in near)
    raise click.UsageError(f"--decision {shortened(wanted)}: {NO_DECISION.filled(list=listed).in_language(lang)}")


def named_entity(entities: Any, wanted: str) -> str:
    """Return the entity of an id or of a label in either language; refuse what is none."""
    folded = _folded(wanted)
    for entity in entities.all:
        if folded in {_folded(text) for text in (entity.name, entity.label.zh, entity.label.en, entity.plural)}:
            return str(entity.name)
    lang = run_language()
    listed = "; ".join(f"{entity.label.in_language(lang)} ({entity.name})" for entity in entities.all)
    raise click.UsageError(f"--entity {shortened(wanted)}: {NO_ENTITY.filled(list=listed).in_language(lang)}")


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _named(number: int, identifier: str, name: str) -> str:
    words = {"zh": "第 {} 行：编号 {}，名称 {}", "en": "row {}: id {}, name {}"}[run_language()]
    return words.format(number, *(shortened(text) if text else "-" for text in (identifier, name)))
