"""The SQL executor: a policy becomes one SELECT over a table with one row for each organization.

In come a policy and the name of a table; out goes SQL text for one database. Guaranteed: every row gets the answers
that some completion of its facts gives, but for decisions that the statement names; nothing of a rule file is in the
text but quoted literals, checked names and comments; the same policy gives the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import partial

import attrs

from cso_rules.executors.sql.answers import Answers, Output
from cso_rules.executors.sql.columns import Columns, Source, comment_lines, item_lines, stages, widest
from cso_rules.executors.sql.decisions import Decisions
from cso_rules.executors.sql.dialects import Dialect, NotInSqlError, dialect_of, escaped
from cso_rules.executors.sql.expressions import Conditions, Slot, Slots, constant_slot
from cso_rules.executors.sql.facts import Facts, check_size, create_table
from cso_rules.executors.sql.network import Network, network_of
from cso_rules.executors.sql.nodes import Predicate, flag, one_of, written
from cso_rules.model.decisions import rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.policy import Fact, Policy, Presumption
from cso_rules.plan.building import plan_for
from cso_rules.plan.diagrams import TooLargeError
from cso_rules.plan.prepared import Prepared


@attrs.frozen(kw_only=True)
class Statement:
    """SQL text and what its columns are.

    Attributes:
        text: The SELECT, without a semicolon.
        outputs: Its columns after the keys, in order.
        absent: Facts that matter and of which the table has no column; they are unknown in every row.
        inexact: Decisions of which more may be left possible than there is.
        presumed: Facts that are what the law presumes where nothing is said: where the column is NULL or not there.
    """

    dialect: Dialect
    text: str
    keys: tuple[str, ...]
    outputs: tuple[Output, ...]
    absent: tuple[str, ...] = ()
    inexact: tuple[str, ...] = ()
    presumed: tuple[str, ...] = ()

    def view(self, name: str) -> str:
        """Return CREATE VIEW with this text."""
        return f"CREATE VIEW {self.dialect.table(name)} AS\n{self.text}"


def statement(  # noqa: PLR0913 - what a statement consists of
    policy: Policy,
    dialect: str = "duckdb",
    *,
    table: str = "organizations",
    keys: Sequence[str] = ("id",),
    present: Collection[str] | None = None,
    rules: bool = True,
) -> Statement:
    """Return the SELECT that answers every decision of a policy for every row of a table.

    Args:
        policy: Rules in force; `Policy.part` gives fewer decisions.
        dialect: duckdb, postgresql, mysql, sqlite, spark or oracle.
        table: The table of facts.
        keys: Columns of the table that are handed on.
        present: Columns that the table has; None when it has one for each fact that is read.
        rules: Whether the truth of each rule becomes two columns.

    Raises:
        NotInSqlError: A decision or a name cannot be written for databases.
    """
    outputs = partial(Answers.outputs, with_rules=rules)
    return _once(policy, ("answers", rules), dialect_of(dialect), table, keys, present, outputs)


def raw_statement(
    policy: Policy,
    dialect: str = "duckdb",
    *,
    table: str = "organizations",
    keys: Sequence[str] = ("id",),
    present: Collection[str] | None = None,
) -> Statement:
    """Return the SELECT whose columns are the results of an executor: domains, rules, conflicts."""
    return _once(policy, ("results", True), dialect_of(dialect), table, keys, present, Answers.raw_outputs)


def routed_statement(  # noqa: PLR0913 - what a statement consists of
    policies: Mapping[str, Policy],
    dialect: str = "duckdb",
    *,
    routing: str,
    table: str = "organizations",
    keys: Sequence[str] = ("id",),
    present: Collection[str] | None = None,
) -> Statement:
    """Return one SELECT for the rules of several places: each row is answered by those that its routing column names.

    A row that names none of them is refused, never left out. Only decisions that all the policies have are answered,
    and rules get no columns, for they differ.
    """
    shared = _shared(policies)
    explained = {name for name in shared if any(rules_of(policy.decisions[name]) for policy in policies.values())}
    form = dialect_of(dialect)
    column = f"t.{form.identifier(routing)}"
    made = []
    for value, policy in policies.items():
        writer = _written(policy.part(shared), form, table, keys, present, partial(_of_shared, shared, explained))
        made.append(writer.statement([f"{form.exact_text.format(column)} = {form.literal(value)}"]))
    # Names are checked and literals quoted, here as everywhere in these modules.
    branches = [f"SELECT * FROM (\n{part.text}\n) branch{place}" for place, part in enumerate(made)]  # noqa: S608
    assert len({tuple(output.name for output in part.outputs) for part in made}) == 1
    branches.append(_unrouted(form, table, keys, made[0].outputs, column, list(policies)))
    return attrs.evolve(made[0], text="\nUNION ALL\n".join(branches))


def _of_shared(shared: Sequence[str], explained: Collection[str], answers: Answers) -> list[Output]:
    """Return the outputs of some decisions, in one order for all places."""
    outputs = [output for output in answers.outputs(explained=explained) if output.decision in {None, *shared}]
    return sorted(outputs, key=lambda output: -1 if output.decision is None else shared.index(output.decision))


def _shared(policies: Mapping[str, Policy]) -> list[str]:
    """Return the decisions that all policies have; each with one kind of answer, which goes into one column."""
    first, *others = policies.values()
    shared = [name for name in first.decisions if all(name in policy.decisions for policy in others)]
    for name in shared:
        kinds = {(policy.decisions[name].type.kind, policy.decisions[name].type.scale) for policy in policies.values()}
        if len(kinds) > 1:
            raise NotInSqlError(
                f"{name}: its answer has another type in another place, so it cannot share a column; "
                "name the decisions that are wanted",
                f"{name}：各地结果类型不同，不能放在同一列，请指明所需的决定",
            )
    return shared


def _unrouted(  # noqa: PLR0913, PLR0917 - what the other branches consist of
    form: Dialect, table: str, keys: Sequence[str], outputs: Sequence[Output], column: str, values: Sequence[str]
) -> str:
    """Return the rows whose routing column names no policy, as refused."""
    fixed = {"cso_problems": '["no rules for this place"]'}
    listed = [f"t.{form.identifier(key)}" for key in keys]
    for output in outputs:
        text = fixed.get(output.name, "refused" if output.holds == "status" else None)
        value = "NULL" if text is None else written(form.text(text))
        listed.append(f"{value} AS {form.identifier(output.name)}")
    known = ", ".join(map(form.literal, values))
    text = form.exact_text.format(column)
    selected = ",\n  ".join(listed)
    rest = f"FROM {form.table(table)} t\nWHERE {column} IS NULL OR {text} NOT IN ({known})"
    return f"SELECT\n  {selected}\n{rest}"


def facts_table(
    policy: Policy, dialect: str = "duckdb", table: str = "organizations", keys: Sequence[str] = ("id",)
) -> str:
    """Return CREATE TABLE for the facts that the decisions of a policy read."""
    return create_table(_facts_read(policy), dialect_of(dialect), table, keys)


def routed_facts_table(
    policies: Mapping[str, Policy],
    dialect: str = "duckdb",
    *,
    routing: str,
    table: str = "organizations",
    keys: Sequence[str] = ("id",),
) -> str:
    """Return CREATE TABLE for what `routed_statement` reads: the facts of all places, and the column of places."""
    shared = _shared(policies)
    read = [fact for policy in policies.values() for fact in _facts_read(policy.part(shared))]
    return create_table(read, dialect_of(dialect), table, list(dict.fromkeys([*keys, routing])))


def _facts_read(policy: Policy) -> list[Fact]:
    read = {name for decision in policy.decisions for name in policy.cone(decision)}
    read |= {name for constraint in policy.constraints for name in variables(constraint.condition)}
    return [fact for name, fact in policy.facts.items() if name in read]


class _Writer:
    """Writes one policy for one database."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a statement consists of
        self,
        policy: Policy,
        dialect: Dialect,
        table: str,
        keys: Sequence[str],
        present: Collection[str] | None,
        outputs: Callable[[Answers], Sequence[Output]],
        network: Network | None,
    ) -> None:
        self.policy, self.dialect, self.table, self.keys = policy, dialect, table, tuple(keys)
        self.columns = Columns()
        self.facts = Facts(dialect, self.columns, present)
        self.facts.write(_facts_read(policy))
        for name, decision in policy.decisions.items():
            check_size(name, len(decision.type.names))
        slots = {**self.facts.slots, **{name: self._reading(name) for name in policy.readings}}
        self.inexact = tuple(policy.decisions) if network is None else network.inexact
        decisions = Decisions(policy, dialect, self.columns, slots, network)
        decisions.write()
        self.answers = Answers(
            dialect=dialect, columns=self.columns, facts=self.facts, policy=policy, written=decisions.written,
            problems=self._problems(decisions.conditions, slots), network=network,
        )  # fmt: skip
        self.outputs = outputs(self.answers)
        self.wanted = [output.expression for output in self.outputs]
        self.needed = self.columns.needed_for(self.wanted)

    @property
    def is_too_wide(self) -> bool:
        """Whether a stage has more columns than the database takes."""
        most = self.dialect.most_columns
        return most is not None and widest(self.needed, self.wanted) + len(self.keys) > most

    def statement(self, tests: Sequence[str]) -> Statement:
        """Return the SELECT of the outputs, over the rows that pass the tests."""
        outputs = self.outputs
        inner = {f"key{place}": f"t.{self.dialect.identifier(key)}" for place, key in enumerate(self.keys)}
        where = f"{self.dialect.table(self.table)} t" + (f"\n  WHERE {' AND '.join(tests)}" if tests else "")
        made = list(stages(self.needed, self.wanted, self.dialect, Source(table=where, keys=inner)))
        listed = [f"  key{place} AS {self.dialect.identifier(key)}" for place, key in enumerate(self.keys)]
        listed += [
            item_lines(output.expression, self.dialect.identifier(output.name), output.comment, "  ")
            for output in outputs
        ]
        _refuse_repeated([*self.keys, *(output.name for output in outputs)])
        text = "\n".join(
            [*self._heading(), f"WITH {', '.join(made)}", "SELECT\n" + ",\n".join(listed), f"FROM s{len(made) - 1}"]
        )
        absent = tuple(name for name, test in self.facts.unknown.items() if test is True)
        return Statement(
            dialect=self.dialect, text=text, keys=self.keys, outputs=tuple(outputs), absent=absent,
            inexact=self.inexact, presumed=tuple(self.policy.presumptions),
        )  # fmt: skip

    def _heading(self) -> Iterator[str]:
        policy = self.policy
        title = f"{policy.id}, {policy.jurisdiction}, rules in force on {policy.as_of.isoformat()}"
        made = f"rules {policy.digest}; {self.dialect.name}; generated, do not edit"
        named = f"may leave more possible than there is: {', '.join(self.inexact)}"
        amended = [amendment.remark.en for amendment in policy.amendments_cited]
        presumed = [
            f"presumed by law where nothing is said: {name} = {_shown(found)}"
            for name, found in policy.presumptions.items()
        ]
        warned = (*amended, *presumed, *([named] if self.inexact else []))
        for text in (title, made, "decision support; an official decides", *warned):
            yield from comment_lines(text, "")

    def _reading(self, name: str) -> Slot:
        reading = self.policy.readings[name]
        is_open = reading.chosen not in reading.type.values
        return constant_slot(reading.type.everything if is_open else reading.type.bit(str(reading.chosen)))

    def _problems(self, conditions: Conditions, slots: Slots) -> dict[str, Predicate]:
        """Define which constraints are broken for certain, by id."""
        found: dict[str, Predicate] = {}
        for constraint in self.policy.constraints:
            _, false = conditions.pair(constraint.condition, slots)
            if false is not False:
                broken = self.columns.define("row", "breaks_constraint", flag(false), constraint.id)
                found[constraint.id] = one_of(broken, (1,))
        return found


