"""Which provisions a rule cites on a date: its own that are in force, and those of the numbers and readings it uses.

In come declarations with the changes of a place made; out go citations. Guaranteed: what cites something in the rule
files cites something here, if need be a text of another time.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping

import attrs

from cso_rules.loader.documents.declarations import DecisionDeclaration, Declarations
from cso_rules.model.decisions import Lifted
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Change


@attrs.frozen(kw_only=True)
class LegalBasis:
    """The provisions of one place on one date.

    Attributes:
        values: Citations of each parameter as its number is in force, and of each reading that the place chose.
    """

    found: Declarations
    as_of: datetime.date
    changes: tuple[Change, ...]
    values: Mapping[str, tuple[Citation, ...]]

    @classmethod
    def of(cls, found: Declarations, as_of: datetime.date, changes: tuple[Change, ...]) -> LegalBasis:
        """Return the provisions of declarations with changes made."""
        values: dict[str, tuple[Citation, ...]] = {}
        for name, parameter in found.parameters.items():
            dated = parameter.value_on(as_of)
            values[name] = dated.citations if dated is not None else ()
        for change in changes:
            if change.operation in {"sets", "restates", "chooses"} and change.is_applied:
                values[change.path] = tuple(dict.fromkeys((*change.citations, *values.get(change.path, ()))))
        return cls(found=found, as_of=as_of, changes=changes, values=values)

    def cited(self, used: Iterable[str], own: tuple[Citation, ...]) -> tuple[Citation, ...]:
        """Return the citations of what was used, then a rule's own; each once, and only texts that are in force."""
        return self._standing((*(citation for name in used for citation in self.values.get(name, ())), *own))

    def _standing(self, citations: Iterable[Citation]) -> tuple[Citation, ...]:
        found = tuple(dict.fromkeys(citations))
        return tuple(citation for citation in found if self._is_in_force(citation)) or found

    def _is_in_force(self, citation: Citation) -> bool:
        provision = self.found.provisions.get(f"{citation.instrument} {citation.provision}")
        return provision is None or self.as_of in provision.period

    def lifted(self, decision: DecisionDeclaration) -> tuple[Lifted, ...]:
        """Return the criteria or rows of a decision that local packages remove, at least in some cases."""
        return tuple(
            Lifted(id=rule, label=change.label, citations=self._standing(change.citations))
            for change in self.changes
            for name, _, rule in [change.path.partition("/")]
            if change.label is not None and change.is_applied and name == decision.name
        )

    def lifted_with(self, name: str, label: Label, removed: Collection[str]) -> Lifted:
        """Return a criterion that is gone because the numbers with which it compares are removed."""
        return Lifted(id=name, label=label, citations=self.cited(removed, ()))
