"""Why an answer is what it is, in one sentence: what holds, what fails and by how much, what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cso_rules.determination import Determination, Finding, Outcome, Status
from cso_rules.explanation.account import Account
from cso_rules.explanation.reasons import Atom, Comparison, atoms_behind, comparison, lacking, open_atoms, why_open
from cso_rules.explanation.words import Words
from cso_rules.model.decisions import rules_of
from cso_rules.model.expressions import Among, Expression, Or, Within, names_of, operands
from cso_rules.truth import Truth

MOST_NAMED: Final = 3
"""Answers of yes or no that a sentence names one by one."""


def why(determination: Determination, language: str) -> str:
    """Return why the headline has its answer, or keeps several, as one sentence without its end.

    Raises:
        ArgumentError: There are no sentences in this language.
    """
    account = Account.of(determination, language)
    outcome, words = account.outcome, account.words
    if outcome is None or outcome.status is Status.NO_RULE_IN_FORCE:
        return words.say("why_no_rule")
    if outcome.status is Status.CONFLICT:
        return words.say("why_conflict")
    parts = [*_positive(account, outcome), *_negative(account, outcome)] or _rows(account, outcome)
    if outcome.status is Status.UNSETTLED_BY_LAW:
        parts.append(words.say("why_left_open", cases=words.joined(account.cases(outcome), "and_clauses")))
    return words.joined(dict.fromkeys(parts), "and_clauses")


def _positive(account: Account, outcome: Outcome) -> Iterator[str]:
    """Yield what makes a determined answer."""
    if outcome.status is Status.DETERMINED:
        for rule in account.hits(outcome):
            yield from (text for _, text in account.settling(rule, plain="why_met"))


def _rows(account: Account, outcome: Outcome) -> list[str]:
    """Return the labels of the rows that make the answer, where no conditions are behind them."""
    return [account.words.label(rule.label) for rule in account.hits(outcome)]


def _negative(account: Account, outcome: Outcome) -> Iterator[str]:
    """Yield the conditions that are open, then those that fail."""
    told = telling(account, account.bearing_of(outcome.decision.name))
    failing = [one for one in told if _fails(account, one)]
    for one in (one for one in told if one not in failing):
        details = account.words.joined(open_texts(account, account.open(one)), "list_and")
        yield account.words.say("why_open", label=account.words.label(one.decision.label), details=details)
    yield from (_unmet(account, one) for one in failing)


def telling(account: Account, names: Iterable[str]) -> list[Outcome]:
    """Return the sets of conditions that are open or fail, but for those that nobody can change beside another way."""
    read = tuple(names)
    shown = [one for one in account.conditions(read) if _fails(account, one) or account.open(one)]
    others = {one.decision.name for one in shown if one.fails_jointly or _may_change(account, one) or account.open(one)}
    ways = [way for name in read for rule in rules_of(account.found[name].decision) for way in _ways(rule.condition)]
    return [one for one in shown if one.decision.name in others or not _is_beside(one.decision.name, others, ways)]


def _ways(condition: Expression) -> Iterator[frozenset[str]]:
    """Yield the names between which a condition leaves the choice, each being enough."""
    if isinstance(condition, Or):
        yield frozenset(part.name for part in condition.operands if isinstance(part, Among))
    for part in operands(condition):
        yield from _ways(part)


def _is_beside(name: str, others: set[str], ways: Iterable[frozenset[str]]) -> bool:
    return any(name in way and not others.isdisjoint(way) for way in ways)


def _fails(account: Account, outcome: Outcome) -> bool:
    return outcome.fails_jointly or bool(account.failing(outcome))


def _may_change(account: Account, outcome: Outcome) -> bool:
    """Tell whether one of the facts behind the failing criteria can become another."""
    facts, environment = account.found.policy.facts, account.found.environment
    atoms = (atom for finding in account.failing(outcome) for atom, _ in atoms_behind(finding, environment))
    names = {name for atom in atoms for name in names_of(atom)}
    return any(name in account.found.outcomes or (name in facts and facts[name].is_changeable) for name in names)


def _unmet(account: Account, outcome: Outcome) -> str:
    words, label = account.words, account.words.label(outcome.decision.label)
    if outcome.fails_jointly:
        part = account.unmet(outcome)
        return part[0] if part is not None else label
    details = words.joined(failing_texts(account, account.failing(outcome)), "list_and")
    return words.say("why_unmet", label=label, details=details)


def failing_texts(account: Account, failing: Iterable[Finding], *, most: int = MOST_NAMED) -> list[str]:
    """Return what is lacking: numbers first, then other values, then what is answered with no, or yes, together."""
    words, environment = account.words, account.found.environment
    numbers, others, no, yes = list[str](), list[str](), list[str](), list[str]()
    for finding in failing:
        atoms = own_atoms(account, finding)
        for atom, wanted in atoms:
            found = comparison(words, atom, environment) if isinstance(atom, Within) and wanted is Truth.TRUE else None
            if found is not None:
                numbers.append(lacking(words, found))
            elif isinstance(atom, Among) and atom.name in account.found.outcomes:
                others.append(words.say("not_so", name=words.name(atom.name)))
            elif isinstance(atom, Among) and _is_answer(words, atom.name):
                is_true = bool(words.policy.variable_type(atom.name).decode(environment[atom.name]))
                (yes if is_true else no).append(words.name(atom.name))
            else:
                others.append(account.detail(finding))
        if not atoms:
            others.append(words.say("why_not", name=words.label(finding.rule.label)))
    answers = (("all_no", no), ("all_yes", yes))
    grouped = [words.say(key, names=_some(words, names, most)) for key, names in answers if names]
    return list(dict.fromkeys([*numbers, *others, *grouped]))


def _is_answer(words: Words, name: str) -> bool:
    """Tell whether a variable is answered with yes or no, which may be told."""
    return words.policy.variable_type(name).kind == "boolean" and not words.policy.is_personal(name)


def own_atoms(account: Account, finding: Finding) -> list[tuple[Atom, Truth]]:
    """Return the comparisons that make a criterion true or false, but for those that say how a text is read."""
    atoms = atoms_behind(finding, account.found.environment)
    return [pair for pair in atoms if not _is_reading(account, pair[0])]


def _is_reading(account: Account, atom: object) -> bool:
    return isinstance(atom, Among) and atom.name in account.found.policy.readings


def _some(words: Words, names: list[str], most: int) -> str:
    names = list(dict.fromkeys(names))
    shown, rest = words.joined(names[:most]), len(names) - most
    return shown if rest <= 0 else words.say("and_more", names=shown, number=len(names), rest=rest)


def open_texts(account: Account, findings: Iterable[Finding], *, most: int = MOST_NAMED) -> list[str]:
    """Return what is known of the facts that keep criteria open: numbers with their bounds, then others together."""
    words, environment = account.words, account.found.environment
    bounds, names = dict[str, str](), dict[str, list[str]]()
    for atom in (atom for finding in findings for atom in open_atoms(finding.rule, environment)):
        found = comparison(words, atom, environment) if isinstance(atom, Within) else None
        if found is not None and found.value != words.say("unknown"):
            parts = {"quantity": found.quantity, "value": found.value, "required": required(words, found)}
            bounds.setdefault(found.quantity, words.say("known_as", **parts))
            continue
        for name in names_of(atom):
            if name not in account.found.policy.readings and not account.is_settled(name):
                names.setdefault(f"why_{why_open(account.found, name)}", []).append(words.name(name))
    return [*bounds.values(), *(words.say(key, names=_some(words, of, most)) for key, of in names.items())]


def required(words: Words, found: Comparison) -> str:
    """Return what is asked for, such as `at least 50 persons`."""
    kind = "date" if found.is_date else "number"
    return words.say(f"required_{'least' if found.is_least else 'most'}_{kind}", bound=found.bound)
