"""A policy of a few rules, built by hand."""

import datetime

from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision, ValueCase, ValueDecision
from cso_rules.model.expressions import Among, Constant, Or, Term, Variable, Within
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Constraint, Enumeration, Fact, Policy, Reading
from cso_rules.model.presentation import Presentation
from cso_rules.model.types import BOOLEAN, Type

COUNT = Type(kind="integer", maximum=1000)
MONEY = Type(kind="money", scale=2, maximum=10**12)
TIER = Type(kind="enumeration", values=("registered", "managed"), enumeration="tier")
OPTIONS = Type(kind="enumeration", values=("strict", "loose"), enumeration="wording")
KIND = Type(kind="enumeration", values=("group", "service"), enumeration="form")


def label(text: str) -> Label:
    return Label(zh=text, en=text)


def fact(name: str, kind: Type, *, is_changeable: bool = False, is_judged: bool = False) -> Fact:
    return Fact(
        name=name, type=kind, label=label(name), question=label(name), definition=label(name),
        is_changeable=is_changeable, is_judged=is_judged,
    )  # fmt: skip


def rule(name: str, condition: object, output: int = 0) -> Rule:
    return Rule(id=name, label=label(name), condition=condition, output=output)  # type: ignore[arg-type]


def at_least(name: str, low: int) -> Within:
    return Within(terms=(Term(factor=1, quantity=Variable(name=name)),), low=low, high=None)


def small_policy() -> Policy:
    facts = [
        fact("people", COUNT, is_changeable=True),
        fact("bodies", COUNT, is_changeable=True),
        fact("capital", MONEY, is_changeable=True),
        fact("form", KIND),
        fact("is_suitable", BOOLEAN, is_judged=True),
    ]
    members = ValueDecision(
        name="members", label=label("members"), type=Type(kind="integer", maximum=2000),
        cases=(ValueCase(terms=(
            Term(factor=1, quantity=Variable(name="people")), Term(factor=1, quantity=Variable(name="bodies")),
        )),),
    )  # fmt: skip
    able = CriteriaDecision(
        name="able", label=label("able"),
        rules=(
            rule("members", at_least("members", 50)),
            rule("capital", at_least("capital", 3_000_000)),
            rule("suitable", Among(name="is_suitable", bits=1)),
        ),
    )  # fmt: skip
    tier = TableDecision(
        name="tier", label=label("tier"), type=TIER, hit_policy="first", otherwise=True,
        rules=(rule("able", Among(name="able", bits=1)), rule("rest", Constant(value=True), 1)),
        outputs=((("", "registered"),), (("", "managed"),)),
    )  # fmt: skip
    reading = CriteriaDecision(
        name="mixed", label=label("mixed"),
        rules=(rule("mixed", Or(operands=(Among(name="wording", bits=2), at_least("people", 30)))),),
    )  # fmt: skip
    people, bodies = (Term(factor=1, quantity=Variable(name=name)) for name in ("people", "bodies"))
    total = Within(terms=(people, bodies), low=None, high=900)
    return Policy(
        id="small", title=label("small"), jurisdiction="cn", as_of=datetime.date(2020, 1, 1), digest="",
        facts={found.name: found for found in facts},
        enumerations={"form": Enumeration(
            name="form", label=label("form"), values=KIND.values,
            labels=(Label(zh="团体", en="group"), Label(zh="服务", en="service")), aliases=(("社团",), ()),
        )},
        readings={"wording": Reading(
            name="wording", label=label("wording"), definition=label("wording"), type=OPTIONS,
            option_labels=(label("strict"), label("loose")), chosen=None,
        )},
        parameters={},
        presentation=Presentation(headline="tier"),
        decisions={found.name: found for found in (members, able, tier, reading)},
        constraints=(Constraint(id="sum", condition=total, message=label("too many")),),
    )  # fmt: skip
