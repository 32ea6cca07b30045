"""Which facts to collect next, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.studies.ask_next.ranking import AskNext
from cso_rules.studies.wording import FINAL, NOTICE
from cso_rules.tables.write.plain_text import aligned

TEXTS: Final = {
    "title": Label(
        zh="{answered} 个{many}中有 {number} 个类别未定", en="{number} of {answered} {many} have an open {headline}"
    ),
    "none": Label(zh="没有需要补充的信息。", en="Nothing needs to be collected."),
    "facts": Label(zh="缺少的信息", en="missing facts"),
    "meaning": Label(
        zh="单独可定：无论取何值，补充这一项即可确定；可能可定：取某些值时可确定；不可缺：不补充这一项，无法保证确定。",
        en="settles: known alone, it settles the record whatever its value; may settle: with some value it does; "
        "necessary: no other facts are sure to settle the record without it.",
    ),
    "order": Label(zh="建议的收集顺序", en="order in which to collect"),
    "inexact": Label(
        zh="其中 {number} 个{many}情形过多，未逐一试算，按每一项都不可缺计。",
        en="{number} of the records have too many cases to try; each fact counts as necessary for them.",
    ),
    "final": FINAL,
}
COLUMNS: Final = {
    "fact": Label(zh="信息", en="fact"),
    "missing": Label(zh="缺少", en="missing"),
    "settles": Label(zh="单独可定", en="settles"),
    "may_settle": Label(zh="可能可定", en="may settle"),
    "necessary": Label(zh="不可缺", en="necessary"),
    "place": Label(zh="序", en="no."),
    "settled": Label(zh="新确定", en="settled"),
    "total": Label(zh="累计确定", en="in all"),
    "question": Label(zh="问题", en="question"),
}


@attrs.frozen(kw_only=True)
class AskNextReport:
    """What to collect, in one language."""

    found: AskNext
    language: str = "zh"

    def say(self, key: str, **parts: object) -> str:
        """Return a sentence with its places filled."""
        policy = self.found.policy
        named = {"many": policy.subject.many, "headline": policy.heading(policy.headline)}
        return TEXTS[key].filled(**named, **parts).in_language(self.language)

    def _heads(self, *keys: str) -> list[str]:
        return [COLUMNS[key].in_language(self.language) for key in keys]

    def _fact(self, name: str) -> str:
        fact = self.found.policy.facts.get(name)
        return name if fact is None else fact.label.in_language(self.language)

    def _question(self, name: str) -> str:
        fact = self.found.policy.facts.get(name)
        return "" if fact is None else fact.question.in_language(self.language)

    def lines(self) -> Iterator[str]:
        """Yield the report as text."""
        found = self.found
        yield self.say("title", answered=found.answered, number=len(found.records))
        if not found.records:
            yield self.say("none")
            return
        yield ""
        yield self.say("facts")
        yield self.say("meaning")
        table = [self._heads("fact", "missing", "settles", "may_settle", "necessary")]
        table += [
            [self._fact(item.name), *map(str, (item.missing, item.settles, item.may_settle, item.necessary))]
            for item in found.facts
        ]
        yield from aligned(table, numbers_right=True)
        yield ""
        yield self.say("order")
        steps = [self._heads("place", "fact", "settled", "total", "question")]
        steps += [
            [str(place), self._fact(step.name), str(step.settled), str(step.total), self._question(step.name)]
            for place, step in enumerate(found.order, start=1)
        ]
        yield from aligned(steps, numbers_right=True)
        if found.inexact:
            yield self.say("inexact", number=found.inexact)
        yield ""
        yield self.say("final")

    def json(self) -> dict[str, Any]:
        """Return the JSON form (format 1)."""
        found = self.found
        return {
            "format": 1,
            "policy": found.policy.id,
            "digest": found.policy.digest,
            "answered": found.answered,
            "refused": found.refused,
            "open": len(found.records),
            "inexact": found.inexact,
            "facts": [{**attrs.asdict(item), **self._named(item.name)} for item in found.facts],
            "order": [{**attrs.asdict(step), **self._named(step.name)} for step in found.order],
            "records": [
                {
                    "row": record.number,
                    "id": record.id,
                    "missing": list(record.need.missing),
                    "settling": _listed(record.need.missing, record.need.settling),
                    "may_settle": _listed(record.need.missing, record.need.hopeful),
                    "necessary": _listed(record.need.missing, record.need.necessary),
                    "is_exact": record.need.is_exact,
                }
                for record in found.records
            ],
            "notice": NOTICE,
        }

    def _named(self, name: str) -> dict[str, Any]:
        fact = self.found.policy.facts.get(name)
        return {} if fact is None else {"label": attrs.asdict(fact.label), "question": attrs.asdict(fact.question)}


def _listed(order: tuple[str, ...], names: frozenset[str]) -> list[str]:
    return [name for name in order if name in names]
