"""What a shell may complete: packages, places, and names of the rules that the command line chooses so far."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click
from click.shell_completion import CompletionItem

from cso_rules.interfaces.usage import run_language
from cso_rules.model.instruments import Label

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
NATIONAL = "cn"


def _quietly(read: Callable[[click.Context], Iterable[tuple[str, Label | None]]]) -> Complete:
    """Return a completion of names; where rules cannot be read nothing is completed."""

    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from cso_rules.errors import CsoRulesError

        wanted = incomplete.casefold()
        with contextlib.suppress(CsoRulesError, OSError):
            named = dict(read(ctx))
            return [
                CompletionItem(name, help=None if label is None else label.in_language(run_language()))
                for name, label in named.items()
                if name.casefold().startswith(wanted)
            ]
        return []

    return complete


def _declared(ctx: click.Context) -> Any:
    """Return what the rules declare that the options so far choose."""
    from cso_rules.interfaces.options.rules import place_code
    from cso_rules.loader.load import declarations
    from cso_rules.loader.packages import rule_set

    package = ctx.params.get("package") or NATIONAL
    place = place_code(ctx.params.get("jurisdiction"), package)
    return declarations(rule_set(package, place, drafts=bool(ctx.params.get("drafts"))))[0]


def _packages(_: click.Context) -> Iterator[tuple[str, Label | None]]:
    from cso_rules.loader.packages import neighbours, package_path

    base = package_path(NATIONAL)
    for folder in (base, *neighbours(base)):
        yield folder.name, None


def _places(_: click.Context) -> Iterator[tuple[str, Label | None]]:
    from cso_rules.loader.packages import header, neighbours, package_path

    yield NATIONAL, None
    for folder in neighbours(package_path(NATIONAL)):
        code = header(folder).get("jurisdiction", "")
        if code.isdecimal():
            yield code, None


def _names(ctx: click.Context) -> Iterator[tuple[str, Label | None]]:
    found = _declared(ctx)
    for group in (found.facts, found.parameters, found.readings, found.enumerations, found.decisions):
        yield from ((one.name, one.label) for one in group.values())
    rules = found.rule_labels()
    yield from ((f"{name}/{rule}", label) for name, labels in rules.items() for rule, label in labels.items())
    yield from ((name, source.title) for name, source in found.sources.items())


def _decisions(ctx: click.Context) -> Iterator[tuple[str, Label | None]]:
    return ((one.name, one.label) for one in _declared(ctx).decisions.values())


def _entities(ctx: click.Context) -> Iterator[tuple[str, Label | None]]:
    return ((one.name, one.label) for one in _declared(ctx).entities.all)


def _readings(ctx: click.Context) -> Iterator[tuple[str, Label | None]]:
    for one in _declared(ctx).readings.values():
        labels = zip(one.options, one.option_labels, strict=True)
        yield from ((f"{one.name}={option}", label) for option, label in labels)


packages, places, names = _quietly(_packages), _quietly(_places), _quietly(_names)
decisions, entities, readings = _quietly(_decisions), _quietly(_entities), _quietly(_readings)
