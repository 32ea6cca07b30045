"""A bundle that was opened: the rules of its places and days, and what can be asked of them."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from cso_rules.bundle.container import FORMAT, Container, document_of, unpacked
from cso_rules.bundle.faults import refuse
from cso_rules.bundle.shipped import RULES, shipped
from cso_rules.engine.cache import ready_policy
from cso_rules.loader.codes import NATIONAL, normalized_code
from cso_rules.model.civil_dates import day_of_rules

if TYPE_CHECKING:
    from cso_rules.classification import Classification
    from cso_rules.determination import Determination
    from cso_rules.engine.gaps import ChangeInWords
    from cso_rules.errors import FactProblem
    from cso_rules.model.plain import Rebuilt
    from cso_rules.model.policy import Policy
    from cso_rules.model.types import Value
    from cso_rules.studies.ask_next.ranking import AskNext
    from cso_rules.tables.bulk.determine import ManyAnswers

MOST_POLICIES: Final = 64
"""So many policies of days are kept ready."""
_RULES: Final = frozenset(
    {"format", "version", "from", "until", "subject", "places", "elsewhere", "names", "kinds", "parts"}
)
_PLANS: Final = frozenset({"plans", "said", "lists", "levels", "calendars", "ends", "nodes", "roots"})


def load_bundle(
    path: str | Path | None = None,
    *,
    expect_digest: str | None = None,
    minimum_version: int | None = None,
    trusted_keys: Collection[str] | None = None,
) -> Bundle:
    """Open a bundle that `cso-rules build` wrote; no rule file and no YAML is read, now or later.

    What it answers: `determine`, `classify`, `explain`, which facts to ask for next, the smallest changes that lead to
    an answer, and tables of organizations; `policy` gives the rules of a place and day to every
    other function that takes a policy. What it does not: what needs rule files, which are `check`, `test`, `show`,
    `search`, `trace`, `diff` and the book; rules with other numbers (`sweep`, `impact` of a draft); drafts, and places
    without the rules that deviate from higher law. What is shown of a rule file's lines is not there.

    Args:
        path: The file; None is the bundle that comes with this installation.
        expect_digest: The digest that its content must have; any other one is refused.
        minimum_version: The version that it must have at least; an older one is refused.
        trusted_keys: Public ed25519 keys, each as PEM or as 64 hexadecimal digits; when given, a bundle that is not
            signed by one of them is refused, and the extra `signing` is needed.

    Raises:
        BundleError: It is no bundle, of another format or of another version of this library, cut off or changed, or
            not the one that was asked for; or this installation comes without one.
        OSError: The file cannot be read.
        MissingExtraError: Signatures cannot be checked, because the extra `signing` is not installed.
        ArgumentError: A key is none.
    """
    place = str(path or shipped(RULES) or refuse("not_shipped", RULES))
    return bundle_in(
        Path(place).read_bytes(), place,
        expect_digest=expect_digest, minimum_version=minimum_version, trusted_keys=trusted_keys,
    )  # fmt: skip


def bundle_in(
    data: bytes,
    place: str,
    *,
    expect_digest: str | None = None,
    minimum_version: int | None = None,
    trusted_keys: Collection[str] | None = None,
) -> Bundle:
    """Open a bundle whose bytes are at hand, as `load_bundle` opens a file; `place` names it in messages."""
    found = unpacked(data, place)
    if trusted_keys is not None or found.signatures:
        from cso_rules.bundle.signing import verify

        verify(found, trusted_keys)
    if expect_digest is not None and found.digest != expect_digest:
        refuse("other_digest", place, found=found.digest, expected=expect_digest)
    bundle = _bundle_of(found)
    if minimum_version is not None and bundle.version < minimum_version:
        refuse("older", place, found=bundle.version, expected=minimum_version)
    return bundle


def _bundle_of(container: Container) -> Bundle:
    """Return the bundle that a file holds; nothing is asked of its signature.

    Raises:
        BundleError: Its content is not what its format says.
    """
    content = document_of(container, 0, _RULES)
    _refuse_unsound(content, container.place)
    return Bundle(place=container.place, digest=container.digest, content=content, container=container)


def _refuse_unsound(found: Mapping[str, Any], place: str) -> None:
    """Refuse a content whose parts are not what its format says."""
    kinds = {"version": int, "places": dict, "elsewhere": list, "names": dict, "kinds": dict, "parts": list}
    if found["format"] != FORMAT or not all(type(found[name]) is kind for name, kind in kinds.items()):
        refuse("damaged", place)


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Bundle:
    """The rules of some places on all days of some periods.

    Everything that is asked takes a day, `as_of` (today in Shanghai when left out), and a place, `jurisdiction`: `cn`,
    a code of GB/T 2260, or a name. A place without rules of its own has those of what it lies in. Whom facts describe
    is `entity`, the first entity of the package when left out.

    Attributes:
        place: The file.
        digest: The SHA-256 of the content.
        content: The rules, as they stand in the file.
        container: The file, with the plans.
    """

    place: str
    digest: str
    content: Mapping[str, Any] = attrs.field(repr=False)
    container: Container = attrs.field(repr=False)
    _policies: dict[tuple[int, str, datetime.date], Policy] = attrs.field(factory=dict, repr=False, init=False)

    @property
    def version(self) -> int:
        """The number that its builder gave it."""
        return int(self.content["version"])

    @property
    def places(self) -> tuple[str, ...]:
        """The codes of the places of which it has the rules; those that lie in them have the same."""
        return tuple(self.content["places"])

    @property
    def first_day(self) -> datetime.date:
        """The first day on which it answers."""
        return datetime.date.fromisoformat(self.content["from"])

    @property
    def until(self) -> datetime.date | None:
        """The first day on which it answers no more; None where it answers for every later day."""
        until = self.content["until"]
        return None if until is None else datetime.date.fromisoformat(until)

    def policy(
        self,
        *,
        as_of: datetime.date | str | None = None,
        jurisdiction: str = NATIONAL,
        entity: str | None = None,
        is_kept: bool = True,
    ) -> Policy:
        """Return the rules of a place on a day: those that `load_policy` gives, without positions in rule files.

        With `is_kept` they are kept ready on disk as those of `load_policy` are, compiled and with their plan, so that
        the next process answers at once.

        Args:
            as_of: The day, as a date or ISO text; today in Shanghai when left out.
            jurisdiction: `cn`, a code of GB/T 2260, or a name.
            entity: Whom facts describe; the first entity of the package when left out.
            is_kept: Whether they are kept ready on disk for the next process.

        Raises:
            BundleError: The place, the day or the entity is not in the bundle.
            UnknownNameError: There is no such place.
            ArgumentError: `as_of` is no day.
        """
        day, code = day_of_rules(as_of), self.code_of(jurisdiction)
        rules = self._entry(day, code, entity)["rules"]
        key = (rules, code, day)
        found = self._policies.get(key)
        if found is None:
            while len(self._policies) >= MOST_POLICIES:
                self._policies.pop(next(iter(self._policies)), None)
            make = partial(self._made, rules, code, day)
            found = ready_policy(self.digest, day, str(rules), code, make=make) if is_kept else make()
            self._policies[key] = found
        return found

    def kept_plan(
        self, *, as_of: datetime.date | str | None = None, jurisdiction: str = NATIONAL, entity: str | None = None
    ) -> str:
        """Return the plan of the period in which a day lies, for a walker; `as_of` and days after it are facts of it.

        Args:
            as_of: The day, as for `policy`.
            jurisdiction: The place, as for `policy`.
            entity: Whom facts describe, as for `policy`.

        Raises:
            BundleError, UnknownNameError, ArgumentError: As for `policy`.
        """
        from cso_rules.bundle.shared_plans import kept_plan

        day, code = day_of_rules(as_of), self.code_of(jurisdiction)
        entry, policy = self._entry(day, code, entity), self.policy(as_of=day, jurisdiction=code, entity=entity)
        about = {
            "package": policy.id, "jurisdiction": code, "entity": policy.entity, "as_of": day.isoformat(),
            "digest": policy.digest,
        }  # fmt: skip
        return kept_plan(self.plans, entry["plan"], about)

    @cached_property
    def plans(self) -> dict[str, Any]:
        """The plans and what they share, read when one is asked for; no answer here needs them."""
        return document_of(self.container, 1, _PLANS)

    # What is asked of the rules

    def determine(
        self,
        facts: object,
        *,
        as_of: datetime.date | str | None = None,
        jurisdiction: str = NATIONAL,
        entity: str | None = None,
        **options: Any,
    ) -> Determination:
        """Answer every decision about one organization, as `cso_rules.determine` does; it takes the further options."""
        from cso_rules.engine.determine import determine

        return determine(self.policy(as_of=as_of, jurisdiction=jurisdiction, entity=entity), facts, **options)

    def classify(
        self,
        organization: object = None,
        *,
        as_of: datetime.date | str | None = None,
        jurisdiction: str = NATIONAL,
        readings: Mapping[str, str] | None = None,
        problems: Collection[FactProblem] = (),
        **facts: object,
    ) -> Classification:
        """Classify one organization, as `cso_rules.classify` does."""
        from cso_rules.classification import classified

        policy = self.policy(as_of=as_of, jurisdiction=jurisdiction)
        return classified(policy, organization, readings=readings, problems=problems, facts=facts)

    def explain(self, determination: Determination, language: str = "zh", **options: Any) -> str:
        """Return a determination as text, as `cso_rules.explain` does."""
        from cso_rules.explanation import explain

        return explain(determination, language, **options)

    def ask_next(
        self,
        organizations: Iterable[object],
        *,
        as_of: datetime.date | str | None = None,
        jurisdiction: str = NATIONAL,
        readings: Mapping[str, str] | None = None,
    ) -> AskNext:
        """Return which facts of some organizations to collect next; they are numbered from 1.

        Args:
            organizations: What is known of each, as `determine` takes it.
            as_of: The day, as for `policy`.
            jurisdiction: The place, as for `policy`.
            readings: Options of ambiguous texts.

        Raises:
            FactsError: A fact of some organization cannot be used.
            BundleError: The place or day is not in the bundle.
        """
        from cso_rules.engine.determine import determine
        from cso_rules.studies.ask_next.ranking import ask_next

        policy, chosen = self.policy(as_of=as_of, jurisdiction=jurisdiction), readings or {}
        found = (determine(policy, facts, readings=chosen) for facts in organizations)
        numbered = ((number, str(number), "", one) for number, one in enumerate(found, 1))
        return ask_next(numbered, policy, readings=chosen)

    def gaps(self, determination: Determination, decision: str, value: Value) -> tuple[tuple[ChangeInWords, ...], ...]:
        """Return the smallest changes after which a decision has a value, or a list an item, as alternatives.

        Each change is (fact, old, new, difference). Where facts are missing so that none makes the answer certain, they
        are those after which it is possible.

        Args:
            determination: What was decided.
            decision: The decision, such as `tier`.
            value: The value that it is to have, or of a list the item.

        Raises:
            UnknownNameError: There is no such decision.
        """
        from cso_rules.engine.gaps import changes_to
        from cso_rules.errors import UnknownNameError

        if decision not in determination.policy.decisions:
            raise UnknownNameError("decision", decision)
        return changes_to(determination.policy, determination.known, decision, value)

    def determine_many(
        self,
        table: Any,
        *,
        as_of: datetime.date | str | None = None,
        jurisdiction: str | None = None,
        entity: str | None = None,
        **options: Any,
    ) -> ManyAnswers:
        """Answer about every row of a table, as `cso_rules.determine_many` does.

        With columns of places or of dates each row has the rules of its own; `jurisdiction` and `as_of` fill blanks.
        A place whose rules are left out refuses its rows; a day that is not in the bundle ends the run. With `entity`
        the table can have no such columns.
        """
        from cso_rules.bundle.tables import run_of
        from cso_rules.tables.bulk.determine import determine_many

        if entity is not None:
            policy = self.policy(as_of=as_of, jurisdiction=jurisdiction or NATIONAL, entity=entity)
            return determine_many(table, policy, **options)
        return determine_many(table, run_of(self, jurisdiction, as_of), **options)

    # Where the rules of a place and day stand

    def code_of(self, jurisdiction: str) -> str:
        """Return the code of a place, without trailing zeros; it need not be in the bundle.

        Raises:
            UnknownNameError: There is no such place.
        """
        if jurisdiction == NATIONAL or (jurisdiction.isascii() and jurisdiction.isdecimal()):
            return normalized_code(jurisdiction)
        from cso_rules.loader.place_names import code_among

        names = self.content["names"]
        return normalized_code(code_among(jurisdiction, lambda: {name: frozenset(names[name]) for name in names}))

    def _entry(self, day: datetime.date, code: str, entity: str | None) -> dict[str, int]:
        periods = self.content["places"].get(self.nearest(code), ())
        shown = day.isoformat()
        for period in periods:
            if period["from"] <= shown and (period["until"] is None or shown < period["until"]):
                about: dict[str, dict[str, int]] = period["about"]
                if (name := entity or str(self.content["subject"])) in about:
                    return about[name]
                refuse("no_such_entity", self.place, found=name, known=", ".join(about))
        last = "..." if self.until is None else self.until - datetime.timedelta(days=1)
        return refuse("no_such_day", self.place, first=self.first_day, last=last, found=shown)

    def nearest(self, code: str) -> str:
        """Return the place whose rules apply: the nearest in which a code lies.

        Raises:
            BundleError: Its rules are left out.
        """
        here, elsewhere = self.content["places"], self.content["elsewhere"]
        for length in range(len(code), 0, -1):
            if code[:length] in here:
                return code[:length]
            if code[:length] in elsewhere:
                refuse("no_such_place", self.place, found=code[:length], known=", ".join(here))
        return NATIONAL

    @cached_property
    def _rebuilt(self) -> Rebuilt:
        from cso_rules.model.plain import Rebuilt, fields_of

        parts = [int(part["number"]) if isinstance(part, dict) else part for part in self.content["parts"]]
        own = {kind: list(fields) for kind, fields in fields_of(parts).items()}
        if own != self.content["kinds"]:
            refuse("other_version", self.place)
        return Rebuilt(parts)

    def _made(self, rules: int, code: str, day: datetime.date) -> Policy:
        from cso_rules.model.given_days import on_day

        return attrs.evolve(on_day(self.of_period(rules), day), jurisdiction=code)

    def of_period(self, place: int) -> Policy:
        """Return the rules of a period, in which the date and days after it are facts, by their place in the content.

        Raises:
            BundleError: There are none.
        """
        from cso_rules.model.policy import Policy

        rebuilt = self._rebuilt
        try:
            found = rebuilt.at(place)
        except (ValueError, TypeError, KeyError, IndexError):
            refuse("damaged", self.place)
        return found if isinstance(found, Policy) else refuse("damaged", self.place)
