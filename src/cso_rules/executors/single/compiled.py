"""The fast executor: a policy becomes Python functions, made as syntax trees from the model.

In come a policy and domains; out go exactly the results of `reference`. Guaranteed: what is compiled is the very text
that `source` shows without its comments, and the tree of that text holds only whitelisted nodes. Writing the text is
the work of `compiled_writer`, which is not even imported when a kept program is taken up again.
"""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from threading import Lock
from types import CodeType
from typing import Any, assert_never

import attrs

from cso_rules.determination import Result
from cso_rules.executors.single import compiled_results
from cso_rules.model.civil_dates import CalendarShift, WorkingDayCalendar, WorkingDayShift, earliest, latest
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    TableDecision,
    ValueDecision,
    inputs_of,
    joint_of,
    rules_of,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Interval

LARGE = 64
"""Tables with more rows are indexed."""

_PROGRAMS = 32
_MEMORY = 4096

Step = tuple[str, Callable[[list[Domain]], Any], dict[Any, Result], Callable[[Any], Result]]


@attrs.frozen
class _Program:
    policy: Policy
    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    text: str
    code: CodeType
    needs_data: bool


_programs: dict[int, _Program] = {}
_writing = Lock()
"""Held while a program is written and kept: `ast.parse` in two threads at a time fails in some releases of Python."""


def evaluate(policy: Policy, domains: Mapping[str, Domain]) -> dict[str, Result]:
    """Evaluate every decision of a policy.

    Args:
        policy: Rules in force; decisions in dependency order.
        domains: The domain of every fact and reading.

    Returns:
        One result for each decision, in order; equal to that of `reference.evaluate`.
    """
    program = _programs.get(id(policy)) or _remember(policy)
    values = [domains[name] for name in program.inputs]
    results = {}
    for name, decide, memory, finish in program.steps:
        key = decide(values)
        result = memory.get(key)
        if result is None:
            result = _finished(key, memory, finish)
        results[name] = result
        values.append(result.domain)
    return results


def source(policy: Policy) -> str:
    """Return the generated Python of a policy, with the decision, rule and provisions beside each rule."""
    from cso_rules.executors.single.compiled_writer import Writer

    with _writing:
        writer = Writer(policy)
        comments = list(writer.comments())
    lines = writer.text.splitlines()
    for line, comment in comments:
        lines[line - 1] += f"  # {comment}"
    return "\n".join(lines) + "\n"


def kept(policy: Policy) -> tuple[str, CodeType] | None:
    """Return the program of a policy as text and code, to keep; None for one that needs more (indexed tables)."""
    program = _programs.get(id(policy)) or _remember(policy)
    return None if program.needs_data else (program.text, program.code)


def take_up(policy: Policy, text: str, code: CodeType) -> None:
    """Use a kept program for a policy instead of writing it anew."""
    with _writing:
        _add(_program(policy, text, code, {}))


def _finished(key: Any, memory: dict[Any, Result], finish: Callable[[Any], Result]) -> Result:
    if len(memory) >= _MEMORY:
        memory.clear()
    result = memory[key] = finish(key)
    return result


def _remember(policy: Policy) -> _Program:
    """Write, check and compile the program of a policy."""
    import ast

    from cso_rules.executors.single import compiled_syntax
    from cso_rules.executors.single.compiled_writer import Writer

    with _writing:
        found = _programs.get(id(policy))
        if found is None:
            writer = Writer(policy)
            compiled_syntax.check(ast.parse(writer.text))
            code = compile(writer.text, _filename(writer.text), "exec")
            found = _add(_program(policy, writer.text, code, writer.data))
    return found


def _filename(text: str) -> str:
    return f"<cso-rules compiled {hashlib.sha256(text.encode()).hexdigest()[:16]}>"


def _add(program: _Program) -> _Program:
    """Remember a program; it holds its policy, so that the identity stays taken while it is remembered."""
    while len(_programs) >= _PROGRAMS:
        oldest = _programs.pop(next(iter(_programs)))
        linecache.cache.pop(_filename(oldest.text), None)
    _programs[id(program.policy)] = program
    return program


