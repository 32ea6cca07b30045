"""The page of places: what each local package changes, and who fares differently there."""

from __future__ import annotations

from collections.abc import Mapping

from cso_rules.book import names
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, fold, items, link, table, tag
from cso_rules.book.page import Page
from cso_rules.book.pages.local_changes import HEADS, Place, difference, marks_of, own_decision
from cso_rules.book.pages.scenarios import answer_forms
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.loader.scenarios.files import Scenario
from cso_rules.model.instruments import Label


def places_page(contents: Contents, places: tuple[Place, ...]) -> Page:
    """Return the local packages, or a sentence that there are none."""
    none = element("p", both("没有地方规则包。", "There are no local packages."))
    shown = [_place(contents, place, places) for place in places]
    title = Label(zh="地方", en="Places")
    return Page(file="places.html", title=title, content=joined(shown or [none]))


def _place(contents: Contents, place: Place, places: tuple[Place, ...]) -> Markup:
    package, local = place.package, contents.among(place.found)
    about = (
        code(package.id),
        tag("kind", both("地区：", "place: "), package.jurisdiction),
        tag("kind", label(names.STATUSES[package.status])) if package.status == "in_force" else "",
        tag("kind", names.period(package.period)),
        *marks_of(package),
    )
    rows = [own_decision(local, decision) for decision in place.decisions]
    rows += [difference(local, change) for change in place.changes]
    count = element("span", f" {len(rows)}", class_="count")
    parts = (
        element("p", *about, class_="about"),
        _above(place, places),
        table(HEADS[1:], [(None, cells) for cells in rows]) if rows else "",
        _examples(contents, place) if place.scenarios else "",
    )
    return fold(package.id, joined((label(package.title), count)), *parts)


def _above(place: Place, places: tuple[Place, ...]) -> Markup:
    """Return the packages of what the place lies in, which hold there too."""
    own, period = place.package.jurisdiction, place.package.period
    others = [other.package for other in places if other is not place and other.package.period.overlaps(period)]
    above = [package for package in others if own.startswith(package.jurisdiction)]
    if not above:
        return Markup("")
    links = (link(f"#{package.id}", label(package.title)) for package in above)
    return element("p", both("同时适用：", "holds there too: "), joined(links, " · "))


def _examples(contents: Contents, place: Place) -> Markup:
    """Return those that fare differently here than under the national rules alone."""
    local = contents.among(place.found)
    heads = (
        both(f"结果不同的{contents.found.entities.subject.label.zh}", "who fares differently"),
        both("地方", "here"),
        both("全国", "nationally"),
    )
    rows = [
        (
            None,
            [
                names.scenario_title(scenario.label),
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


def _without_citations(answer: object) -> object:
    """Leave out what an answer cites; the table of changes names the documents."""
    if not isinstance(answer, Mapping):
        return answer
    return {key: value for key, value in answer.items() if key != "cites"}
