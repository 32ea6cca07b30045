"""What is wrong with a command line, in Chinese or English, and the program that says it.

In come the errors of click, which speaks English; out go the same with usage and remedy in the language of the run.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO, Any

import click

from cso_rules.diagnostics import escape, shortened
from cso_rules.interfaces.terminal import fitted

LANGUAGE = "cso_rules.language"
INTERRUPTED, NO_READER = 130, 141
LONGEST = 1500
STOPPED = {"zh": "已中断，未完成", "en": "interrupted before the end"}
HELP_ITSELF: tuple[type[click.UsageError], ...] = tuple(
    filter(None, (getattr(click.exceptions, "NoArgsIsHelpError", None),))
)
"""No error in its words: the help, where a command line names no command; older versions of click print it at once."""
HEADS = {
    "zh": ("用法：{usage}", "查看帮助：{command} --help", "错误：{message}"),
    "en": ("Usage: {usage}", "For help: {command} --help", "Error: {message}"),
}
SENTENCES: tuple[tuple[str, str], ...] = (
    (r"Missing command\.?", "缺少命令"),
    (r"No such command '?(?P<a>.*?)'?\.?(?: (?P<rest>\(?Did you mean.*))?", "没有命令“{a}”{rest}"),
    (r"No such option:? '?(?P<a>.*?)'?\.?(?: (?P<rest>\(?Did you mean.*))?", "没有选项“{a}”{rest}"),
    (r"\(?Did you mean (?:one of: )?(?P<a>.*?)\??\)?", "；是否应为 {a}？"),
    (r"Got unexpected extra arguments? \((?P<a>.*)\)", "多余的参数：{a}"),
    (r"Option '?(?P<a>.*?)'? requires an argument\.?", "选项“{a}”需要一个值"),
    (r"Option '?(?P<a>.*?)'? requires (?P<b>\d+) arguments\.?", "选项“{a}”需要 {b} 个值"),
    (r"Option '?(?P<a>.*?)'? does not take a value\.?", "选项“{a}”不带值"),
    (r"Argument '?(?P<a>.*?)'? takes (?P<b>\d+) values\.?", "参数“{a}”需要 {b} 个值"),
    (r"Takes (?P<b>\d+) values but (?P<a>\d+) (?:was|were) given\.", "需要 {b} 个值，给出了 {a} 个"),
    (r"Missing (?:argument|option|parameter):? (?P<a>[^.]*)\.?(?P<rest>(?:.|\n)*)", "缺少 {a}{rest}"),
    (r"\s*Choose from:\s+(?P<a>(?:.|\n)*)", "；可选：{a}"),
    (r"Invalid value for (?P<a>[^:]+): (?P<rest>(?:.|\n)*)", "{a} 的值不可用：{rest}"),
    (r"Invalid value: (?P<rest>(?:.|\n)*)", "值不可用：{rest}"),
    (r"(?P<a>'(?:.|\n)*') is not one of (?P<b>.*?)\.?", "{a} 不在可选值之内：{b}"),
    (r"(?P<a>'(?:.|\n)*') is not (?P<b>'.*?')\.?", "{a} 不可用，只能是 {b}"),
    (r"(?P<a>'(?:.|\n)*') is not a valid integer( range)?\.?", "{a} 不是整数"),
    (r"(?P<a>-?\d+) is not in the range (?P<b>.*?)\.?", "{a} 不在范围 {b} 之内"),
    (r"\w+ (?P<a>'(?:.|\n)*') does not exist\.?", "找不到 {a}"),
    (r"\w+ (?P<a>'(?:.|\n)*') is a directory\.?", "{a} 是文件夹，不是文件"),
    (r"\w+ (?P<a>'(?:.|\n)*') is a file\.?", "{a} 是文件，不是文件夹"),
    (r"\w+ (?P<a>'(?:.|\n)*') is not readable\.?", "{a} 无权读取"),
    (r"\w+ (?P<a>'(?:.|\n)*') is not writable\.?", "{a} 无权写入"),
)
"""What click says, and the same in Chinese; what stands in `rest` is another of its sentences."""


def language_of(arguments: Sequence[str]) -> str:
    """Return the language that arguments ask for, wherever `--lang` stands; the last one counts."""
    own = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    asked = [second for first, second in pairwise(own) if first == "--lang"]
    asked += [text.removeprefix("--lang=") for text in own if text.startswith("--lang=")]
    return "en" if asked and asked[-1] == "en" else "zh"


def in_chinese(message: str) -> str:
    """Return a sentence of click in Chinese; what it did not say stays as it is."""
    for pattern, sentence in SENTENCES:
        found = re.fullmatch(pattern, message)
        if found:
            parts = {name: text or "" for name, text in found.groupdict().items()}
            return sentence.format(**parts | {"rest": in_chinese(parts.get("rest", "").strip())})
    return message


class UsageProblem(click.UsageError):
    """An error of use that is said in the language of the run, on lines that nothing in it can add to."""

    def __init__(self, error: click.UsageError, language: str) -> None:
        said = error.format_message()
        super().__init__(shortened(in_chinese(said) if language == "zh" else _in_one_line(said), LONGEST), error.ctx)
        self.language = language

    def show(self, file: IO[Any] | None = None) -> None:
        """Write usage, where help is, and what is wrong."""
        usage, help_, message = HEADS[self.language]
        lines = []
        if self.ctx is not None:
            pieces = " ".join(self.ctx.command.collect_usage_pieces(self.ctx))
            lines.append(usage.format(usage=f"{self.ctx.command_path} {pieces}"))
            lines += [help_.format(command=self.ctx.command_path), ""]
        lines.append(message.format(message=self.message))
        click.echo("\n".join(map(escape, lines)), file=file, err=True)


def _in_one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)


@contextlib.contextmanager
def told_in(language: str) -> Iterator[None]:
    """Raise errors of use again, in a language."""
    try:
        yield
    except click.UsageError as error:
        if isinstance(error, (UsageProblem, *HELP_ITSELF)):
            raise
        raise UsageProblem(error, language) from error


class CommandGroup(click.Group):
    """The commands; errors of use, an interruption and a reader that goes away end in an orderly way."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run a command line on fitted streams."""
        with fitted():
            return super().main(*arguments, **options)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the options before the command."""
        language = language_of(args)
        with told_in(language):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[LANGUAGE] = language
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        language = ctx.meta[LANGUAGE]
        try:
            with told_in(language):
                found = super().invoke(ctx)
                sys.stdout.flush()
                return found
        except BrokenPipeError:
            _forget_reader()
            sys.exit(NO_READER)
        except KeyboardInterrupt:
            click.echo(f"\n{STOPPED[language]}", err=True)
            sys.exit(INTERRUPTED)


def _forget_reader() -> None:
    """Send what is still to be written nowhere, so that the end of the process does not complain."""
    import os

    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.__stdout__.fileno())  # type: ignore[union-attr]  # there was a reader
        os.close(nowhere)


def run_language() -> str:
    """Return the language of the command that runs."""
    context = click.get_current_context(silent=True)
    return str(context.meta.get(LANGUAGE, "zh")) if context else "zh"
