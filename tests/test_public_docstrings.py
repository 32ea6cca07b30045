"""What a public name says of itself: every parameter and attribute, what comes back, which errors, which units."""

from __future__ import annotations

import builtins
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

import cso_rules
from cso_rules import classification, errors
from cso_rules.determination import Due, Finding, Judgement, MissingFact, Outcome, Presumed
from cso_rules.engine import watch
from cso_rules.model.types import KINDS
from cso_rules.tables import problems

HANDED_OUT = [
    classification.Item, Due, Finding, Judgement, MissingFact, Outcome, Presumed, watch.Answer, watch.Event,
    watch.FactChange, watch.RuleChange, watch.Watcher, errors.FactProblem,
]  # fmt: skip
"""What the public names give back, besides themselves."""
NAMED = [getattr(cso_rules, name) for name in cso_rules.__all__ if not name.startswith("_")]
CLASSES = [found for found in (*NAMED, *HANDED_OUT) if inspect.isclass(found)]
FUNCTIONS = [found for found in NAMED if inspect.isfunction(found)]
AS_ANOTHER = re.compile(r"\b[Aa]s (?:for )?`(?:cso_rules\.)?(\w+)`")


def methods(found: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, value in vars(found).items():
        own = getattr(value, "fget", None) or getattr(value, "func", None) or getattr(value, "__wrapped__", value)
        if not name.startswith("_") and inspect.isfunction(own):
            yield f"{found.__name__}.{name}", own


METHODS = dict(pair for found in CLASSES for pair in methods(found))
ALL: dict[str, Callable[..., Any]] = {**{found.__name__: found for found in FUNCTIONS}, **METHODS}


def section(text: str, heading: str) -> str:
    """Return what stands under a heading of a docstring; nothing where there is none."""
    found = re.search(rf"^{heading}:\n((?:[ ]{{4}}.*\n|\n)+)", f"{text}\n", re.MULTILINE)
    return found.group(1) if found else ""


def entries(text: str) -> set[str]:
    names = re.findall(r"^ {4}([*\w][\w, *]*):", text, re.MULTILINE)
    return {name.strip(" *") for line in names for name in line.split(",")}


@pytest.mark.parametrize("name", ALL)
def test_every_parameter_is_told(name: str) -> None:
    text = inspect.getdoc(ALL[name]) or ""
    told = entries(section(text, "Args"))
    for other in (getattr(cso_rules, other, None) for other in AS_ANOTHER.findall(text)):
        told |= set(inspect.signature(other).parameters) if other else set()
    if name.startswith("Bundle."):  # what the docstring of the class says of everything that is asked
        told |= {"as_of", "jurisdiction", "entity", "options"}
    parameters = set(inspect.signature(ALL[name]).parameters) - {"self"}
    is_said_in_the_summary = name in METHODS and len(parameters) == 1
    assert is_said_in_the_summary or parameters - told == set()


@pytest.mark.parametrize("name", ALL)
def test_it_is_told_what_comes_back(name: str) -> None:
    text = inspect.getdoc(ALL[name]) or ""
    gives_nothing = inspect.signature(ALL[name]).return_annotation in {"None", None}
    is_property = name in METHODS and not set(inspect.signature(ALL[name]).parameters) - {"self"}
    assert text
    says = re.match(r"(Return|Tell|Yield|Say|Load|Open|Answer|Classify|Change|Begin)\b", text)
    assert gives_nothing or is_property or says or section(text, "Returns")


@pytest.mark.parametrize("found", FUNCTIONS, ids=lambda found: found.__name__)
def test_a_public_function_says_which_errors_it_raises(found: Callable[..., Any]) -> None:
    assert section(inspect.getdoc(found) or "", "Raises")


@pytest.mark.parametrize("name", ALL)
def test_errors_that_are_told_are_errors_of_this_library_or_of_python(name: str) -> None:
    known = {**vars(builtins), **vars(errors), **vars(problems)}
    for error in entries(section(inspect.getdoc(ALL[name]) or "", "Raises")):
        assert issubclass(known[error], Exception)


@pytest.mark.parametrize("found", [found for found in CLASSES if attrs.has(found)], ids=lambda found: found.__name__)
def test_every_attribute_is_told(found: type[attrs.AttrsInstance]) -> None:
    told = entries(section(inspect.getdoc(found) or "", "Attributes"))
    fields = {field.name for field in attrs.fields(found) if not field.name.startswith("_")}
    inherited = {field.name for field in attrs.fields(found) if field.inherited}
    assert fields - told - inherited == set()
    assert told <= fields | set(dir(found))


def test_values_of_every_kind_are_told_with_their_unit_where_facts_are_given() -> None:
    text = inspect.getdoc(cso_rules.determine) or ""
    told = dict(re.findall(r"^ {4}(\w+)  +(\S.*)$", text, re.MULTILINE))
    assert set(told) == set(KINDS)
    assert "yuan" in told["money"]
    assert "ISO" in told["date"]


@pytest.mark.parametrize("name", [name for name in cso_rules.__all__ if not name.startswith("_")])
def test_the_public_names_have_a_home_that_is_documented(name: str) -> None:
    found = getattr(cso_rules, name)
    module = (
        found
        if inspect.ismodule(found)
        else inspect.getmodule(found if inspect.isclass(found) or callable(found) else type(found))
    )
    assert inspect.getdoc(module)
    assert inspect.getdoc(found)
