"""What local packages change: read once, and shown on the pages of places and of the decisions that they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs

from cso_rules.analysis.encoded_places import as_superseded
from cso_rules.book import names
from cso_rules.book.conditions import condition, exceptions, test_of_rule
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, fold, items, link, published, table, tag
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.explanation.states import OPERATIONS
from cso_rules.loader.documents.declarations import (
    ChangeDeclaration,
    DecisionDeclaration,
    Declarations,
    PackageDeclaration,
    RuleDeclaration,
)
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import header, lineage
from cso_rules.loader.scenarios.files import Scenario, load_scenarios
from cso_rules.model.instruments import Citation, Label

LEVELS = {
    2: Label(zh="省级", en="province"),
    4: Label(zh="市级", en="city"),
    6: Label(zh="县级", en="county"),
}
HEADS = (
    both("规则包", "package"),
    both("变更", "change"),
    both("对象", "what"),
    both("内容", "content"),
    both("施行", "in force"),
    both("依据", "provisions"),
)


@attrs.frozen(kw_only=True)
class Place:
    """A local package: what it declares in all, what of that is its own, and who fares differently there."""

    package: PackageDeclaration
    found: Declarations
    changes: tuple[ChangeDeclaration, ...]
    decisions: tuple[DecisionDeclaration, ...]
    scenarios: tuple[Scenario, ...]

    def within(self, package: PackageDeclaration) -> Place:
        """Return the place with its package as another one may have ended it."""
        return attrs.evolve(self, package=package, changes=tuple(change.within(package) for change in self.changes))

    def changes_of(self, inputs: frozenset[str]) -> tuple[ChangeDeclaration, ...]:
        """Return its changes of the rules of some decisions, and of some parameters and readings."""
        return tuple(change for change in self.changes if change.path.partition("/")[0] in inputs)

    def decisions_of(self, name: str) -> tuple[DecisionDeclaration, ...]:
        """Return the forms that it gives a decision."""
        return tuple(decision for decision in self.decisions if decision.name == name)


def local_packages(contents: Contents) -> tuple[Place, ...]:
    """Return the local packages that the book is about, each with its own changes.

    For a national package these are all beside it; for a local one itself, and those of what its place lies in and of
    what lies in it.
    """
    found = [_read(folder) for folder in _folders(contents.path.resolve())]
    standing = {one.id: one for one in as_superseded(place.package for place in found)}
    return tuple(place.within(standing[place.package.id]) for place in found)


def _folders(path: Path) -> list[Path]:
    line = [folder.resolve() for folder in lineage(path)]
    homes = dict.fromkeys((line[0].parent, path.parent))
    found = {file.parent.name: file.parent for home in homes for file in home.glob("*/package.yaml")}
    return [found[name] for name in sorted(found) if _is_about(found[name], path, line)]


def _is_about(folder: Path, path: Path, line: list[Path]) -> bool:
    """Tell whether a package builds on the same national one and speaks for the place of a package or around it."""
    first = lineage(folder)[0].resolve()
    if folder == first or first != line[0]:
        return False
    own, other = _place_of(path), _place_of(folder)
    return path == line[0] or folder in line or bool(own and other and (own.startswith(other) or other.startswith(own)))


def _place_of(folder: Path) -> str:
    code = header(folder).get("jurisdiction", "")
    return code if code.isdigit() else ""


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


def marks_of(package: PackageDeclaration) -> Iterator[Markup]:
    """Yield what is to be known about the rules of a place before anybody relies on them."""
    if package.status != "in_force":
        yield tag("declared", label(names.STATUSES[package.status]))
    said = {
        both("规则尚在编写", "rules in preparation"): package.is_in_preparation,
        both("施行日期未查证", "first day not confirmed"): not package.is_start_confirmed,
        both("效力期限未查证", "end of validity not confirmed"): not package.is_end_confirmed,
    }
    yield from (tag("absent", remark) for remark, holds in said.items() if holds)
    if package.superseded_by:
        later = package.superseded_by
        yield tag("absent", both("取代者：", "superseded by "), link(f"places.html#{later}", code(later)))


# -------------------------------------------------------------------------------------- of one decision


def changes_by_place(contents: Contents, places: tuple[Place, ...], decision: str) -> Iterator[Markup]:
    """Yield what each place changes about a decision: the rules of the place and of all that it lies in."""
    read = [name for name in contents.inputs[decision] if name not in contents.found.decisions]
    names_read = frozenset({decision, *read})
    shown = []
    for region in sorted({place.package.jurisdiction for place in places}):
        stack = [place for place in places if region.startswith(place.package.jurisdiction)]
        own = [place for place in stack if place.package.jurisdiction == region]
        rows = [(place, row) for place in stack for row in _rows(contents, place, decision, names_read)]
        if rows:
            shown.append(_of_place(region, own, rows))
    if shown:
        yield element("h2", both(f"各地的变更（{len(shown)} 地）", f"What places change ({len(shown)})"))
        yield element("p", label(STACKED))
        yield from shown


STACKED = Label(
    zh="每个地方适用全国规则、所在省和市的规则，以及本地规则；每项变更注明出自哪个规则包。",
    en="In a place the national rules hold with those of its province and city and its own; each change names its "
    "package.",
)


def _of_place(region: str, own: list[Place], rows: list[tuple[Place, list[Markup]]]) -> Markup:
    titles = joined((label(place.package.title) for place in own), " · ")
    level = LEVELS.get(len(region))
    heading = joined((titles, element("span", f" {region} ", label(level) if level else "", class_="count")))
    sources = "、".join(dict.fromkeys(place.package.id for place, _ in rows))
    told = element("p", both("出自：", "from: "), element("span", sources), class_="dates")
    return fold(f"place-{region}", heading, told, table(HEADS, [(None, cells) for _, cells in rows]), level="h3")


def _rows(contents: Contents, place: Place, decision: str, about: frozenset[str]) -> Iterator[list[Markup]]:
    local = contents.among(place.found)
    package = joined(
        (link(f"places.html#{place.package.id}", label(place.package.title)), *marks_of(place.package)), " "
    )
    for own in place.decisions_of(decision):
        yield [package, *own_decision(local, own)]
    for change in place.changes_of(about):
        yield [package, *difference(local, change)]


def own_decision(local: Contents, decision: DecisionDeclaration) -> list[Markup]:
    """Return the cells about a decision that a place has of its own, in its words."""
    cited = dict.fromkeys(citation for rule in decision.every_rule for citation in rule.citations)
    formula = condition(local, decision.value.text) if decision.value is not None else ""
    rules = [_rule(local, decision, rule) for rule in decision.every_rule]
    return [
        tag("kind", both("自有规则", "own rules")),
        names.name_link(local, decision.name),
        joined((formula, items(rules, "plain") if rules else "")),
        names.period(decision.period),
        items((cited_by(local, one) for one in cited or decision.citations), "plain"),
    ]


def difference(local: Contents, change: ChangeDeclaration) -> list[Markup]:
    """Return the cells about one change, in the words of the place."""
    return [
        joined((tag("kind", label(OPERATIONS[change.operation])), *_together(change))),
        _changed(local, change),
        _content(local, change),
        names.period(change.period),
        items((cited_by(local, one) for one in change.citations), "plain"),
    ]


def _together(change: ChangeDeclaration) -> Iterator[Markup]:
    """Yield with which others a change is made or left out."""
    if change.as_one is not None:
        yield element("div", both("一并改动：", "changes as one: "), label(change.as_one.label))


def _changed(local: Contents, change: ChangeDeclaration) -> Markup:
    """Return what is changed: a rule of a decision by its label, a parameter or a reading."""
    name, _, rule = change.path.partition("/")
    shown = names.name_link(local, name)
    known = local.linked.decisions.get(name)
    national = known.rule(rule) if known else None
    if national is None:
        return shown
    return joined((shown, element("div", link(f"decision-{name}.html#{rule}", label(national.label)))))


def _content(local: Contents, change: ChangeDeclaration) -> Markup:
    """Return the new value, the chosen option, or the rule that is added."""
    name = change.path.partition("/")[0]
    if change.option is not None:
        return names.option_label(local.found, name, change.option)
    if change.rule is not None:
        return _rule(local, local.found.decisions.get(name), change.rule)
    if change.except_when is not None:
        return joined((both("除外：", "except: "), condition(local, change.except_when.text)))
    parameter = local.found.parameters.get(name)
    if change.value is None or parameter is None:
        return Markup("")
    numbers = change.value.numbers
    if numbers is None:
        return tag("absent", both("取消", "removed"))
    unit = both(" 元", " CNY") if parameter.type.kind == "money" else ""
    indexes = change.indexed_by or parameter.indexed_by
    shown = (
        joined((_key(local, indexes, key), names.number(parameter.type, encoded), unit))
        for key, encoded in numbers.items()
    )
    return joined(shown, " · ")


def _key(local: Contents, indexes: tuple[str, ...], key: str) -> Markup:
    return joined((label(names.key_label(local.found, indexes, key)), " ")) if key else Markup("")


def _rule(local: Contents, decision: DecisionDeclaration | None, rule: RuleDeclaration) -> Markup:
    """Return a rule of a place: what it is called, when it holds, and what it answers."""
    columns = dict(decision.columns) if decision else {}
    answers = [names.value_label(local.found, columns.get(column), node.text) for column, node in rule.then]
    scope = rule.applies_when
    parts = (
        element("strong", label(rule.label)),
        element("div", both("适用于：", "applies when: "), condition(local, scope.text)) if scope else "",
        element("div", test_of_rule(local, rule)),
        *exceptions(local, rule),
        element("div", both("结果：", "answer: "), joined(map(label, answers), "；")) if answers else "",
        element("div", both("期限：", "deadline: "), condition(local, rule.due.text)) if rule.due else "",
    )
    return joined(parts)


def cited_by(local: Contents, one: Citation) -> Markup:
    """Return a provision, as a link to its place in the book or else to its publication."""
    name, target = one.number or label(one.title), local.provision(one)
    shown = link(target, name) if target else published(local.found.sources[one.instrument].url, name)
    return joined((shown, " ", label(one.pinpoint), " ", names.confidence(one.confidence)))
