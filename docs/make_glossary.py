# ruff: noqa: INP001
"""Write docs/glossary.md from the vocabulary of the national rules: python docs/make_glossary.py."""

import datetime
from collections.abc import Iterator
from pathlib import Path

from cso_rules import load_policy

PAGE = Path(__file__).parent / "glossary.md"
HEAD = """# Glossary

Every fact and every value of an enumeration, in the order of `policies/cn/vocabulary.yaml`.
`python docs/make_glossary.py` writes this page; do not edit it by hand.
"""
COLUMNS = "| 中文 | English | id |\n|---|---|---|"


def page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    day = datetime.date(2018, 6, 1)
    entities = load_policy("cn", as_of=day).presentation.entities.names
    policies = [load_policy("cn", as_of=day, entity=entity) for entity in entities]
    yield HEAD
    yield f"## Facts\n\n{COLUMNS}"
    for fact in {name: fact for policy in policies for name, fact in policy.facts.items()}.values():
        yield _row(fact.label.zh, fact.label.en, fact.name)
    for found in policies[0].enumerations.values():
        yield f"\n## {found.label.zh} ({found.label.en}): `{found.name}`\n\n{COLUMNS}"
        for value, label in zip(found.values, found.labels, strict=True):
            yield _row(label.zh, label.en, value)


def _row(zh: str, en: str, name: str) -> str:
    return f"| {zh} | {en} | `{name}` |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
