"""The options of a command that say which rules apply, and the policy that they choose."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any

import attrs
import click

DATE = click.DateTime(["%Y-%m-%d"])


@attrs.frozen(kw_only=True)
class RuleOptions:
    """What a user said about the rules.

    Attributes:
        as_of: The date that was named; None is today in Shanghai.
        readings: NAME=OPTION pairs as written.
    """

    package: str
    jurisdiction: str | None
    as_of: datetime.datetime | None
    lang: str
    readings: tuple[str, ...]
    drafts: bool
    local_deviations: bool

    @property
    def day(self) -> datetime.date:
        """The date whose rules apply."""
        from zoneinfo import ZoneInfo

        return (self.as_of or datetime.datetime.now(ZoneInfo("Asia/Shanghai"))).date()

    def policy(self, entity: str = "organization", settings: tuple[tuple[str, str], ...] = ()) -> Any:
        """Return the rules that the options choose; `settings` are parameters with other numbers, for a what-if."""
        if settings:
            return self._what_if(entity, settings)
        from cso_rules.engine.cache import load_policy

        return load_policy(
            self.package,
            as_of=self.day,
            jurisdiction=self.jurisdiction,
            entity=entity,
            drafts=self.drafts,
            local_deviations=self.local_deviations,
        )

    def _what_if(self, entity: str, settings: tuple[tuple[str, str], ...]) -> Any:
        """Return the rules with other numbers; they are not kept on disk."""
        from cso_rules.loader.load import load_policy

        return load_policy(
            self.package,
            as_of=self.day,
            jurisdiction=self.jurisdiction,
            entity=entity,
            drafts=self.drafts,
            local_deviations=self.local_deviations,
            settings=settings,
        )


def rule_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options, and hand them over together as `options`."""
    names = attrs.fields_dict(RuleOptions)

    @functools.wraps(function)
    def gathered(**arguments: Any) -> None:
        chosen = {name: arguments.pop(name) for name in names}
        function(options=RuleOptions(**chosen), **arguments)

    command: Callable[..., None] = gathered
    for option in reversed(_options()):
        command = option(command)
    return command


def _options() -> tuple[Callable[..., Any], ...]:
    return (
        click.option("--package", default="cn", show_default=True, help="Id or folder of the package. 规则包"),
        click.option("--jurisdiction", help="Code of the place (GB/T 2260); cn for national rules alone. 地区代码"),
        click.option("--as-of", type=DATE, help="Date whose rules apply; today when left out. 适用日期"),
        click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言"),
        click.option("--readings", multiple=True, metavar="NAME=OPTION", help="Option of an ambiguous text. 解读"),
        click.option("--drafts", is_flag=True, help="Apply drafts of the place too. 同时适用征求意见稿"),
        click.option(
            "--without-local-deviations", "local_deviations", flag_value=False, default=True, type=bool,
            help="Leave out local rules that go below higher law. 不适用低于上位法的地方规定",
        ),
    )  # fmt: skip