def _once(  # noqa: PLR0913, PLR0917 - what a statement consists of
    policy: Policy,
    kind: tuple[str, bool],
    dialect: Dialect,
    table: str,
    keys: Sequence[str],
    present: Collection[str] | None,
    outputs: Callable[[Answers], Sequence[Output]],
) -> Statement:
    """Return a statement that was written before for this very policy and such a table, or write it."""
    known = _statements(policy)
    asked = (kind, dialect.name, table, tuple(keys), None if present is None else frozenset(present))
    found = known.get(asked)
    if found is None or found.dialect is not dialect:
        found = _written(policy, dialect, table, keys, present, outputs).statement([])
        if len(known) >= _MOST_STATEMENTS:
            known.clear()
        known[asked] = found
    return found


_MOST_STATEMENTS = 8


def _none_yet(_: Policy) -> dict[Hashable, Statement]:
    return {}


_statements = Prepared(_none_yet)
"""What was written for the policies that came last."""


def _written(  # noqa: PLR0913, PLR0917 - what a statement consists of
    policy: Policy,
    dialect: Dialect,
    table: str,
    keys: Sequence[str],
    present: Collection[str] | None,
    outputs: Callable[[Answers], Sequence[Output]],
) -> _Writer:
    """Write a policy; by the rules' formulas alone where the database does not take the columns of its diagrams."""
    dialect.table(table)  # what cannot be written is refused before the long work
    for key in keys:
        dialect.identifier(key)
    _refuse_repeated(keys)
    network = _networks(policy)
    found = _Writer(policy, dialect, table, keys, present, outputs, network)
    if network is not None and found.is_too_wide:
        return _Writer(policy, dialect, table, keys, present, outputs, None)
    return found


def _refuse_repeated(names: Sequence[str]) -> None:
    folded = [name.casefold() for name in names]
    if repeated := [name for name, fold in zip(names, folded, strict=True) if folded.count(fold) > 1]:
        name = escaped(repeated[0])
        raise NotInSqlError(f"{name}: two columns of this name", f"{name}：列名重复")


def _shown(found: Presumption) -> str:
    """Return a presumed value with the provisions that say so."""
    value = ", ".join(sorted(found.value)) if isinstance(found.value, frozenset) else str(found.value)
    return f"{value} ({', '.join(f'{each.instrument} {each.provision}' for each in found.citations)})"


def _network(policy: Policy) -> Network | None:
    """Return the network of a policy; None where it is too large, and the rules' formula is sound and no more."""
    try:
        return network_of(plan_for(policy))
    except TooLargeError:
        return None


_networks = Prepared(_network)
"""What statements of several databases and kinds are written from."""
