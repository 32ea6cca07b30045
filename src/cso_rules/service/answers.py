"""What each question is answered with.

In come the rules in use, checked parameters and the body as it was read; out goes what stands in the answer.
Guaranteed: personal values are masked, and what cannot be answered is a `Problem` that repeats nothing that was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from cso_rules.bundle.opened import Bundle
from cso_rules.determination import Determination
from cso_rules.determination.json_form import plain, to_json
from cso_rules.engine.determine import determine
from cso_rules.errors import ArgumentError, BundleError, FactsError, UnknownNameError
from cso_rules.loader.codes import NATIONAL
from cso_rules.model.decisions import ValueDecision
from cso_rules.model.instruments import Label
from cso_rules.model.personal import MASK
from cso_rules.model.policy import Parameter, Policy
from cso_rules.records.record import Receipt
from cso_rules.service.faults_of_facts import refused
from cso_rules.service.problems import MOST_FAULTS, Fault, Problem, fault, pointer
from cso_rules.service.reading import Faults, Place, facts_in
from cso_rules.service.recording import Recorder

MOST_RECORDS: Final = 100
"""Records of which it is asked at once what to ask next."""
MOST_OF_A_NAME: Final = 200
"""Letters of a name or number that stands on a notice."""
MOST_PLACES: Final = 8
"""Places among which a page lets people choose."""


@attrs.frozen(kw_only=True)
class Asked:
    """A question.

    Attributes:
        bundle: The rules in use when it came.
        parameters: What the address says: `jurisdiction`, `as_of`, `entity` and the like.
        body: What the body says.
        language: `zh` or `en`.
        within: Where the body stands in what was sent; its parameters too, where it is a line of a batch.
        recorder: Records what is decided; None where nothing is recorded.
        receipts: What was recorded for it.
    """

    bundle: Bundle
    parameters: Mapping[str, str]
    body: Any = None
    language: str = "zh"
    within: Place | None = None
    recorder: Recorder | None = None
    receipts: list[Receipt] = attrs.field(factory=list, eq=False)

    def place(self, name: str) -> dict[str, str]:
        """Return where a parameter stands."""
        return {"parameter": name} if self.within is None else {"pointer": pointer(*self.within, name)}

    def refuse(self, code: str, name: str, **parts: object) -> Problem:
        """Return the problem of a parameter."""
        return Problem("bad-request", [fault(code, **self.place(name), parts=parts)])

    def policy(self) -> Policy:
        """Return the rules of the place and day.

        Raises:
            Problem: There is no such place, day or entity.
        """
        asked = {name: self.parameters.get(name) for name in ("as_of", "jurisdiction", "entity")}
        for name in (name for name, value in asked.items() if value == ""):
            raise self.refuse("empty-parameter", name)
        asked["jurisdiction"] = asked["jurisdiction"] or NATIONAL
        try:
            return self.bundle.policy(**asked)  # type: ignore[arg-type]  # texts, each for its own argument
        except BundleError as error:
            raise self._not_in_bundle(error) from None
        except UnknownNameError as error:
            found = fault("no-such-place", **self.place("jurisdiction"), suggestion=error.suggestion)
            raise Problem("bad-request", [found]) from None
        except ArgumentError as error:
            name, code = ("as_of", "no-day") if error.en.startswith("as_of") else ("jurisdiction", "ambiguous-place")
            raise self.refuse(code, name) from None

    def _not_in_bundle(self, error: BundleError) -> Exception:
        match error.fault:
            case "no_such_day":
                return self.refuse("no-such-day", "as_of")
            case "no_such_place":
                return self.refuse("rules-of-place-left-out", "jurisdiction")
            case "no_such_entity":
                known = error.en.rpartition(": ")[2]
                return self.refuse("no-such-entity", "entity", known=known)
            case _:
                return error

    def determination(self, policy: Policy, facts: Any, place: Place = ("facts",)) -> Determination:
        """Return what is decided of facts.

        Raises:
            Problem: Facts or readings cannot be used.
        """
        faults, within = Faults(), self.within or ()
        said = facts_in(faults.object(facts, *within, *place))
        readings = faults.object(self.body.get("readings", {}), *within, "readings")
        for name, option in readings.items():
            if not isinstance(option, str):
                faults.add("not-a-text", *within, "readings", name)
        for name in [name for name in said if name not in policy.facts][MOST_FAULTS:][:1]:  # no use to look for likes
            faults.add("no-such-fact", *within, *place, name)
        faults.refuse()
        try:
            return determine(policy, said, readings=readings)
        except FactsError as error:
            places = {"facts": (*within, *place), "readings": (*within, "readings")}
            raise refused(error, policy, readings, places) from None

    def decision(self, policy: Policy) -> Determination:
        """Return what is decided of the facts of the body; it is recorded before, where records are kept.

        Raises:
            Problem: Facts or readings cannot be used, or the decision cannot be recorded.
        """
        found = self.determination(policy, self.body["facts"])
        if self.recorder is not None:
            place = (*(self.within or ()), "record")
            draft = self.recorder.draft(found, self.body["record"], self.bundle.digest, place)
            self.receipts.extend(self.recorder.kept([draft], place))
        return found

    def text(self, name: str, most: int = MOST_OF_A_NAME) -> str:
        """Return a text of the body; an empty one where it is not there."""
        faults = Faults()
        found = faults.text(self.body.get(name, ""), most, *(self.within or ()), name)
        faults.refuse()
        return found


# -------------------------------------------------------------------------------------- about one record


def classify(asked: Asked) -> dict[str, Any]:
    """Answer every decision."""
    return to_json(asked.decision(asked.policy()))


def explain(asked: Asked) -> dict[str, Any]:
    """Say in sentences what was decided, and why."""
    from cso_rules.explanation import explain as text_of

    policy, name = asked.policy(), asked.text("name")
    chosen = asked.parameters.get("decision")
    if chosen is not None and chosen not in policy.decisions:
        raise asked.refuse("no-such-decision", "decision")
    found = asked.decision(policy)
    text = text_of(found, asked.language, name=name or None, decision=chosen)
    return {"format": 1, "language": asked.language, "decision": chosen or policy.headline, "text": text}


def gaps(asked: Asked) -> dict[str, Any]:
    """Return the smallest changes after which a decision has a value, or a list an item."""
    from cso_rules.engine.gaps import changes_to

    policy, decision, value = asked.policy(), asked.text("decision"), asked.body["value"]
    faults, within = Faults(), asked.within or ()
    known = policy.decisions.get(decision)
    if known is None:
        faults.add("no-such-decision", *within, "decision")
    elif known.type.kind not in {"boolean", "enumeration", "set"} or isinstance(known, ValueDecision):
        faults.add("no-way-to-a-number", *within, "decision")
    elif type(value) is not bool if known.type.kind == "boolean" else value not in known.type.values:
        names = "true, false" if known.type.kind == "boolean" else ", ".join(known.type.values)
        faults.add("no-such-answer", *within, "value", parts={"known": names})
    faults.refuse()
    found = asked.determination(policy, asked.body["facts"])
    assert known is not None
    alternatives = changes_to(policy, found.known, decision, value)
    return {
        "format": 1,
        "decision": decision,
        "value": value,
        "alternatives": [[_change(policy, *change) for change in changes] for changes in alternatives],
    }


def _change(policy: Policy, name: str, *values: Any) -> dict[str, Any]:
    shown = [MASK] * len(values) if policy.is_personal(name) else map(plain, values)
    return {"fact": name, **dict(zip(("old", "new", "difference"), shown, strict=True))}


def what_if(asked: Asked) -> dict[str, Any]:
    """Return which answers change when facts change, from what to what, and by which rules."""
    from cso_rules.engine.watch import watch

    policy, faults, within = asked.policy(), Faults(), asked.within or ()
    changes = faults.object(asked.body["changes"], *within, "changes")
    faults.refuse()
    asked.determination(policy, asked.body["facts"])
    watcher = watch(policy, readings=asked.body.get("readings", {}))
    watcher.add("one", facts_in(asked.body["facts"]))
    try:
        events = watcher.change("one", facts_in(changes))
    except FactsError as error:
        own = {f"fact {name}": (*within, "changes") for name in changes}
        places = {"facts": (*within, "facts"), "readings": (*within, "readings"), **own}
        raise refused(error, policy, {}, places) from None
    return {"format": 1, "events": [_event(event) for event in events]}


def _event(event: Any) -> dict[str, Any]:
    def answer(found: Any) -> dict[str, Any]:
        return {"status": found.status.value, "possible": [plain(value) for value in found.possible]}

    return {
        "decision": event.decision,
        "item": None if event.item is None else dict(event.item),
        "before": answer(event.before),
        "after": answer(event.after),
        "facts": [{"fact": own.name, "before": plain(own.before), "after": plain(own.after)} for own in event.facts],
        "rules": [
            {
                "decision": own.decision, "rule": own.rule.id, "before": own.before.name.lower(),
                "after": own.after.name.lower(),
            }
            for own in event.rules
        ],
    }  # fmt: skip


def notice(asked: Asked) -> str:
    """Return the notice as a page that prints on A4."""
    from cso_rules.explanation.papers.html import html
    from cso_rules.explanation.papers.notice import notice as notice_of

    policy, name, identity = asked.policy(), asked.text("name"), asked.text("identity")
    found = asked.decision(policy)
    paper = notice_of(found, asked.language, name=name, identity=identity)
    return html([paper], paper.title, asked.language)


# ---------------------------------------------------------------------------------- about several, or none


def ask_next(asked: Asked) -> dict[str, Any]:
    """Return which facts of some records to collect next."""
    from cso_rules.studies.ask_next.ranking import ask_next as ranked
    from cso_rules.studies.ask_next.report import AskNextReport

    policy, records = asked.policy(), asked.body["records"]
    if not isinstance(records, list) or not 1 <= len(records) <= MOST_RECORDS:
        faults = Faults()
        faults.add("not-a-list", *(asked.within or ()), "records", parts={"most": MOST_RECORDS})
        faults.refuse()
    found: list[Determination] = []
    faulty: list[Fault] = []
    kind = "bad-request"
    for place, facts in enumerate(records):
        try:
            found.append(asked.determination(policy, facts, ("records", place)))
        except Problem as problem:
            kind, faulty = problem.kind, [*faulty, *problem.faults]
    if faulty:
        raise Problem(kind, faulty)
    numbered = ((number, str(number), "", one) for number, one in enumerate(found, 1))
    ranking = ranked(numbered, policy, readings=asked.body.get("readings", {}))
    return AskNextReport(found=ranking, language=asked.language).json()


def places(asked: Asked) -> dict[str, Any]:
    """Return the places that have rules of their own, and the days that the rules cover."""
    bundle = asked.bundle
    names: dict[str, list[str]] = {}
    for name, codes in bundle.content["names"].items():
        for code in codes:
            names.setdefault(code, []).append(name)
    return {
        "format": 1,
        "digest": bundle.digest,
        "version": bundle.version,
        "first_day": bundle.first_day.isoformat(),
        "until": None if bundle.until is None else bundle.until.isoformat(),
        "places": [{"code": code, "names": sorted(names.get(code, []))} for code in bundle.places],
        "left_out": list(bundle.content["elsewhere"]),
    }


def parameters(asked: Asked) -> dict[str, Any]:
    """Return the legal numbers of a place and day."""
    policy = asked.policy()
    return {
        "format": 1,
        "as_of": policy.as_of.isoformat(),
        "jurisdiction": policy.jurisdiction,
        "title": label_json(policy.title),
        "parameters": [_parameter(found) for found in policy.parameters.values()],
    }


def _parameter(found: Parameter) -> dict[str, Any]:
    return {
        "name": found.name,
        "label": label_json(found.label),
        "kind": found.type.kind,
        "indexed_by": list(found.indexed_by),
        "is_removed": found.is_removed,
        "values": [
            {"of": of.split("/") if of else [], "value": plain(found.type.decode_number(number))}
            for of, number in found.values
        ],
    }


def page(asked: Asked) -> str:
    """Return the page that asks and answers in a browser."""
    from cso_rules.page.builder import page as page_of

    named = [name.strip() for name in asked.parameters.get("places", "").replace("，", ",").split(",") if name.strip()]
    if len(named) > MOST_PLACES:
        raise asked.refuse("too-many-places", "places", most=MOST_PLACES)
    policies = {}
    for name in dict.fromkeys([NATIONAL, *named]):
        own = {"jurisdiction": name, **{key: value for key, value in asked.parameters.items() if key == "as_of"}}
        try:
            found = attrs.evolve(asked, parameters=own).policy()
        except Problem as problem:
            faults = [attrs.evolve(each, parameter="places") if each.parameter == "jurisdiction" else each
                      for each in problem.faults]  # fmt: skip
            raise Problem(problem.kind, faults) from None
        policies[found.jurisdiction] = found
    return page_of(asked.bundle, list(policies), policies[NATIONAL].as_of, None)


def label_json(label: Label) -> dict[str, str]:
    """Return a label in both languages."""
    return {"zh": label.zh, "en": label.en}


Answer = Callable[[Asked], Any]