def _program(policy: Policy, text: str, code: CodeType, data: Mapping[str, Any]) -> _Program:
    space: dict[str, Any] = {"__builtins__": {}, **_HELPERS, **data}
    exec(code, space)  # noqa: S102 - the tree was checked when the text was written
    linecache.cache[_filename(text)] = (len(text), None, text.splitlines(keepends=True), _filename(text))
    steps: tuple[Step, ...] = tuple(
        (decision.name, space[f"decide{place}"], {}, _finisher(decision))
        for place, decision in enumerate(policy.decisions.values())
    )
    return _Program(policy, inputs_of_policy(policy), steps, text, code, bool(data))


def _finisher(decision: AnyDecision) -> Callable[[Any], Result]:
    match decision:
        case CriteriaDecision():
            return partial(compiled_results.criteria_result, decision)
        case TableDecision() if decision.has_multiple_hits:
            return partial(compiled_results.list_result, decision)
        case TableDecision():
            return compiled_results.table_result(decision)
        case ValueDecision():
            return lambda domain: Result(domain, 0, 0)
        case AbsentDecision():
            return lambda _: Result(decision.type.everything, 0, 0)
        case _:
            assert_never(decision)


# What generated code may call.


@lru_cache(maxsize=4096)
def _pieces(least: int, most: int, cells: tuple[Interval, ...]) -> tuple[Interval, ...]:
    if least == most:
        return ((least, most),)
    narrowed = ((max(least, low), min(most, high)) for low, high in cells)
    return tuple((low, high) for low, high in narrowed if low <= high)


@lru_cache(maxsize=4096)
def _portions(bits: int, cells: tuple[int, ...]) -> tuple[int, ...]:
    if bits.bit_count() == 1:
        return (bits,)
    return tuple(bits & cell for cell in cells if bits & cell)


def _sift(rows: Sequence[Callable[..., int]], candidates: int, arguments: tuple[int, ...]) -> tuple[int, int]:
    """Return the rows that are true and the rows that are unknown, among the candidates."""
    true = unknown = 0
    for index in compiled_results.positions(candidates):
        truth = rows[index](*arguments)
        if truth == 1:
            true |= 1 << index
        elif truth == 3:  # noqa: PLR2004 - true and false are both possible
            unknown |= 1 << index
    return true, unknown


def _least(numbers: Mapping[int, int], bits: int) -> int:
    return min(value for bit, value in numbers.items() if bits & bit)


def _most(numbers: Mapping[int, int], bits: int) -> int:
    return max(value for bit, value in numbers.items() if bits & bit)


def _calendarshift(months: int, days: int) -> CalendarShift:
    return CalendarShift(months=months, days=days)


def _workingdays(count: int, covered: tuple[Interval, ...], exceptions: tuple[int, ...]) -> WorkingDayShift:
    return WorkingDayShift(count=count, calendar=WorkingDayCalendar(covered=covered, exceptions=exceptions))


_HELPERS = {
    "calendarshift": _calendarshift,
    "workingdays": _workingdays,
    "earliest": lru_cache(maxsize=65536)(earliest),
    "latest": lru_cache(maxsize=65536)(latest),
    "pieces": _pieces,
    "portions": _portions,
    "sift": _sift,
    "least": _least,
    "most": _most,
    "count": int.bit_count,
}


def inputs_of_policy(policy: Policy) -> tuple[str, ...]:
    """Return the facts and readings that decisions read, each once."""
    found = (name for decision in policy.decisions.values() for name in variables_of(decision))
    return tuple(dict.fromkeys(name for name in found if name not in policy.decisions))


def variables_of(decision: AnyDecision) -> tuple[str, ...]:
    """Return what a decision reads, and what it is split over."""
    rules = (*rules_of(decision), *joint_of(decision))
    splits = [*(split for rule in rules for split in rule.splits)]
    splits += decision.splits if isinstance(decision, TableDecision) else ()
    return tuple(dict.fromkeys((*inputs_of(decision), *(split.name for split in splits))))
