# ruff: noqa: INP001
"""Write docs/reference/rule-file-keys.md from the grammar of rule files: python docs/make_rule_file_keys.py."""

from collections.abc import Iterator
from pathlib import Path

from cso_rules.loader.grammar.files import FILES
from cso_rules.loader.grammar.scenarios import EXPECTATION
from cso_rules.loader.grammar.shapes import (
    CHECKED,
    Either,
    Key,
    ListOf,
    MappingOf,
    Need,
    OneOf,
    Plain,
    Shape,
    Value,
    Where,
    shapes_in,
)
from cso_rules.loader.grammar.values import LABEL, PERIOD

PAGE = Path(__file__).parent / "reference" / "rule-file-keys.md"
HEAD = """# Keys of rule files

Every key of every kind of mapping, from the grammar in `src/cso_rules/loader/grammar/`. [Rule files](rule-files.md)
shows the keys at work and says what they do together. `python docs/make_rule_file_keys.py` writes this page; do not
edit it by hand.
"""
COLUMNS = "| key | value | required | default | meaning | 含义 |\n|---|---|---|---|---|---|"
EVERYWHERE = (LABEL, PERIOD)
FIRST = "0.1"


def page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "## Everywhere\n"
    for shape in EVERYWHERE:
        yield from _shape(shape)
    seen = {shape.name for shape in EVERYWHERE}
    for file in FILES.values():
        yield f"## {file.place}: {file.title.en} ({file.title.zh})\n"
        for shape in [*shapes_in(file.shape), *([EXPECTATION] if file is FILES["scenarios"] else ())]:
            if shape.name not in seen:
                seen.add(shape.name)
                yield from _shape(shape)


def _shape(shape: Shape) -> Iterator[str]:
    yield f"### {shape.name}\n\n{COLUMNS}"
    keys = {key.name: key for key in shape.keys}
    for name in shape.known:
        yield _row(keys[name])
    for names in shape.any_of:
        yield f"\nAt least one of {_listed(names)}."
    if shape.one_of:
        yield f"\nNot more than one of {_listed(shape.one_of)}."
    for key in shape.keys:
        if isinstance(key.value, OneOf):
            meanings = (f"`{word}` {label.en} ({label.zh})" for word, label in key.value.words.items())
            yield f"\nOf `{key.name}`: {'; '.join(meanings)}."
    yield ""


def _row(key: Key) -> str:
    since = "" if key.since == FIRST else f" (since {key.since})"
    default = f"`{key.default}`" if key.default and " " not in key.default else key.default
    return f"| `{key.name}` | {_said(key.value)} | {_need(key.need)} | {default} | {key.en}{since} | {key.zh} |"


def _need(need: Need | Where) -> str:
    match need:
        case Where(other, ()):
            return f"beside `{other}`"
        case Where(other, values):
            return f"where `{other}` is {_listed(values, 'or')}"
        case _:
            return "yes" if need is CHECKED else need.value


def _said(value: Value) -> str:
    match value:
        case Plain(said):
            return said
        case OneOf(words):
            return ", ".join(f"`{word}`" for word in words)
        case ListOf(item):
            return f"list of: {_said(item)}"
        case MappingOf(keys, item):
            return f"mapping of {keys} to: {_said(item)}"
        case Either(values):
            return "; or ".join(_said(each) for each in values)
        case Shape(name=name):
            return f"[{name}](#{name.replace(' ', '-').replace(':', '')})"


def _listed(names: tuple[str, ...], word: str = "and") -> str:
    *first, last = [f"`{name}`" for name in names]
    return f"{', '.join(first)} {word} {last}" if first else last


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
