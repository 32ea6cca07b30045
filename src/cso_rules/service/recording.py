"""Answers recorded before they are given: what is not on the disk is not answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from cso_rules.determination import Determination
from cso_rules.errors import RecordsError
from cso_rules.records.record import LONGEST, Draft, Receipt, decision_draft
from cso_rules.records.store import RecordStore
from cso_rules.service.problems import Problem, fault, pointer
from cso_rules.service.reading import Faults, Place

NEEDED: Final = ("asked_by", "reason")
"""What is said about every record."""
FURTHER: Final = ("subject", "key")
_OF_THE_CALL: Final = frozenset({"unsaid", "too_long", "shown", "other_question"})
_WAITS: Final[Mapping[str, int]] = {"busy": 1, "full": 60}
"""Seconds after which the same may succeed."""


@attrs.frozen(kw_only=True)
class Recorder:
    """Records the answers of a service.

    Attributes:
        store: Where the records are kept.
    """

    store: RecordStore

    def draft(self, found: Determination, said: Any, bundle: str, place: Place) -> Draft:
        """Return what is to be recorded.

        Args:
            found: What was decided.
            said: Who asks and why, as it stands in the body.
            bundle: The digest of the rules.
            place: Where it stands.

        Raises:
            Problem: Something about it is not said, or is no text.
        """
        faults = Faults()
        faults.keys(said, NEEDED, FURTHER, *place)
        faults.refuse()
        about = {name: faults.text(said[name], LONGEST[name], *place, name) for name in said}
        for name in (name for name in NEEDED if not about[name].strip()):
            faults.add("missing-key", *place, parts={"name": name})
        faults.refuse()
        return decision_draft(found, **{"subject": "", "key": None, **about}, cells=None, bundle=bundle)  # type: ignore[arg-type]

    def kept(self, drafts: Sequence[Draft], place: Place) -> tuple[Receipt, ...]:
        """Bring drafts to the disk, all of them or none.

        Raises:
            Problem: They are not recorded.
        """
        try:
            return self.store.add(drafts)
        except RecordsError as error:
            if error.fault in _OF_THE_CALL:
                raise Problem("bad-request", [fault("other-question", pointer=pointer(*place, "key"))]) from None
            raise Problem("not-recorded", retry_after=_WAITS.get(error.fault)) from None
