"""Every kind of rule file: where files of the kind stand in a package, and the shape of what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from cso_rules.loader.grammar.decisions import CHANGES, DECISION, PARAMETERS
from cso_rules.loader.grammar.instruments import INSTRUMENTS
from cso_rules.loader.grammar.packages import PACKAGE
from cso_rules.loader.grammar.scenarios import SCENARIOS
from cso_rules.loader.grammar.shapes import Shape
from cso_rules.loader.grammar.vocabulary import CALENDAR, VOCABULARY
from cso_rules.model.instruments import Label


@attrs.frozen
class FileKind:
    """One kind of rule file; `place` is a pattern of names."""

    place: str
    title: Label
    shape: Shape


FILES: Final[Mapping[str, FileKind]] = {
    "package": FileKind("package.yaml", Label(zh="规则包", en="package"), PACKAGE),
    "instruments": FileKind(
        "instruments.yaml", Label(zh="法律文件和条款", en="legal instruments and provisions"), INSTRUMENTS
    ),
    "vocabulary": FileKind("vocabulary.yaml", Label(zh="词汇表", en="vocabulary"), VOCABULARY),
    "calendars": FileKind("calendars/*.yaml", Label(zh="工作日历", en="working days"), CALENDAR),
    "parameters": FileKind("parameters/*.yaml", Label(zh="参数", en="parameters"), PARAMETERS),
    "decisions": FileKind("decisions/*.yaml", Label(zh="决定", en="decision"), DECISION),
    "changes": FileKind("changes.yaml", Label(zh="地方改动", en="local changes"), CHANGES),
    "scenarios": FileKind("scenarios/*.yaml", Label(zh="情景用例", en="scenarios"), SCENARIOS),
}
