"""The page of places: what each local package changes, and who fares differently there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from cso_rules.book import names
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, items, permalink, published, table, tag
from cso_rules.book.page import Page
from cso_rules.book.pages.scenarios import answer_forms
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.explanation.states import OPERATIONS
from cso_rules.loader.documents.declarations import (
    ChangeDeclaration,
    DecisionDeclaration,
    Declarations,
    PackageDeclaration,
)
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import header, lineage
from cso_rules.loader.scenarios.files import Scenario, load_scenarios
from cso_rules.model.instruments import Citation, Label


@attrs.frozen(kw_only=True)
class Place:
    """A local package: what it declares in all, what of that is its own, and who fares differently there."""

    package: PackageDeclaration
    found: Declarations
    changes: tuple[ChangeDeclaration, ...]
    decisions: tuple[DecisionDeclaration, ...]
    scenarios: tuple[Scenario, ...]


def places_page(contents: Contents, places: tuple[Place, ...]) -> Page:
    """Return the local packages, or a sentence that there are none."""
    none = element("p", both("没有地方规则包。", "There are no local packages."))
    shown = [_place(contents, place) for place in places]
    title = Label(zh="地方", en="Places")
    return Page(file="places.html", title=title, content=joined(shown or [none]))


def local_packages(contents: Contents) -> tuple[Place, ...]:
    """Return the packages in the same folder that extend this one, or a local one of it, each with its own changes."""
    return tuple(_read(folder) for folder in _folders(contents.path, contents.package.id))


def _folders(path: Path, extended: str) -> list[Path]:
    folders = (file.parent for file in path.resolve().parent.glob("*/package.yaml"))
    return sorted(folder for folder in folders if _builds_on(folder, extended))


def _builds_on(folder: Path, national: str) -> bool:
    first = lineage(folder)[0]
    return first != folder and header(first).get("id") == national


def _read(folder: Path) -> Place:
    found, _ = declarations(folder)
    package = found.packages[-1]
    return Place(
        package=package,
        found=found,
        changes=tuple(change for change in found.changes if change.package is package),
        decisions=tuple(decision for owner, decision in found.local_decisions if owner is package),
        scenarios=tuple(scenario for scenario in load_scenarios(folder) if scenario.nationally),
    )


def _place(contents: Contents, place: Place) -> Markup:
    package = place.package
    heading = element("h2", label(package.title), " ", permalink(package.id), id=package.id)
    said = {
        both("规则尚在编写", "rules in preparation"): package.is_in_preparation,
        both("施行日期未查证", "first day not confirmed"): not package.is_start_confirmed,
        both("效力期限未查证", "end of validity not confirmed"): not package.is_end_confirmed,
    }
    unconfirmed = [remark for remark, holds in said.items() if holds]
    about = (
        code(package.id),
        tag("kind", both("地区：", "place: "), package.jurisdiction),
        tag("kind", label(names.STATUSES[package.status])),
        tag("kind", names.period(package.period)),
        *(tag("absent", remark) for remark in unconfirmed),
    )
    parts = (
        element("p", *about, class_="about"),
        _differences(contents, place) if place.changes else "",
        _own_decisions(place) if place.decisions else "",
        _examples(contents, place) if place.scenarios else "",
    )
    return element("section", heading, *parts)


def _own_decisions(place: Place) -> Markup:
    """Return the decisions that the place has of its own, each with its rules."""
    heads = (both("地方决定", "local decision"), both("规则", "rules"), both("依据", "provisions"))
    rows = []
    for decision in place.decisions:
        rules = decision.every_rule
        cited = dict.fromkeys(citation for rule in rules for citation in rule.citations)
        cells = (
            joined((label(decision.label), " ", code(decision.name))),
            items((label(rule.label) for rule in rules), "plain"),
            items((_cited(place, one) for one in cited or decision.citations), "plain"),
        )
        rows.append((None, list(cells)))
    return table(heads, rows)


def _examples(contents: Contents, place: Place) -> Markup:
    """Return those that fare differently here than under the national rules alone."""
    local = attrs.evolve(contents, found=place.found)
    heads = (
        both(f"结果不同的{contents.found.entities.subject.label.zh}", "who fares differently"),
        both("地方", "here"),
        both("全国", "nationally"),
    )
    rows = [
        (
            None,
            [
                element("bdi", scenario.title),
                _answers(local, scenario, scenario.expect),
                _answers(local, scenario, scenario.nationally),
            ],
        )
        for scenario in place.scenarios
    ]
    return table(heads, rows)


def _answers(contents: Contents, scenario: Scenario, answers: Mapping[str, object]) -> Markup:
    """Return the answers that the scenario compares."""
    differing = (name for name, value in scenario.nationally.items() if scenario.expect.get(name) != value)
    compared = ((name, _without_citations(answers[name])) for name in differing if name in answers)
    shown = (
        joined((label(names.label_of(contents.found, name)), " ", *answer_forms(contents, name, value)))
        for name, value in compared
    )
    return items(shown, "plain")


def _differences(contents: Contents, place: Place) -> Markup:
    """Return what a place changes, one row for each change."""
    heads = (
        both("变更", "change"),
        both("对象", "what"),
        both("内容", "content"),
        both("施行", "in force"),
        both("依据", "provisions"),
    )
    return table(heads, [(None, list(_difference(contents, place, change))) for change in place.changes])


def _difference(contents: Contents, place: Place, change: ChangeDeclaration) -> Iterator[Markup]:
    name, _, rule = change.path.partition("/")
    yield tag("kind", label(OPERATIONS[change.operation]))
    yield joined((names.name_link(contents, name), " ", code(rule) if rule else ""))
    yield _content(contents, change, name)
    yield names.period(change.period)
    yield items((_cited(place, one) for one in change.citations), "plain")


def _content(contents: Contents, change: ChangeDeclaration, name: str) -> Markup:
    """Return the new value, the chosen option, or the label of the rule that is added."""
    if change.option is not None:
        return names.option_label(contents.found, name, change.option)
    if change.rule is not None:
        return label(change.rule.label)
    parameter = contents.found.parameters.get(name)
    if change.value is None or parameter is None:
        return Markup("")
    numbers = change.value.numbers
    if numbers is None:
        return tag("absent", both("取消", "removed"))
    shown = (f"{key} {names.number(parameter.type, encoded)}".strip() for key, encoded in numbers.items())
    return joined(shown, ", ")


def _cited(place: Place, one: Citation) -> Markup:
    """Return a provision of a place; it has no page in this book."""
    shown = published(place.found.sources[one.instrument].url, one.number or label(one.title))
    return joined((shown, " ", code(one.provision), " ", names.confidence(one.confidence)))


def _without_citations(answer: object) -> object:
    """Leave out what an answer cites; the table of changes names the documents."""
    if not isinstance(answer, Mapping):
        return answer
    return {key: value for key, value in answer.items() if key != "cites"}
