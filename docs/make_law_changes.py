# ruff: noqa: INP001, E501 - one paragraph of the page stays one line
"""Write docs/reference/changes-of-the-law.md from the dates in all packages: python docs/make_law_changes.py."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import attrs

from cso_rules.book.names import number
from cso_rules.loader.documents.declarations import DatedValue, Declarations, PackageDeclaration
from cso_rules.loader.documents.periods import Period
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import neighbours, package_path
from cso_rules.model.instruments import Label
from cso_rules.model.types import Type

PAGE = Path(__file__).parent / "reference" / "changes-of-the-law.md"
HEAD = """# Changes of the law

What changed on which day, by the dated entries of `policies/`: instruments that come into force or end, numbers, and rules. The newest day comes first. `python docs/make_law_changes.py` writes this page; do not
edit it by hand. A change of the library is another thing and stands in the [changelog](../../CHANGELOG.md); provisions behind each number are shown by `cso-rules show NAME --as-of DAY`.

规则文件所载的法规变动，按日期由近及远：文件的施行与失效、数额、规则。

| day 日期 | rules 规则 | 变动 | change |
|---|---|---|---|"""
BEGINS = Label(zh="《{title}》施行", en="{title} comes into force")
ENDS = Label(zh="《{title}》不再适用", en="{title} ends")
IN_PART = Label(zh="《{title}》部分条款起止", en="{title}: some provisions begin or end")
DRAFT = " 草案 draft"
UNSEEN = Label(zh="《{title}》已被修改，新文本未见", en="{title} was changed by a text that was not seen")
NUMBER = Label(zh="{label}：{number}", en="{label}: {number}")
REMOVED = Label(zh="取消", en="removed")
RULES = Label(zh="{label}：{begin} 条规则开始，{end} 条结束", en="{label}: rules that begin: {begin}, that end: {end}")
DECISION = Label(zh="{label}：由当地规定", en="{label}: decided by rules of its own")


@attrs.frozen(order=True)
class LawChange:
    """A change, the day on which it counts first, and the package that says so."""

    day: datetime.date
    package: str
    zh: str
    en: str


def page() -> str:
    """Return the page."""
    base = package_path("cn")
    found = {change for folder in (base, *neighbours(base)) for change in changes_of(folder)}
    packages = {change.package for change in found}
    newest = sorted(found, key=lambda change: (-change.day.toordinal(), change.package != f"`{base.name}`", change))
    rows = (f"| {one.day} | {one.package} | {one.zh} | {one.en} |" for one in newest)
    return "\n".join([HEAD, *rows, "", f"{len(found)} changes in {len(packages)} packages.", ""])


def changes_of(folder: Path) -> Iterator[LawChange]:
    """Yield what a package itself changes on some day."""
    found, _ = declarations(folder)
    package = found.packages[-1]
    for day, label in (*_instruments(found, folder.name), *_numbers(found, package), *_rules(found, package)):
        standing = DRAFT if package.status == "draft" else ""
        yield LawChange(day, f"`{package.id}`{standing}", label.zh, label.en)


def _instruments(found: Declarations, folder: str) -> Iterator[tuple[datetime.date, Label]]:
    own = {name: source for name, source in found.sources.items() if source.span.source.path.startswith(f"{folder}/")}
    for name, source in own.items():
        held = [each.period for each in found.provisions.values() if each.citation.instrument == name]
        starts, ends = {period.start for period in held}, {period.end for period in held}
        if not held:
            continue
        first = None if None in starts else min(day for day in starts if day)
        last = None if None in ends else max(day for day in ends if day)
        yield from _said(first, BEGINS, source.title)
        yield from _said(last, ENDS, source.title)
        for day in {*starts, *ends} - {first, last, None}:
            yield from _said(day, IN_PART, source.title)
        if name in found.amendments:
            yield from _said(found.amendments[name].on, UNSEEN, source.title)


def _said(day: datetime.date | None, text: Label, title: Label) -> Iterator[tuple[datetime.date, Label]]:
    """Yield a day with a text about an instrument; its Chinese title may bear the marks of a title already."""
    if day is not None:
        yield day, text.filled(title=Label(zh=title.zh.removeprefix("《").removesuffix("》"), en=title.en))


def _numbers(found: Declarations, package: PackageDeclaration) -> Iterator[tuple[datetime.date, Label]]:
    """Yield numbers on the first day of each that differs from the one before."""
    if len(found.packages) == 1:
        for parameter in found.parameters.values():
            before = None
            for value in sorted(parameter.values, key=lambda each: each.period.start or datetime.date.min):
                if value.period.start and (before is None or value.numbers != before.numbers):
                    yield value.period.start, _number(parameter.label, parameter.type, value)
                before = value
        return
    for change in found.changes:
        if change.package.id == package.id and change.value is not None and change.period.start:
            parameter = found.parameters[change.path]
            yield change.period.start, _number(parameter.label, parameter.type, change.value)


def _number(label: Label, kind: Type, value: DatedValue) -> Label:
    if value.numbers is None:
        return NUMBER.filled(label=label, number=REMOVED)
    shown = [f"{key} {number(kind, each)}".strip() for key, each in value.numbers.items()]
    return NUMBER.filled(label=label, number=", ".join(shown))


def _rules(found: Declarations, package: PackageDeclaration) -> Iterator[tuple[datetime.date, Label]]:
    """Yield for each decision how many of its rules begin or end on a day."""
    if len(found.packages) == 1:
        for decision in found.decisions.values():
            yield from _counted(decision.label, [rule.period for rule in decision.rules])
        return
    for owner, decision in found.local_decisions:
        if owner.id == package.id and owner.period.start:
            yield owner.period.start, DECISION.filled(label=decision.label)
    paths: dict[str, list[Period]] = {}
    for change in found.changes:
        if change.package.id == package.id and change.value is None:
            paths.setdefault(change.path.partition("/")[0], []).append(change.period)
    for name, periods in paths.items():
        label = found.decisions[name].label if name in found.decisions else found.readings[name].label
        yield from _counted(label, periods)


def _counted(label: Label, periods: list[Period]) -> Iterator[tuple[datetime.date, Label]]:
    for day in {day for period in periods for day in period.limits}:
        begin = sum(period.start == day for period in periods)
        end = sum(period.end == day for period in periods)
        yield day, RULES.filled(label=label, begin=begin, end=end)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name} is written")  # noqa: T201 - it says what it did
