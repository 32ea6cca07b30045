"""What a package says of itself to people: whom it is about, which answer comes first, what lists and targets show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from cso_rules.model.fields import ByFields
from cso_rules.model.instruments import Label


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Entity(ByFields):
    """Whom facts describe and decisions are about, such as a reader of a library, or a branch where readers are.

    Attributes:
        label: What one is called.
        plural: What several are called, in English.
        definition: What one is, for those who write rules.
        within: The entity in which it lies, whose facts its rules may use too.
        id_columns: Further headings of the column that identifies one.
        name_columns: Further headings of the column that names one.
    """

    name: str
    label: Label
    plural: str
    definition: Label
    within: str | None = None
    id_columns: tuple[str, ...] = ()
    name_columns: tuple[str, ...] = ()

    @property
    def many(self) -> Label:
        """What several are called."""
        return Label(zh=self.label.zh, en=self.plural)


UNSTATED: Final = Entity(
    name="subject",
    label=Label(zh="对象", en="subject"),
    plural="subjects",
    definition=Label(zh="规则所说的对象", en="whom the rules are about"),
)
"""Whom the rules of a package are about that does not say it."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Entities(ByFields):
    """The entities of a package; the first is the one that a notice or a row of a table is about."""

    all: tuple[Entity, ...] = (UNSTATED,)

    def __getitem__(self, name: str) -> Entity:
        """Return an entity by its name."""
        return {entity.name: entity for entity in self.all}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order of the package."""
        return tuple(entity.name for entity in self.all)

    @property
    def subject(self) -> Entity:
        """Whom a notice or a row of a table is about."""
        return self.all[0]

    @property
    def site(self) -> Entity | None:
        """What the subject lies in, such as the branch where a reader is."""
        within = self.subject.within
        return None if within is None else self[within]

    def led_by(self, name: str) -> Entities:
        """Return the same entities with one of them as the subject."""
        return Entities(all=(self[name], *(entity for entity in self.all if entity.name != name)))

    def worded(self, text: Label, /, **parts: object) -> Label:
        """Return a text with its places filled; {one} and {many} are subjects, {site} and {sites} where they are."""
        one, site = self.subject, self.site or self.subject
        return text.filled(one=one.label, many=one.many, site=site.label, sites=site.many, **parts)

    @property
    def area(self) -> Entity | None:
        """The largest entity in which the subject lies, where it holds several sites."""
        found = self.around(self.subject.name)
        return self[found[-1]] if len(found) > 1 else None

    def read_by(self, name: str) -> tuple[str, ...]:
        """Return whose facts rules about an entity may use: its own, and those of what it lies in."""
        return (name, *self.around(name)[:1])

    def around(self, name: str) -> tuple[str, ...]:
        """Return everything in which an entity lies, the nearest first."""
        found: list[str] = []
        while (within := self[found[-1] if found else name].within) is not None and within not in found:
            found.append(within)
        return tuple(found)

    @property
    def placed(self) -> tuple[str, ...]:
        """The entities that lie in another one, which may be counted there."""
        return tuple(entity.name for entity in self.all if entity.within is not None)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Lists(ByFields):
    """Which list decisions are shown where.

    Attributes:
        tables: Those with a column of their own beside the rows of a table; other decisions may be among them.
        notices: Those that come first in a notice; the others follow in the order of the rules.
        left_out: Those that no notice shows.
        comparisons: Those whose items are counted before and after a change.
        remarks: The one whose certain items are remarks on a row.
    """

    tables: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    comparisons: tuple[str, ...] = ()
    remarks: str | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class NoticeWords(ByFields):
    """What the notice to one subject says in the words of its field.

    Attributes:
        title: What the notice is called.
        sheet: What the working sheet of the office is called.
        asked: What the headline says of the subject, as an indirect question.
        self_name: The addressee that is the subject itself, told as "you".
        answers: What each answer of the headline means for the subject, as a sentence without its end.
        support: The lists of what it may ask for.
        steps: The lists of what is to be done next.
        duties: The lists of standing duties, of which a notice tells those of the subject itself.
        notes: The instrument in which the package keeps its own readings; it is no ground that an office could cite.
    """

    title: Label | None = None
    sheet: Label | None = None
    asked: Label | None = None
    self_name: str | None = None
    answers: Mapping[str, Label] = attrs.field(factory=dict)
    support: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    notes: str | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Target(ByFields):
    """How many an area should count on average in its sites of one kind.

    Attributes:
        fact: The fact that tells sites apart.
        enumeration: The enumeration of its values.
        value: Its value in the sites of this kind.
        counted: The fact that says how many are counted there.
        sites: The fact that says how many such sites there are.
        average: The parameter with the average to reach.
        status: The decision about how the target stands.
        reached: The decision whether it is reached.
        shortfall: The decision how many are lacking.
        due: The decision when it is due.
    """

    fact: str
    enumeration: str
    value: str
    counted: str
    sites: str
    status: str
    average: str | None = None
    reached: str | None = None
    shortfall: str | None = None
    due: str | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Presentation(ByFields):
    """How the answers of a package are shown.

    Attributes:
        headline: The decision that notices, tables and comparisons are about; empty where there is none.
        headings: What decisions are called where their own label is too long or too plain.
        addressees: The enumeration of those whom rules address.
        roles: The enumeration of roles; a list of addressees by role is shown by role.
        notices: The words of notices in the field of the package.
        targets: What an area is to reach.
        other_columns: Headings of tables that are known to be no fact.
        topics: What a group of columns may be about that is about the subject itself, not another body or person.
    """

    headline: str = ""
    headings: Mapping[str, Label] = attrs.field(factory=dict)
    lists: Lists = Lists()
    addressees: str | None = None
    roles: str | None = None
    notices: NoticeWords = NoticeWords()
    targets: tuple[Target, ...] = ()
    other_columns: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    entities: Entities = Entities()
