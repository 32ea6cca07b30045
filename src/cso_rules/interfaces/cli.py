"""The command line: `cso-rules`.

Exit codes: 0 done; 1 checks failed: faults in rule files, a scenario, a provision or a second opinion; 2 usage: an
option, a file, place, package or extra that is not there, a file without a table; 3 undetermined, where asked for;
4 data: rows that were refused, a file that cannot be read or written to its end; 70 a fault of this program;
130 interrupted; 141 nobody read on.
"""

from __future__ import annotations

import errno
import gc
import sys

import click

from cso_rules import __version__
from cso_rules.diagnostics import shortened
from cso_rules.interfaces.commands.book import book
from cso_rules.interfaces.commands.build import build
from cso_rules.interfaces.commands.completion import VARIABLE, completion
from cso_rules.interfaces.commands.doctor import doctor
from cso_rules.interfaces.commands.lists.area import area
from cso_rules.interfaces.commands.lists.bulk import bulk
from cso_rules.interfaces.commands.lists.decisions import decisions
from cso_rules.interfaces.commands.lists.impact import ask_next, impact, sweep
from cso_rules.interfaces.commands.lists.notices import notice
from cso_rules.interfaces.commands.lists.organizations import classify, columns, explain
from cso_rules.interfaces.commands.lists.sql import sql
from cso_rules.interfaces.commands.lists.template import template
from cso_rules.interfaces.commands.new_overlay import new_overlay
from cso_rules.interfaces.commands.packages import check, diff, fmt, show, show_code, test
from cso_rules.interfaces.commands.page import page
from cso_rules.interfaces.commands.places import places
from cso_rules.interfaces.commands.records import records
from cso_rules.interfaces.commands.schema import schema
from cso_rules.interfaces.commands.search import search
from cso_rules.interfaces.commands.serve import serve
from cso_rules.interfaces.commands.trace import trace
from cso_rules.interfaces.terminal import fitted, telling
from cso_rules.interfaces.usage import CommandGroup, language_of

FAILED = 1
USAGE = 2
BAD_DATA = 4
INTERNAL = 70
LONGEST = 2000
MOST_LINES = 20
COLLECTIONS = (10_000, 10, 10)
"""How many objects are made between two searches for garbage: with Python's 700, checking rules spends a third of its
time on them; with these a process holds about 50 MiB more."""
NOT_RECORDED = frozenset({"full", "failed", "stopped", "busy", "damaged"})
NOT_WRITTEN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
DISK_FULL = {
    "zh": "磁盘空间已满，结果不完整。请腾出空间后重试",
    "en": "the disk is full and the answers are incomplete; free some space and try again",
}
NO_ACCESS = {
    errno.EACCES: {"zh": "没有权限", "en": "permission denied"},
    errno.EPERM: {"zh": "没有权限", "en": "permission denied"},
    errno.ENOENT: {"zh": "找不到该文件或文件夹", "en": "there is no such file or folder"},
    errno.EISDIR: {"zh": "这是文件夹，不是文件", "en": "this is a folder, not a file"},
    errno.ENOTDIR: {"zh": "路径中有一段不是文件夹", "en": "part of the path is no folder"},
    errno.EROFS: {"zh": "该位置只读", "en": "nothing can be written there"},
    errno.ENAMETOOLONG: {"zh": "名称过长", "en": "the name is too long"},
    errno.ELOOP: {"zh": "链接循环", "en": "links lead in a circle"},
}
FAULT = {
    "zh": "程序内部错误（{kind}：{text}）；数据没有问题也可能发生，请报告",
    "en": "a fault of this program ({kind}: {text}); please report it",
}


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cso-rules")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language, here or behind the command. 语言")
@click.pass_context
def cli(ctx: click.Context, lang: str | None) -> None:
    """Decide and explain by rules, and check the rules. 按规则认定、说明，并检查规则。"""
    if lang is not None:
        ctx.default_map = {name: {"lang": lang} for name in cli.commands}


for command in (
    classify,
    columns,
    explain,
    notice,
    area,
    decisions,
    check,
    test,
    show,
    search,
    diff,
    places,
    show_code,
    fmt,
    completion,
    doctor,
    trace,
    book,
    build,
    page,
    serve,
    new_overlay,
    sql,
    bulk,
    template,
):
    cli.add_command(command)

cli.add_command(impact)
cli.add_command(sweep)
cli.add_command(ask_next)
cli.add_command(schema)
cli.add_command(records)


def main() -> None:
    """Run the command line; an error becomes a sentence and an exit code."""
    gc.set_threshold(*COLLECTIONS)
    with fitted():
        try:
            with telling():
                cli.main(complete_var=VARIABLE)
        except Exception as error:  # noqa: BLE001 - the last place where an error can become an exit code
            click.echo(f"cso-rules: {_text(error, language_of(sys.argv[1:]))}", err=True)
            sys.exit(_code(error))


def _code(error: Exception) -> int:
    from cso_rules.errors import CsoRulesError, EngineError, FactsError, PolicyError, RecordsError, VerificationError
    from cso_rules.model.spelling.spellings import SpellingError
    from cso_rules.tables.answer.rows import ContextError
    from cso_rules.tables.problems import FileProblem, RequestProblem

    if isinstance(error, PolicyError | VerificationError | EngineError):
        return FAILED
    if isinstance(error, RequestProblem):
        return USAGE
    if isinstance(error, FileProblem | FactsError | SpellingError | ContextError):
        return BAD_DATA
    if isinstance(error, RecordsError):
        return BAD_DATA if error.fault in NOT_RECORDED else USAGE
    if isinstance(error, OSError):
        return BAD_DATA if error.errno in NOT_WRITTEN else USAGE
    return USAGE if isinstance(error, CsoRulesError) else INTERNAL


def _text(error: Exception, language: str) -> str:
    from cso_rules.errors import CsoRulesError, PolicyError

    if isinstance(error, PolicyError):  # several lines, bounded where they are made
        return error.in_language(language)
    if isinstance(error, CsoRulesError):
        return "\n".join(map(_line, error.in_language(language).split("\n")[:MOST_LINES]))
    if isinstance(error, OSError) and error.strerror:
        return _of_system(error, language)
    return FAULT[language].format(kind=type(error).__name__, text=_line(str(error)))


def _of_system(error: OSError, language: str) -> str:
    place = f"{error.filename}: " if error.filename else ""
    if error.errno == errno.ENOSPC:
        return _line(place + DISK_FULL[language])
    known = NO_ACCESS.get(error.errno or 0, {})
    return _line(place + known.get(language, str(error.strerror)))


def _line(text: str) -> str:
    return shortened(text, LONGEST)
