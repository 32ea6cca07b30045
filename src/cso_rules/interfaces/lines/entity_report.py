"""Everything that the rules say about the rows of a table of any entity, as text, JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import attrs

from cso_rules.model.instruments import Label

HEADINGS: Final = {
    "row": Label(zh="行", en="row"),
    "id": Label(zh="编号", en="id"),
    "name": Label(zh="名称", en="name"),
    "decision": Label(zh="决定", en="decision"),
    "status": Label(zh="状态", en="status"),
    "answer": Label(zh="结论", en="answer"),
    "modality": Label(zh="语气", en="modality"),
    "addressee": Label(zh="对象", en="addressee"),
    "due": Label(zh="期限", en="due"),
    "provisions": Label(zh="依据", en="provisions"),
    "missing": Label(zh="所缺", en="missing"),
}
TITLES: Final = {
    "answers": Label(zh="结论", en="Answers"),
    "duties": Label(zh="确定适用的各项（按期限先后）", en="What applies, in order of date"),
    "open": Label(zh="可能适用", en="What may apply"),
    "missing": Label(zh="还需要知道", en="What is missing"),
}
ROW: Final = Label(zh="第 {} 行", en="row {}")
NO_RULE: Final = Label(zh="当日没有现行规则：{}", en="no rule in force on this day: {}")
UNSURE: Final = Label(zh="可能适用", en="may apply")
SURE: Final = Label(zh="适用", en="applies")


@attrs.frozen(kw_only=True)
class _Line:
    """One line of CSV about a row: an answer, or an item of a list."""

    decision: str
    status: str
    answer: str
    modality: str = ""
    addressee: str = ""
    due: str = ""
    provisions: str = ""
    missing: str = ""


@attrs.frozen(kw_only=True)
class EntityReport:
    """The answers about the rows of a table.

    Attributes:
        rows: The rows that were answered.
        language: `zh` or `en`.
    """

    rows: tuple[Any, ...]
    language: str

    def lines(self) -> Iterator[str]:
        """Yield the report as text, one row after the other."""
        for place, row in enumerate(self.rows):
            yield from [""] if place else []
            yield from self._row(row)

    def json(self) -> list[dict[str, Any]]:
        """Return each row with its determination, and what applies in order of date."""
        from cso_rules.determination import to_json

        return [
            {
                "row": row.number, "id": row.id, "name": row.name,
                "entity": row.determination.policy.entity,
                "duties": [self._duty_json(duty) for duty in self._duties(row)],
                "determination": to_json(row.determination),
            }
            for row in self.rows
        ]  # fmt: skip

    def csv(self) -> str:
        """Return one line for each answer and each item of a list."""
        from cso_rules.tables.write.plain_text import csv_text

        heading = [label.in_language(self.language) for label in HEADINGS.values()]
        pairs = ((row, line) for row in self.rows for line in self._table(row))
        told = ((str(row.number), row.id, row.name, *attrs.astuple(line)) for row, line in pairs)
        return csv_text([heading, *told])

    # ------------------------------------------------------------------------------------------ parts

    def _account(self, row: Any) -> Any:
        from cso_rules.explanation.account import Account

        return Account.of(row.determination, self.language)

    def _duties(self, row: Any) -> list[Any]:
        from cso_rules.explanation.lists import duties

        return duties(self._account(row).words, row.determination)

    def _single(self, row: Any) -> list[Any]:
        """Return the answers that are no lists, and those lists of which no rule is in force."""
        from cso_rules.explanation.lists import is_list

        return [found for found in row.determination.outcomes.values() if not is_list(found)]

    def _lists(self, row: Any) -> list[Any]:
        from cso_rules.explanation.lists import is_list

        return [found for found in row.determination.outcomes.values() if is_list(found)]

    def _missing(self, row: Any, decision: str | None = None) -> list[Any]:
        found = row.determination.missing_facts
        return [one for one in found if decision is None or decision in one.settles]

    # ------------------------------------------------------------------------------------------ text

    def _row(self, row: Any) -> Iterator[str]:
        from cso_rules.explanation.lists import due_text, open_lines

        account, found = self._account(row), row.determination
        policy = found.policy
        name = row.name or row.id or ROW.in_language(self.language).format(row.number)
        label = policy.subject.label.in_language(self.language)
        heading = {"zh": "{}：{}（{}，{}）", "en": "{}: {} ({}, {})"}[self.language]
        yield heading.format(label, name, policy.jurisdiction, policy.as_of)
        yield from self._titled("answers", self._answers(account, row))
        told = (
            duty.text + due_text(account.words, found, duty.due) + self._behind(account.words, duty)
            for duty in self._duties(row)
        )
        yield from self._titled("duties", told)
        yield from self._titled("open", open_lines(account.words, found, self._lists(row)))
        yield from self._titled("missing", account.questions(self._missing(row)))

    def _answers(self, account: Any, row: Any) -> Iterator[str]:
        """Yield each answer as a sentence, and in one line what no rule decides on the day."""
        without = []
        for outcome in self._single(row):
            if outcome.status.value == "no_rule_in_force":
                without.append(account.words.label(outcome.decision.label))
            else:
                yield account.sentence(outcome)
        if without:
            yield NO_RULE.in_language(self.language).format(account.words.joined(without))

    def _behind(self, words: Any, duty: Any) -> str:
        """Return whom a duty addresses, and its provisions, in brackets."""
        parts = [*([duty.addressee] if duty.addressee else []), *dict.fromkeys(map(words.source, duty.citations))]
        mark = {"zh": "（{}）", "en": " ({})"}[self.language]
        return mark.format({"zh": "；", "en": "; "}[self.language].join(parts)) if parts else ""

    def _titled(self, key: str, lines: Iterable[str]) -> Iterator[str]:
        body = list(lines)
        if body:
            yield f"  {TITLES[key].in_language(self.language)}"
            yield from (f"  - {line}" for line in body)

    # ------------------------------------------------------------------------------------------ JSON and CSV

    def _duty_json(self, duty: Any) -> dict[str, Any]:
        rule, columns, _ = duty.item
        ends = None if duty.due is None else [duty.due.earliest.isoformat(), duty.due.latest.isoformat()]
        return {
            "decision": duty.decision, "rule": rule.id, "columns": columns, "text": duty.text,
            "modality": rule.modality, "addressee": rule.addressee, "due": ends,
            "citations": [f"{one.instrument} {one.provision}" for one in duty.citations],
        }  # fmt: skip

    def _table(self, row: Any) -> Iterator[_Line]:
        from cso_rules.explanation.lists import open_items
        from cso_rules.explanation.reasons import open_facts

        account, found = self._account(row), row.determination
        words = account.words
        for outcome in self._single(row):
            name = outcome.decision.name
            yield _Line(
                decision=words.label(outcome.decision.label), status=_status(words, outcome),
                answer=self._answer(account, outcome),
                provisions=self._sources(words, outcome.citations), missing=self._names(words, row, name),
            )  # fmt: skip
        for duty in self._duties(row):
            yield self._item(words, found[duty.decision], duty.item, SURE, duty)
        for outcome in self._lists(row):
            for item in open_items(found, outcome):
                asked = open_facts(item[0].condition, words, found.environment, found.policy.headline)
                line = self._item(words, outcome, item, UNSURE, None)
                yield attrs.evolve(line, missing=words.joined(map(words.name, asked)))

    def _answer(self, account: Any, outcome: Any) -> str:
        """Return the answer, or the answers that remain."""
        return "" if outcome.status.value == "no_rule_in_force" else str(account.possible(outcome))

    def _item(self, words: Any, outcome: Any, item: Any, status: Label, duty: Any) -> _Line:
        from cso_rules.loader.grammar.words import MODALITIES

        rule, columns, _ = item
        due = None if duty is None else duty.due
        days = "" if due is None else str(due.date) if due.date else f"{due.earliest} .. {due.latest}"
        return _Line(
            decision=words.label(outcome.decision.label),
            status=words.label(status),
            answer=words.columns(outcome.decision, columns),
            modality=words.label(MODALITIES[rule.modality]) if rule.modality else "",
            addressee=words.named(words.policy.presentation.addressees, rule.addressee or ""),
            due=days,
            provisions=self._sources(words, outcome.citations_of(rule)),
        )

    def _sources(self, words: Any, citations: Iterable[Any]) -> str:
        return "; ".join(dict.fromkeys(map(words.source, citations)))

    def _names(self, words: Any, row: Any, decision: str) -> str:
        return ", ".join(words.name(one.name) for one in self._missing(row, decision))


def _status(words: Any, outcome: Any) -> str:
    from cso_rules.loader.grammar.words import ANSWER_STATUSES

    return str(words.label(ANSWER_STATUSES[outcome.status.value]))
