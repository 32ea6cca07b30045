"""The command line: `cso-rules`.

Exit codes: 0 done, 1 checks failed, 2 usage, 3 undetermined, 4 bad data, 70 internal.
"""

from __future__ import annotations

import errno
import sys
from itertools import pairwise

import click

from cso_rules import __version__
from cso_rules.interfaces.commands_area import area
from cso_rules.interfaces.commands_book import book
from cso_rules.interfaces.commands_bulk import bulk
from cso_rules.interfaces.commands_impact import ask_next, impact, sweep
from cso_rules.interfaces.commands_new_overlay import new_overlay
from cso_rules.interfaces.commands_organizations import classify, explain
from cso_rules.interfaces.commands_packages import check, diff, fmt, show, show_code, test
from cso_rules.interfaces.commands_schema import schema
from cso_rules.interfaces.commands_sql import sql
from cso_rules.interfaces.commands_trace import trace

BAD_DATA = 4
INTERNAL = 70
DISK_FULL = {
    "zh": "磁盘空间已满，结果不完整。请腾出空间后重试",
    "en": "the disk is full and the answers are incomplete; free some space and try again",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cso-rules")
def cli() -> None:
    """Classify community social organizations and check rules. 社区社会组织分类与规则检查。"""


for command in (classify, explain, area, check, test, show, diff, show_code, fmt, trace, book, new_overlay, sql, bulk):
    cli.add_command(command)

cli.add_command(impact)
cli.add_command(sweep)
cli.add_command(ask_next)
cli.add_command(schema)


def main() -> None:
    """Run the command line; faults of the input end with 4, faults of the program with 70."""
    try:
        cli.main(standalone_mode=True)
    except Exception as error:  # noqa: BLE001 - the last place where an error can become an exit code
        click.echo(f"cso-rules: {_text(error, _language(sys.argv))}", err=True)
        sys.exit(_code(error))


def _code(error: Exception) -> int:
    from cso_rules.errors import CsoRulesError
    from cso_rules.population.problems import FileProblem

    return BAD_DATA if isinstance(error, CsoRulesError | FileProblem | OSError) else INTERNAL


def _language(arguments: list[str]) -> str:
    """Return the language that the arguments ask for; an error may come before they are understood."""
    return "en" if ("--lang", "en") in pairwise(arguments) or "--lang=en" in arguments else "zh"


def _text(error: Exception, language: str) -> str:
    from cso_rules.diagnostics import render_all
    from cso_rules.errors import EngineError, PolicyError, UnknownNameError, VerificationError
    from cso_rules.population.problems import FileProblem

    if isinstance(error, FileProblem | EngineError | VerificationError | UnknownNameError):
        return error.in_language(language)
    if isinstance(error, PolicyError):
        return render_all(error.diagnostics, "zh" if language == "zh" else "en")
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        if error.errno == errno.ENOSPC:
            return place + DISK_FULL[language]
        return place + error.strerror
    return str(error)
