"""The tier as one CEL expression, for cel-python (Python), common-expression-language (Rust) and cel-expr-python (C++).

`has()` is CEL's own device for absent fields; besides, `&&` and `||` answer in spite of an error on one side when the
other side settles them, so that the bare expression is the more telling one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from facts import FACTS

IN_SCOPE = """(o.founder_residence in ["local_residents", "lives_here_registered_elsewhere"]
  && o.is_nonprofit && !o.distributes_profit
  && o.special_body_kind in ["none", "owners_committee", "building_group", "committee_working_body"]
  && o.is_active_in_community && size(o.activity_kinds) >= 1)"""
ENOUGH_MEMBERS = """((o.institutional_members == 0 && o.individual_members >= 50)
  || (o.individual_members == 0 && o.institutional_members >= 30)
  || (o.individual_members >= 1 && o.institutional_members >= 1
      && o.individual_members + o.institutional_members >= 50))"""
IS_GROUP = """(o.organizational_form == "social_group" || (o.organizational_form == "none"
  && (o.individual_members >= 1 || o.institutional_members >= 1)))"""
LIABLE = "o.has_fixed_domicile && o.has_suitable_full_time_staff && o.can_bear_civil_liability"
ENOUGH_FUND = """((o.foundation_kind == "national_public" && o.original_fund >= 8000000)
  || (o.foundation_kind == "local_public" && o.original_fund >= 4000000)
  || (o.foundation_kind == "non_public" && o.original_fund >= 2000000))"""
ABLE = f"""(o.has_standard_name && o.has_organizational_structure && (
  ({IS_GROUP} && {ENOUGH_MEMBERS} && o.activity_funds >= 30000 && o.has_lawful_funds && {LIABLE})
  || (o.organizational_form == "social_service_institution"
      && o.has_suitable_staff && o.has_suitable_property && o.has_premises)
  || (o.organizational_form == "foundation" && {ENOUGH_FUND} && o.is_original_fund_paid_in && {LIABLE}
      && o.has_public_benefit_purpose && o.has_charter)))"""
LOOSE = "(o.is_active_mainly_in_one_community && o.is_small_scale && o.is_temporary && o.is_loosely_organized)"
TIER = f"""!{IN_SCOPE} ? "out_of_scope"
  : (o.registration_status == "registered" || {ABLE}) ? "registered"
  : {LOOSE} ? "community_guided" : "subdistrict_managed\""""
CHECKED = f'({" && ".join(f"has(o.{fact})" for fact in FACTS)}) ? ({TIER}) : "refused"'


def prepare(variant: str) -> Callable[[dict[str, Any]], Any]:
    engine, _, guard = variant.partition("-")
    source = CHECKED if guard else TIER
    evaluate = {"python": _python, "rust": _rust, "cpp": _cpp}[engine](source)
    if not guard:
        return evaluate

    def decide(facts: dict[str, Any]) -> Any:
        answer = evaluate(facts)
        return {"refused": []} if answer == "refused" else answer

    return decide


def _python(source: str) -> Callable[[dict[str, Any]], str]:
    import celpy
    from celpy.adapter import json_to_cel

    environment = celpy.Environment(runner_class=celpy.CompiledRunner)
    program = environment.program(environment.compile(source))
    return lambda facts: str(program.evaluate({"o": json_to_cel(facts)}))


def _rust(source: str) -> Callable[[dict[str, Any]], Any]:
    import cel

    program = cel.compile(source)
    return lambda facts: program.execute({"o": facts})


def _cpp(source: str) -> Callable[[dict[str, Any]], Any]:
    from cel_expr_python import cel

    environment = cel.NewEnv(variables={"o": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})
    program = environment.compile(source)

    def evaluate(facts: dict[str, Any]) -> Any:
        answer = program.eval(data={"o": facts})
        if answer.type() != cel.Type.STRING:
            raise ValueError(str(answer.value()))
        return answer.value()

    return evaluate
