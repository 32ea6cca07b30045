"""A package of a few rules in a folder of its own, for cases that the shipped rules do not show."""

import datetime
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cso_rules.determination import Determination
from cso_rules.engine.determine import determine
from cso_rules.loader.load import load_policy

BASE = Path(__file__).parent.parent / "diagnostics" / "base"
DAY = datetime.date(2024, 3, 1)
FACTS = """  - id: filed_on
    type: date
    label: {zh: 备案日期, en: date of filing}
    question: {zh: 何时备案?, en: When was it filed?}
    definition: {zh: 备案日期, en: date of filing}
    changeable: true
  - id: ended_on
    type: date
    label: {zh: 停止日期, en: last activity}
    question: {zh: 何时停止?, en: When did it end?}
    definition: {zh: 停止日期, en: last activity}
readings:
"""


def package(folder: Path, decisions: Mapping[str, str], **replaced: tuple[str, str]) -> Path:
    """Write a package with more decisions; `replaced` changes its other files, by name without ending."""
    target = folder / "base"
    shutil.copytree(BASE, target)
    vocabulary = target / "vocabulary.yaml"
    vocabulary.write_text(vocabulary.read_text("utf-8").replace("readings:\n", FACTS, 1), "utf-8")
    for name, (old, new) in replaced.items():
        path = next(target.rglob(f"{name}.yaml"))
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
    for name, body in decisions.items():
        head = "" if "label:" in body.splitlines()[0] else f"label: {{zh: {name} 之事, en: matter of {name}}}\n"
        (target / "decisions" / f"{name}.yaml").write_text(f"format: 1\ndecision: {name}\n{head}{body}", "utf-8")
    return target


def answered(folder: Path, facts: Mapping[str, Any] = {}, **readings: str) -> Determination:
    """Answer every decision of a package on the day."""
    return determine(load_policy(folder, as_of=DAY), dict(facts), readings=readings)
