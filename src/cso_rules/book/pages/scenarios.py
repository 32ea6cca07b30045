"""The page of scenarios: facts, expected answers and how each scenario went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from cso_rules.book import names
from cso_rules.book.contents import Contents, ShownScenario
from cso_rules.book.html import code, fold, items, link, permalink, tag
from cso_rules.book.page import Page
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.loader.scenarios.files import Scenario
from cso_rules.model.instruments import Label

EXPECTATIONS = {
    "value": Label(zh="答案", en="answer"),
    "items": Label(zh="各项", en="items"),
    "sure": Label(zh="确定的项", en="sure items"),
    "possible": Label(zh="可能的答案", en="possible answers"),
    "status": Label(zh="状态", en="status"),
    "failing": Label(zh="未满足", en="not met"),
    "unknown": Label(zh="未定", en="unknown"),
    "missing": Label(zh="缺少的事实", en="missing facts"),
    "includes": Label(zh="含有", en="includes"),
    "excludes": Label(zh="不含", en="excludes"),
    "due": Label(zh="期限", en="due"),
    "modality": Label(zh="语气", en="modality"),
    "cites": Label(zh="引用", en="cites"),
    "amended_unseen": Label(zh="所依据的文件已被修改", en="rests on changed instruments"),
    "by_reading": Label(zh="按解读", en="by reading"),
    "gaps": Label(zh="差距", en="gaps"),
    "gaps_to": Label(zh="差距的目标", en="gaps to"),
}

EXPLAINED = Label(
    zh="每个场景写明一个对象的事实，以及规则应当给出的答案；成书时逐一运行。按决定分组，点开可看。",
    en="A scenario states the facts of one case and the answers that the rules must give; each was run while the book "
    "was made. They are grouped by decision; open a group to read them.",
)


def scenarios_page(contents: Contents) -> Page:
    """Return every scenario, grouped by file."""
    passed = sum(not shown.result.failures for shown in contents.scenarios)
    failed = len(contents.scenarios) - passed
    marks = (
        tag("pass", both(f"通过 {passed}", f"{passed} passed")),
        tag("fail", both(f"未通过 {failed}", f"{failed} failed")),
    )
    groups = [(file, list(group)) for file, group in groupby(contents.scenarios, key=lambda shown: shown.file)]
    parts = (
        element("p", label(EXPLAINED)),
        element("p", joined(marks, " ")),
        *(_file(contents, *one) for one in groups),
    )
    return Page(file="scenarios.html", title=Label(zh="场景", en="Scenarios"), content=joined(parts))


def _title(contents: Contents, file: str) -> Markup:
    return label(names.label_of(contents.found, file))


def _file(contents: Contents, file: str, group: list[ShownScenario]) -> Markup:
    failed = sum(bool(shown.result.differences) for shown in group)
    mark = (" ", tag("fail", both(f"未通过 {failed}", f"{failed} failed"))) if failed else ()
    heading = joined((_title(contents, file), element("span", f" {len(group)}", class_="count"), *mark))
    return fold(f"file-{file}", heading, *(_scenario(contents, shown) for shown in group))


def _scenario(contents: Contents, shown: ShownScenario) -> Markup:
    scenario, failures = shown.scenario, shown.result.differences
    mark = tag("fail", both("未通过", "failed")) if failures else tag("pass", both("通过", "passed"))
    title = element("span", names.scenario_title(scenario.label), class_="scenario-title")
    day = element("span", scenario.as_of.isoformat(), class_="dates")
    parts = (
        element("summary", mark, " ", title, " ", day),
        permalink(shown.anchor),
        items((label(failure) for failure in failures), "failures") if failures else "",
        _about(contents, shown),
        element("div", _expected(contents, scenario), _facts(contents, scenario.facts), class_="sides"),
    )
    return element("details", *parts, id=shown.anchor, class_="scenario")


def _about(contents: Contents, shown: ShownScenario) -> Markup:
    scenario = shown.scenario
    readings = (
        tag("kind", name_of(contents, name), both("：", ": "), names.option_label(contents.found, name, option))
        for name, option in scenario.readings.items()
    )
    place = [tag("kind", both("地区：", "place: "), scenario.jurisdiction)] if scenario.jurisdiction else []
    parts = joined((*place, *readings), " ")
    return element("p", parts, class_="about") if parts else Markup("")


def name_of(contents: Contents, name: str) -> Markup:
    """Return the label of a name as a link, without its id."""
    target = names.target_of(contents, name)
    shown = label(names.label_of(contents.found, name))
    return link(target, shown) if target else shown


def _facts(contents: Contents, facts: Mapping[str, object]) -> Markup:
    rows = (
        element("tr", element("th", name_of(contents, name), scope="row"), element("td", _value(contents, name, value)))
        for name, value in facts.items()
    )
    heading = element("h3", both("事实", "facts"))
    return element("div", heading, element("table", element("tbody", *rows), class_="facts"))


def _expected(contents: Contents, scenario: Scenario) -> Markup:
    rows = (
        element(
            "tr",
            element("th", name_of(contents, name), scope="row"),
            element("td", *answer_forms(contents, name, value)),
        )
        for name, value in scenario.expect.items()
    )
    heading = element("h3", both("预期答案", "expected answers"))
    table = element("table", element("tbody", *rows), class_="facts")
    return element("div", heading, table, *_steps(contents, scenario))


def _steps(contents: Contents, scenario: Scenario) -> Iterator[Markup]:
    """Yield what is to be done next, in order, where the scenario expects something of it."""
    if scenario.steps is not None:
        steps = [_value(contents, str(step["list"]), step["item"]) for step in scenario.steps]
        yield element("h3", both("接下来", "next steps"))
        yield element("ol", *(element("li", step) for step in steps)) if steps else both("无", "none")


def answer_forms(contents: Contents, decision: str, expected: object) -> Iterator[Markup]:
    """Yield an expected answer: one value or list, or each form that a mapping names."""
    if not isinstance(expected, Mapping):
        yield _value(contents, decision, expected)
        return
    for key, value in expected.items():
        name = label(EXPECTATIONS.get(str(key), Label(zh=str(key), en=str(key))))
        yield element("div", element("span", name, class_="form"), " ", _value(contents, decision, value))


def _value(contents: Contents, name: str, value: object) -> Markup:
    if isinstance(value, Mapping):
        return element("span", joined(_pairs(contents, name, value), " · "), class_="pairs")
    if isinstance(value, list | tuple):
        return items((_value(contents, name, inner) for inner in value), "plain") if value else both("无", "none")
    return _word(contents, name, str(value))


def _pairs(contents: Contents, name: str, pairs: Mapping[object, object]) -> Iterator[Markup]:
    """Yield the columns of an item, or the entries of another mapping, each with its value."""
    decision = contents.found.decisions.get(name)
    columns = dict(decision.columns) if decision else {}
    for key, value in pairs.items():
        if key in columns:
            yield label(names.value_label(contents.found, columns[str(key)], str(value)))
        else:
            yield joined((label(names.label_of(contents.found, str(key))), " ", _value(contents, str(key), value)))


def _word(contents: Contents, name: str, word: str) -> Markup:
    """Return a value with its label; a rule, fact or value of another enumeration when it names one."""
    found = contents.found
    enumeration = names.values_enumeration(found, name)
    known = names.value_label(found, enumeration if enumeration in found.enumerations else name, word)
    if known.zh == word:
        known = _rule_label(contents, name, word) or names.label_of(found, word)
    shown = label(known)
    return shown if known.zh == word or word in names.BOOLEANS else joined((shown, " ", code(word)))


def _rule_label(contents: Contents, decision: str, rule: str) -> Label | None:
    declared = contents.found.decisions.get(decision)
    return next((one.label for one in declared.rules if one.id == rule), None) if declared else None
