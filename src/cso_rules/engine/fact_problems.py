"""What is wrong with facts, in words; imported only when something is."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cso_rules.diagnostics import nearest, shortened
from cso_rules.errors import FactProblem, FactProblemKind, WrongKindError
from cso_rules.model.coded import Coded, said
from cso_rules.model.expressions import variables
from cso_rules.model.personal import MASK, NOT_UNDERSTOOD
from cso_rules.model.policy import Constraint, Fact, Policy
from cso_rules.model.spelling.spellings import SpellingError, shown
from cso_rules.model.types import Between, OneOf, SomeOf, Value


def no_facts(given: object) -> WrongKindError:
    """Something that is neither a mapping nor an object of which an attribute is named like a fact."""
    kind = type(given).__name__
    return WrongKindError(
        f"what is known is a mapping from facts to values, or an object with attributes named like facts, not {kind}",
        f"已知情况须为“事实名称到取值”的映射，或属性以事实命名的对象，不能是 {kind}",
    )


def no_problem(given: object) -> WrongKindError:
    """Something that is no problem of a fact."""
    kind = type(given).__name__
    return WrongKindError(
        f"what was not understood is given as problems of the class errors.FactProblem, not {kind}",
        f"未读懂的内容须为 errors.FactProblem，不能是 {kind}",
    )


def no_readings(given: object) -> WrongKindError:
    """Something that is no mapping from readings to options."""
    kind = type(given).__name__
    return WrongKindError(
        f"readings are a mapping from the name of a reading to one of its options, not {kind}",
        f"解读须为“解读名称到选项”的映射，不能是 {kind}",
    )


def unknown(what_en: str, what_zh: str, name: str, value: object, known: Mapping[str, object]) -> FactProblem:
    """A name that does not exist, with the nearest one that does."""
    suggestion = nearest(str(name), list(known))
    is_personal = getattr(known.get(suggestion or ""), "is_personal", False)
    return FactProblem(
        kind="unknown_fact", fact=str(name), value=MASK if is_personal else shown(value), suggestion=suggestion,
        message_en=f"there is no {what_en} {_shown(name)!r}", message_zh=f"没有名为 {_shown(name)} 的{what_zh}",
    )  # fmt: skip


def spelling_problem(fact: Fact, value: object, error: SpellingError) -> FactProblem:
    """A value that is not of the type of its fact."""
    problem = FactProblem(
        kind="impossible_value" if error.is_impossible else "wrong_type", fact=fact.name, value=shown(value),
        **_worded(fact, error.reason),
        suggestion=nearest(value, list(fact.type.names)) if isinstance(value, str) else None,
    )  # fmt: skip
    return masked(fact, problem)


def no_judgement(fact: Fact) -> FactProblem:
    """Who judged, when or on what, in a form that cannot be read."""
    return FactProblem(
        kind="wrong_type", fact=fact.name, value="",
        message_en=f"{fact.name}: judged_by and basis are texts, judged_on is a day such as 2018-01-31",
        message_zh=f"{fact.label.zh}：评定人和依据应为文字，评定日期应为日期（例如 2018-01-31）",
    )  # fmt: skip


def outside(fact: Fact, value: Value) -> FactProblem:
    """A number or date beyond the bounds of its fact."""
    low, high = (fact.type.decode_number(end) for end in (fact.type.minimum, fact.type.maximum))
    problem = FactProblem(
        kind="impossible_value", fact=fact.name, value=str(value),
        **_worded(fact, said("cell-outside", value=value, low=low, high=high)),
    )  # fmt: skip
    return masked(fact, problem)


def no_range(fact: Fact, value: Between) -> FactProblem:
    """Bounds for a fact that has none, or with the lower above the upper."""
    kind: FactProblemKind = "impossible_value" if fact.type.is_numeric else "wrong_type"
    text = "..".join("" if end is None else shown(end) for end in (value.low, value.high))
    problem = FactProblem(
        kind=kind, fact=fact.name, value=text,
        message_en=f"{fact.name}: {text} is no range of this fact",
        message_zh=f"{fact.label.zh}：{text} 不是可用的范围", code="cell-bounds" if fact.type.is_numeric else "",
    )  # fmt: skip
    return masked(fact, problem)


def not_in_part(fact: Fact, value: OneOf | SomeOf) -> FactProblem:
    """Several values of a fact that is no enumeration, or members of one that is no set."""
    wanted = ("an enumeration", "单选项") if isinstance(value, OneOf) else ("a set", "多选项")
    problem = FactProblem(
        kind="wrong_type", fact=fact.name, value=shown(value),
        message_en=f"{fact.name}: {shown(value)} is for {wanted[0]}, or says nothing",
        message_zh=f"{fact.label.zh}：{shown(value)} 只用于{wanted[1]}，或未列出取值",
    )  # fmt: skip
    return masked(fact, problem)


def no_option(policy: Policy, name: str, option: str) -> FactProblem:
    """An option that a reading does not have."""
    options = policy.readings[name].type.values
    return FactProblem(
        kind="impossible_value", fact=name, value=str(option), suggestion=nearest(str(option), list(options)),
        message_en=f"the reading {name!r} has no option {_shown(option)!r}; it has {', '.join(options)}",
        message_zh=f"解读 {name} 没有选项 {_shown(option)}，可选：{'、'.join(options)}",
    )  # fmt: skip


def masked(fact: Fact, problem: FactProblem) -> FactProblem:
    """Return a problem of a personal fact as one that does not tell its value."""
    if not fact.is_personal:
        return problem
    return attrs.evolve(problem, value=MASK, suggestion=None, **_worded(fact, said(NOT_UNDERSTOOD)))  # type: ignore[arg-type]


def _worded(fact: Fact, reason: Coded) -> dict[str, str]:
    """Return a reason as what is said of a fact."""
    return {
        "message_en": f"{fact.name}: {reason.en}", "message_zh": f"{fact.label.zh}：{reason.zh}", "code": reason.code
    }  # fmt: skip


def _shown(value: object) -> str:
    return shortened(shown(value))


def contradiction(constraint: Constraint, policy: Policy, values: Mapping[str, Value]) -> FactProblem:
    """Values that a constraint excludes together."""
    involved = [name for name in variables(constraint.condition) if name in values]
    shown_values = [MASK if policy.is_personal(name) else str(values[name]) for name in involved]
    return FactProblem(
        kind="contradiction", fact=", ".join(involved), value=", ".join(shown_values),
        message_en=constraint.message.en, message_zh=constraint.message.zh,
    )  # fmt: skip
