"""What the packages of a place change in the rules that they extend, as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cso_rules.analysis.rule_items import ItemDifference, RuleItems, differences, stages
from cso_rules.explanation.states import OPERATIONS
from cso_rules.interfaces.lines.item_lines import KINDS, WORDS, citation_lines, higher_law_lines, line
from cso_rules.interfaces.options.rules import RuleOptions
from cso_rules.loader.documents.declarations import PackageDeclaration
from cso_rules.loader.packages import rule_set
from cso_rules.model.instruments import Label
from cso_rules.model.policy import AppliedPackage, AsOne, Change

EXCEPT = "except when "
VERBS = {"adds": OPERATIONS["adds"], "removes": OPERATIONS["removes"], "changes": Label(zh="修改", en="changes")}
SAID_BY_OPERATION = {"sets": "value", "chooses": "default"}
"""The aspect that the line about a change gives already."""


def changed(options: RuleOptions) -> Iterator[str]:
    """Return lines about every change that the local packages make on the date, and everything that they add."""
    policy = options.policy()
    rules = rule_set(options.package, options.jurisdiction, drafts=options.drafts)
    found = stages(rules, policy.as_of, local_deviations=options.local_deviations)
    before: RuleItems = found[0][1]
    is_changed = False
    for package, (_, after) in zip(policy.packages, found, strict=True):
        yield _heading(package, options.lang)
        own = [change for change in policy.changes if change.package == package.id]
        if package.is_in_force:
            lines = list(_Package(before=before, after=after, language=options.lang).lines(own))
            is_changed = is_changed or bool(lines)
            yield from lines
        before = after
    if not is_changed:
        yield WORDS["no changes"].in_language(options.lang)


def change_lines(change: Change, items: RuleItems, language: str) -> Iterator[str]:
    """Return lines about one change: what became of what, what it rests on, and how it bears on higher law.

    Of changes that are made as one, what they share stands above them (`as_one_lines`).
    """
    name = change.path.partition("/")[0]
    named = next((item for (kind, path), item in items.items() if path == name and kind in _PLACES), None)
    label = f" {named.label.in_language(language)}" if named else ""
    texts = [_shown(change, text, items, language) for text in (change.old, change.new)]
    operation = OPERATIONS[change.operation].in_language(language)
    yield f"  {operation} {change.path}{label}: {' -> '.join(texts)} [{change.package}]"
    if change.as_one is None:
        yield from citation_lines(change.citations, language)
        yield from higher_law_lines(change, language)
    else:
        yield from citation_lines((one for one in change.citations if one not in change.as_one.citations), language)


def as_one_lines(change: Change, language: str) -> Iterator[str]:
    """Return lines about what changes that are made as one share; nothing about one that stands alone."""
    group = change.as_one
    if group is not None:
        colon = "：" if language == "zh" else ": "
        words = WORDS["as one"].in_language(language)
        yield f"  {words} {group.id}{colon}{group.label.in_language(language)} [{change.package}]"
        yield from citation_lines(group.citations, language)
        yield from higher_law_lines(change, language)


def indented(change: Change, lines: Iterable[str]) -> Iterator[str]:
    """Return lines about a change, further in where they stand under what it shares with others."""
    yield from (f"  {text}" if change.as_one is not None else text for text in lines)


_PLACES = frozenset({"decision", "parameter", "reading"})


def _shown(change: Change, text: str, items: RuleItems, language: str) -> str:
    """Return the old or new text of a change; labels and the words around a condition in the language."""
    if text.startswith(EXCEPT) and language == "zh":
        return f"仅在 {text.removeprefix(EXCEPT)} 时保留"
    known = [items.get(("rule", change.path)), items.get(("decision", change.path))]
    label = next((item.label for item in known if item is not None and item.label.zh == text), None)
    return (label.in_language(language) if label else text) or "-"


def _heading(package: AppliedPackage, language: str) -> str:
    mark = "*" if package.is_in_force else " "
    state = WORDS[package.status].in_language(language)
    said = "".join(f"; {WORDS[word].in_language(language)}" for word in unconfirmed_words(package))
    said += "".join(f"; {text}" for text in superseded_words(package, language))
    return f"{mark} {package.id} {package.title.in_language(language)} ({package.jurisdiction}; {state}{said})"


def superseded_words(package: AppliedPackage | PackageDeclaration, language: str) -> list[str]:
    """Return by which package another one was superseded; nothing where there is none."""
    if not package.superseded_by:
        return []
    return [f"由 {package.superseded_by} 取代" if language == "zh" else f"superseded by {package.superseded_by}"]


def unconfirmed_words(package: AppliedPackage | PackageDeclaration) -> list[str]:
    """Return the words for what is not certain about a package as a whole."""
    said = {
        "in preparation": package.is_in_preparation,
        "start not confirmed": not package.is_start_confirmed,
        "not confirmed": not package.is_end_confirmed,
    }
    return [word for word, holds in said.items() if holds]


class _Package:
    """What one package makes of the items before it."""

    def __init__(self, *, before: RuleItems, after: RuleItems, language: str) -> None:
        self.items: RuleItems = {**before, **after}
        self.language = language
        self.differing = list(differences(before, after))

    def lines(self, changes: list[Change]) -> Iterator[str]:
        shown: set[int] = set()
        above: AsOne | None = None
        for change in changes:
            if change.as_one != above:
                yield from as_one_lines(change, self.language)
                above = change.as_one
            yield from indented(change, change_lines(change, self.items, self.language))
            for place, found in enumerate(self.differing):
                if place not in shown and _belongs(found, change):
                    shown.add(place)
                    yield from indented(change, self._detail(found, change))
        for place, found in enumerate(self.differing):
            if place not in shown:
                yield from self._alone(found)

    def _detail(self, found: ItemDifference, change: Change) -> Iterator[str]:
        """Return what the line about a change does not say yet; a rule of a whole decision has a line of its own."""
        if found.item.path == change.path:
            said = [SAID_BY_OPERATION.get(change.operation), "cite"] if change.new else ["cite"]
            yield from self._aspects(found, 4, [(word, change.old, change.new) for word in [*said, "when"] if word])
            return
        label = found.item.label.in_language(self.language)
        yield f"    {VERBS[found.operation].in_language(self.language)} {found.item.path} {label}"
        yield from self._aspects(found, 6, [("before", "", "")])
        yield from citation_lines(found.citations, self.language)

    def _aspects(self, found: ItemDifference, indent: int, said: list[tuple[str, str, str]]) -> Iterator[str]:
        for word, old, new in found.aspects:
            texts = [text.in_language(self.language) if text else "" for text in (old, new)]
            is_said = any(
                word == known and (word != "when" or [before, after] == texts) for known, before, after in said
            )
            if not is_said:
                yield line(word, _became(found, texts), self.language, indent)

    def _alone(self, found: ItemDifference) -> Iterator[str]:
        """Return a change that no entry of `changes.yaml` makes: what the other files of a package add."""
        kind, label = (text.in_language(self.language) for text in (KINDS[found.item.kind], found.item.label))
        yield f"  {VERBS[found.operation].in_language(self.language)} {kind} {found.item.path} {label}"
        yield from self._aspects(found, 4, [])
        yield from citation_lines(found.citations, self.language)


def _became(found: ItemDifference, texts: list[str]) -> str:
    if found.operation == "adds":
        return texts[1]
    return texts[0] if found.operation == "removes" else " -> ".join(text or "-" for text in texts)


def _belongs(found: ItemDifference, change: Change) -> bool:
    item = found.item
    if item.kind == "rule":
        return change.path in {item.path, item.path.partition("/")[0]}
    return item.kind in _PLACES and item.path == change.path
