"""The options of a command that say which rules apply, and the policy that they choose."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import click

from cso_rules.diagnostics import shortened
from cso_rules.interfaces import completing
from cso_rules.interfaces.options import with_options
from cso_rules.interfaces.usage import run_language
from cso_rules.loader.codes import NATIONAL
from cso_rules.model.civil_dates import FIRST, LAST, today
from cso_rules.model.instruments import Label

if TYPE_CHECKING:
    from cso_rules.bundle.opened import Bundle

NO_DAY = Label(
    zh="{0} 不是 {1} 至 {2} 之间的日期，请写成 2018-06-01 的形式",
    en="{0} is no day between {1} and {2}; write it as 2018-06-01",
)

HELD = Label(
    zh="规则集文件已含全部规则；请不要同时使用 --package、--drafts 或 --without-local-deviations",
    en="a bundle holds its rules; leave out --package, --drafts and --without-local-deviations",
)


class Day(click.ParamType):  # type: ignore[type-arg]  # generic in the newest version alone
    """A day of the calendar, as a moment at its beginning."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.datetime:
        """Read a day, or refuse what is none."""
        found = value if isinstance(value, datetime.datetime) else day_in(str(value))
        if found is None:
            bounds = (datetime.date.fromordinal(end) for end in (FIRST, LAST))
            self.fail(NO_DAY.in_language(run_language()).format(shortened(str(value)), *bounds), param, ctx)
        return found


DATE = Day()


def day_in(text: str) -> datetime.datetime | None:
    """Return the day that a text such as 2018-06-01 names; None for another text, or a day too far away."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text.strip(), re.ASCII)
    try:
        year, month, day = map(int, found.groups()) if found else (0, 0, 0)
        moment = datetime.datetime(year, month, day)  # noqa: DTZ001 - a civil date
    except ValueError:
        return None
    return moment if FIRST <= moment.toordinal() <= LAST else None


@attrs.frozen(kw_only=True)
class RuleOptions:
    """What a user said about the rules.

    Attributes:
        as_of: The date that was named; None is today in Shanghai.
        readings: NAME=OPTION pairs as written.
        bundle: The opened file that holds the rules, instead of a package.
    """

    package: str
    jurisdiction: str | None
    as_of: datetime.datetime | None
    lang: str
    readings: tuple[str, ...]
    drafts: bool
    local_deviations: bool
    bundle: Bundle | None = None

    @property
    def day(self) -> datetime.date:
        """The date whose rules apply."""
        return today() if self.as_of is None else self.as_of.date()

    def policy(self, entity: str | None = None, settings: tuple[tuple[str, str], ...] = ()) -> Any:
        """Return the rules that the options choose; `settings` are parameters with other numbers, for a what-if."""
        if self.bundle is not None and not settings:
            return self.bundle.policy(as_of=self.day, jurisdiction=self.jurisdiction or NATIONAL, entity=entity)
        load = _with_numbers(settings) if settings else _kept()
        return load(
            self.package,
            as_of=self.day,
            jurisdiction=self.jurisdiction,
            entity=entity,
            drafts=self.drafts,
            local_deviations=self.local_deviations,
        )

    def number_set(self, parameter: str, text: str) -> Any:
        """Return the parameter that is meant, what indexes it, and the encoded number of a text; None where removed."""
        from cso_rules.loader.load import number_set

        return number_set(
            self.package,
            as_of=self.day,
            jurisdiction=self.jurisdiction,
            drafts=self.drafts,
            local_deviations=self.local_deviations,
            setting=(parameter, text),
        )


def _kept() -> Callable[..., Any]:
    """Return what loads rules, which are kept on disk."""
    from cso_rules.engine.cache import load_policy

    return load_policy


def _with_numbers(settings: tuple[tuple[str, str], ...]) -> Callable[..., Any]:
    """Return what loads rules with other numbers; they are not kept on disk."""
    from cso_rules.loader.load import load_policy

    return functools.partial(load_policy, settings=settings)


def rule_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options, and hand them over together as `options`."""
    return _gathering(function, _options())


def rule_or_bundle_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a command that needs no rule file: a bundle may hold the rules."""
    bundle = click.option("--bundle", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
                          help="File of `build` that holds the rules. 规则集文件，代替规则包")  # fmt: skip
    return _gathering(function, (bundle, *_options()))


def _gathering(function: Callable[..., None], options: Sequence[Callable[..., Any]]) -> Callable[..., None]:
    names = attrs.fields_dict(RuleOptions)

    @functools.wraps(function)
    def gathered(**arguments: Any) -> None:
        chosen = {name: arguments.pop(name, None) for name in names}
        if chosen["bundle"] is None:
            chosen["jurisdiction"] = place_code(chosen["jurisdiction"], chosen["package"])
        else:
            chosen |= _of_bundle(chosen)
        function(options=RuleOptions(**chosen), **arguments)

    return with_options(gathered, options)


def _of_bundle(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the opened bundle and the code of the place; refuse what only rule files can be asked."""
    from cso_rules.bundle.opened import load_bundle

    if chosen["package"] != NATIONAL or chosen["drafts"] or not chosen["local_deviations"]:
        raise click.UsageError(f"--bundle: {HELD.in_language(run_language())}")
    opened, place = load_bundle(chosen["bundle"]), chosen["jurisdiction"]
    return {"bundle": opened, "jurisdiction": None if place is None else opened.code_of(place)}


def place_code(place: str | None, package: str) -> str | None:
    """Return the code of a place that may be given by name."""
    if place is None or place == NATIONAL or place.isdecimal():
        return place
    from cso_rules.loader.places import code_of_place

    return code_of_place(place, package)


def _options() -> tuple[Callable[..., Any], ...]:
    return (
        click.option("--package", default="cn", show_default=True, shell_complete=completing.packages,
                     help="Id or folder of the package. 规则包"),
        click.option("--jurisdiction", shell_complete=completing.places,
                     help="Code (GB/T 2260) or name of a place; cn: national rules alone. 地区"),
        click.option("--as-of", type=DATE, help="Date whose rules apply; today when left out. 适用日期"),
        click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言"),
        click.option("--readings", multiple=True, metavar="NAME=OPTION", shell_complete=completing.readings,
                     help="Option of an ambiguous text. 解读"),
        click.option("--drafts", is_flag=True, help="Apply drafts and rules in preparation too. 连同草案和编写中的"),
        click.option(
            "--without-local-deviations", "local_deviations", flag_value=False, default=True, type=bool,
            help="Leave out local rules that go below higher law. 不适用低于上位法的地方规定",
        ),
    )  # fmt: skip
