"""The command that finds parts of the rules by words, ids and numbers."""

from __future__ import annotations

from typing import Final

import click

from cso_rules.diagnostics import escape, shortened
from cso_rules.interfaces import completing
from cso_rules.interfaces.options.rules import RuleOptions, rule_options
from cso_rules.model.instruments import Label

MOST: Final = 20
LONGEST: Final = 160
NOTHING: Final = Label(zh="“{query}”：没有找到", en="{query}: nothing was found")
NEAR: Final = Label(zh="；相近的有：{names}", en="; near it are: {names}")
MORE: Final = Label(zh="另有 {number} 处，用 --all 全部列出", en="and {number} more; --all lists them")
IN_DRAFTS: Final = Label(
    zh="；但规则包 {packages} 中有，它们是草案或尚在编写：用 --package 点名，或加 --drafts 和 --jurisdiction",
    en="; but {packages} has it, a draft or still in preparation: name it with --package, or use --drafts with "
    "--jurisdiction",
)
EMPTY: Final = Label(zh="请写出要找的词、编号或数字", en="write the words, id or number to be found")
KINDS: Final = {
    "fact": Label(zh="事实", en="fact"),
    "parameter": Label(zh="参数", en="parameter"),
    "reading": Label(zh="解读", en="reading"),
    "enumeration": Label(zh="枚举", en="enumeration"),
    "value": Label(zh="取值", en="value"),
    "decision": Label(zh="决定", en="decision"),
    "rule": Label(zh="规则", en="rule"),
    "constraint": Label(zh="约束", en="constraint"),
    "instrument": Label(zh="文件", en="instrument"),
    "provision": Label(zh="条款", en="provision"),
}


@click.command()
@click.argument("text", nargs=-1, required=True, shell_complete=completing.names)
@rule_options
@click.option("--all", "lists_all", is_flag=True, help="List everything that fits. 全部列出")
def search(text: tuple[str, ...], options: RuleOptions, lists_all: bool) -> None:
    """Find facts, numbers, rules and provisions by words of either language. 按词语、编号或数字查找规则。

    TEXT is one or several words that are all to fit, or a number in any spelling: 3万, 30,000, 叁万.
    """
    from cso_rules.analysis.rule_search import entries_of, found, near
    from cso_rules.loader.load import declarations
    from cso_rules.loader.packages import rule_set
    from cso_rules.loader.scenarios.cited import provisions_named

    query, lang = " ".join(text).strip(), options.lang
    if not query:
        raise click.UsageError(EMPTY.in_language(lang))
    rules = rule_set(options.package, options.jurisdiction, drafts=options.drafts)
    declared = declarations(rules)[0]
    entries = entries_of(declared, rules.paths)
    fitting = found(entries, query, provisions_named(query, declared.citations))
    if not fitting:
        names = ", ".join(f"{entry.name} ({entry.line.in_language(lang)})" for entry in near(entries, query))
        hint = NEAR.in_language(lang).format(names=shortened(names, 4 * LONGEST)) if names else ""
        said = NOTHING.in_language(lang).format(query=escape(shortened(query)))
        raise click.UsageError(said + (_in_drafts(options, query) or hint))
    shown = fitting if lists_all else fitting[:MOST]
    for entry in shown:
        kind, line = KINDS[entry.kind].in_language(lang), entry.line.in_language(lang)
        click.echo(escape(f"{entry.place}: {kind} {entry.name}: {shortened(line, LONGEST)}"))
    if len(fitting) > len(shown):
        click.echo(MORE.in_language(lang).format(number=len(fitting) - len(shown)), err=True)


def _in_drafts(options: RuleOptions, query: str) -> str:
    """Return which packages have what was not found, and are left out unless they are asked for."""
    from cso_rules.analysis.rule_search import entries_of, found
    from cso_rules.loader.codes import normalized_code
    from cso_rules.loader.load import declarations
    from cso_rules.loader.packages import header, is_off, lineage, neighbours, package_path, rule_set
    from cso_rules.loader.scenarios.cited import provisions_named

    place = normalized_code(options.jurisdiction) if options.jurisdiction and not options.drafts else ""
    names = []
    for folder in neighbours(lineage(package_path(options.package))[0]) if not options.drafts else ():
        own = header(folder).get("jurisdiction", "")
        if is_off(folder) and (not place.isdigit() or place.startswith(own)):
            declared = declarations(rule_set(folder))[0]
            told = found(entries_of(declared, (folder,)), query, provisions_named(query, declared.citations))
            names += [folder.name] if any(entry.place.startswith(f"{folder.name}/") for entry in told) else []
    return IN_DRAFTS.in_language(options.lang).format(packages=", ".join(names)) if names else ""
