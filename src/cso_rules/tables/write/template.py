"""An empty list to be filled in: a column for each fact that decisions need, with choices, hints and legal bases.

In comes a policy; out goes a workbook whose headings are read back as they stand.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from typing import IO, Any, Final

import attrs

from cso_rules.engine.determine import determine
from cso_rules.errors import MissingExtraError, UnknownNameError
from cso_rules.model.decisions import ValueDecision, inputs_of, rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import Type
from cso_rules.tables.read.headings import IDENTIFIER, NAME, SITE, own_columns

ROWS: Final = 1000
"""Rows below the header that have choices and hints."""
_TITLE, _HINT, _LIST = 32, 255, 255
"""Letters for which a spreadsheet has room in the title and the text of a hint, and in a list of choices."""
_CITED: Final = 3
_WIDE: Final = 12
LIST: Final = Label(zh="名单", en="list")
MEANING: Final = Label(zh="各列说明", en="what to fill in")
CHOICES: Final = Label(zh="选项", en="choices")
LEAVE_BLANK: Final = Label(zh="不清楚请留空，不要填 0 或“无”", en="leave blank if unknown, not 0 or none")
SEVERAL: Final = Label(zh="可填多项，用顿号隔开：", en="one or more, with commas between them: ")
HEADS: Final = (
    Label(zh="列", en="column"),
    Label(zh="问题", en="question"),
    Label(zh="含义", en="definition"),
    Label(zh="填法", en="what to write"),
    Label(zh="依据", en="legal basis"),
)
KINDS: Final = {
    "boolean": Label(zh="填“是”或“否”", en="yes or no"),
    "integer": Label(zh="填整数", en="a whole number"),
    "decimal": Label(zh="填数字", en="a number"),
    "money": Label(zh="填数字，至多两位小数", en="a number with at most two decimals"),
    "date": Label(zh="填日期，例如 2018-01-31；只知年月也可，例如 2018年1月", en="a date such as 2018-01-31"),
    "enumeration": Label(zh="从选项中选一项：", en="one of: "),
    "set": SEVERAL,
    "text": Label(zh="填文字", en="a text"),
}
YES_NO: Final = (Label(zh="是", en="yes"), Label(zh="否", en="no"))


@attrs.frozen(kw_only=True)
class Template:
    """What a list asks for.

    Attributes:
        policy: The rules whose facts are asked for.
        facts: The facts, in the order to ask.
        language: `zh` or `en`.
    """

    policy: Policy
    facts: tuple[Fact, ...]
    language: str = "zh"

    @classmethod
    def of(cls, policy: Policy, decisions: Collection[str] = (), language: str = "zh") -> Template:
        """Return the list for some decisions, by themselves for the first answer.

        Raises:
            UnknownNameError: There is no such decision.
        """
        for name in decisions:
            if name not in policy.decisions:
                raise UnknownNameError("decision", name)
        wanted = frozenset(decisions or (policy.headline,))
        missing = determine(policy, {}).missing_facts
        names = [found.name for found in missing if wanted & set(found.settles) and found.name in policy.facts]
        return cls(policy=policy, facts=tuple(policy.facts[name] for name in names), language=language)

    def say(self, label: Label) -> str:
        """Return a label in the language of the list."""
        return label.in_language(self.language)

    @property
    def own_headings(self) -> tuple[str, ...]:
        """The headings of the columns that say which organization a row is about, and where it is."""
        columns = own_columns(self.policy.presentation.entities)
        kept = [column for column in (IDENTIFIER, NAME, SITE) if column in columns]
        return tuple(next(text for text in columns[name] if text.isascii() == (self.language == "en")) for name in kept)

    def heading(self, fact: Fact) -> str:
        """Return the heading of a fact: its label, with its unit if it has one."""
        if fact.unit is None:
            return self.say(fact.label)
        return {"zh": "{}（{}）", "en": "{} ({})"}[self.language].format(self.say(fact.label), self.say(fact.unit))

    def choices(self, kind: Type) -> tuple[str, ...]:
        """Return what may be chosen for a fact; nothing where it is written freely."""
        if kind.kind == "boolean":
            return tuple(map(self.say, YES_NO))
        if kind.enumeration is None:
            return ()
        return tuple(map(self.say, self.policy.enumerations[kind.enumeration].labels))

    def how(self, fact: Fact) -> str:
        """Return how a fact is written."""
        named = self.choices(fact.type) if fact.type.kind in {"enumeration", "set"} else ()
        return self.say(KINDS[fact.type.kind]) + ({"zh": "、", "en": ", "}[self.language].join(named))

    def basis(self, fact: Fact) -> str:
        """Return the provisions of the rules that read a fact, the first ones of many."""
        cited = dict.fromkeys(
            f"{self.say(one.title)} {self.say(one.article)}".strip() for one in _cited(self.policy, fact)
        )
        return {"zh": "；", "en": "; "}[self.language].join(list(cited)[:_CITED])


def _cited(policy: Policy, fact: Fact) -> Iterator[Any]:
    for decision in policy.decisions.values():
        for rule in rules_of(decision):
            if fact.name in variables(rule.condition):
                yield from rule.citations
        if isinstance(decision, ValueDecision) and fact.name in inputs_of(decision):
            yield from decision.cited


def write_template(stream: IO[bytes], template: Template) -> None:
    """Write an empty list as a workbook.

    Raises:
        MissingExtraError: The extra `tables` is not installed.
    """
    try:
        import xlsxwriter  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError("tables") from error
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheets = [book.add_worksheet(template.say(name)) for name in (LIST, MEANING, CHOICES)]
        sheets[2].hide()
        _write_list(book, sheets[0], sheets[2], template)
        _write_meaning(book, sheets[1], template)
    stream.write(data.getvalue())


def _write_list(book: Any, sheet: Any, choices: Any, template: Template) -> None:
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "bg_color": "#DDEBF7"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for place, text in enumerate(template.own_headings):
        sheet.write_string(0, place, text, head)
    start = len(template.own_headings)
    sheet.set_column(0, start - 1, 2 * _WIDE)
    for place, fact in enumerate(template.facts, start=start):
        sheet.write_string(0, place, template.heading(fact), head)
        sheet.set_column(place, place, 1.5 * _WIDE, day if fact.type.kind == "date" else None)
        sheet.data_validation(1, place, ROWS, place, _validation(template, fact, choices, place))
    sheet.set_row(0, 4 * _WIDE)
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _validation(template: Template, fact: Fact, choices: Any, place: int) -> dict[str, Any]:
    """Return the hint of a column, with a list where one of several values is chosen."""
    hint = f"{template.say(fact.question)}\n{template.how(fact)}\n{template.say(LEAVE_BLANK)}"
    found: dict[str, Any] = {
        "validate": "any", "input_title": template.say(fact.label)[:_TITLE], "input_message": _cut(hint),
    }  # fmt: skip
    names = template.choices(fact.type)
    if names and fact.type.kind != "set":
        found |= {"validate": "list", "source": _source(template, choices, names, place), "error_type": "warning"}
    return found


def _source(template: Template, choices: Any, names: Sequence[str], place: int) -> list[str] | str:
    """Return a list of choices, on a sheet of its own where it is long or holds commas."""
    if len(",".join(names)) <= _LIST and not any("," in name for name in names):
        return list(names)
    choices.write_column(0, place, names)
    import xlsxwriter.utility as cells  # type: ignore[import-untyped]

    column = cells.xl_col_to_name(place)
    return f"='{template.say(CHOICES)}'!${column}$1:${column}${len(names)}"


def _cut(text: str) -> str:
    return text if len(text) <= _HINT else text[: _HINT - 1] + "…"


def _write_meaning(book: Any, sheet: Any, template: Template) -> None:
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_row(0, 0, [template.say(head) for head in HEADS], bold)
    for row, fact in enumerate(template.facts, start=1):
        cells = (
            template.heading(fact), template.say(fact.question), template.say(fact.definition),
            template.how(fact), template.basis(fact),
        )  # fmt: skip
        for column, text in enumerate(cells):
            sheet.write_string(row, column, text, wrapped)
    sheet.write_string(len(template.facts) + 2, 0, template.say(LEAVE_BLANK), bold)
    for column, width in enumerate((24, 32, 40, 40, 48)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
