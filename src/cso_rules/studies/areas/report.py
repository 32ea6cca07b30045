"""What was counted in an area, as lines for a person and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from cso_rules.determination import Determination, Status, plain, to_json
from cso_rules.engine.aggregates import Tally
from cso_rules.explanation.words import Words
from cso_rules.loader.codes import UNPLACED
from cso_rules.model.decisions import AbsentDecision
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.presentation import Entities, Entity, Target
from cso_rules.model.types import Between, Value
from cso_rules.studies.areas.counting import AreaCount, OpenSubject, settling
from cso_rules.studies.states import label_in
from cso_rules.studies.wording import FINAL
from cso_rules.tables.answer.contexts import rule_notes
from cso_rules.tables.read.columns import TableColumns
from cso_rules.tables.write.report import STATUSES

NOTES: Final[Mapping[str, Label]] = {
    "no roster": Label(
        en="no table of {sites}: those named by {many} are counted; one without any is not",
        zh="未提供{site}名册：只统计表中出现的{site}，没有{many}的{site}未计入",
    ),
    "no site": Label(en="no column names the {site}", zh="表中没有“所在{site}”列"),
    "doubtful": Label(en="rows without a usable {site}: {count}", zh="无法确定{site}的行：{count}"),
    "disputed": Label(en="rows disagree about the type of: {names}", zh="各行所填类型不一致的{site}：{names}"),
    "repeated": Label(en="ids that stand twice count as open: {names}", zh="编号重复的行按未定计算：{names}"),
    "not read": Label(
        en="columns of place and date are not read here; one place and date hold for the area",
        zh="地区代码、适用日期两列在此不读取：整个地区按同一地区和日期核对",
    ),
}
MOST_NAMED: Final = 10
MOST_FACTS: Final = 3
TEXTS: Final[Mapping[str, Label]] = {
    "title": Label(zh="平均数目标：{place}，{date}", en="average targets: {place}, {date}"),
    "subjects": Label(
        zh="{many}：计入 {sure} 个，未定 {maybe} 个（{list}）", en="{many}: {sure} count, {maybe} open ({list})"
    ),
    "sites": Label(zh="{sites}：{number} 个（{list}）", en="{sites}: {number} ({list})"),
    "complete": Label(zh="名单完整", en="the list is complete"),
    "incomplete": Label(zh="名单不一定完整，只得出下限", en="the list may be longer: lower bounds only"),
    "status": Label(zh="{kind}：{status}", en="{kind}: {status}"),
    "due": Label(zh="（到期日 {date}）", en=" (due {date})"),
    "counts": Label(
        zh="  计入 {found} 个，需要 {needed} 个（{number} 个{sites} × {average}）",
        en="  {found} of {needed} needed ({number} {sites} x {average})",
    ),
    "counts_only": Label(zh="  计入 {found} 个，{number} 个{sites}", en="  {found} counted in {number} {sites}"),
    "lacking": Label(zh="  尚缺 {number} 个", en="  lacking {number}"),
    "open": Label(zh="  仍可能改变结果的{many}：{number} 个", en="  {many} that can still change this: {number}"),
    "settles": Label(
        zh="  最应先补充：{fact}（{lacking} 个{many}缺少，其中 {alone} 个只缺这一项）",
        en="  ask first: {fact} (lacking in {lacking}, alone in {alone})",
    ),
    "more": Label(zh="等", en=" and more"),
    "refused": Label(zh="未处理的行", en="row refused"),
    "repeated": Label(zh="编号重复", en="id repeated"),
    "unsettled": Label(zh="法律未明确", en="unsettled by law"),
    "detail": Label(
        zh="各{site}计入的{many}（仅供了解，目标按总数核对）：",
        en="counted in each {site} (for information; the target is about the total):",
    ),
    "untyped": Label(zh="类型不明", en="type not known"),
    "untyped_sites": Label(
        zh="  类型不明、也可能改变结果的{sites}：{names}",
        en="  {sites} of unknown type, which can change this too: {names}",
    ),
    "final": FINAL,
}


@attrs.frozen(kw_only=True)
class CountedTarget:
    """One target: the sites of one kind, how many subjects count there, and how many are needed."""

    goal: Target
    found: Value
    sites: Value
    average: int | None

    def label(self, policy: Policy) -> Label:
        """Return what the sites of this kind are called."""
        value = self.goal.value
        return label_in(policy, self.goal.enumeration, value) or Label(zh=value, en=value)

    @property
    def needed(self) -> Value | None:
        """The total that reaches the average; no division is made."""
        if self.average is None:
            return None
        if isinstance(self.sites, Between):
            ends = (_product(self.average, end) for end in (self.sites.low, self.sites.high))
            return Between(low=next(ends), high=next(ends))
        return _product(self.average, self.sites)

    @property
    def aggregates(self) -> tuple[str, str]:
        """The facts behind it."""
        return self.goal.counted, self.goal.sites


def _product(average: int, number: object) -> int | None:
    return average * number if isinstance(number, int) else None


def targets(area: AreaCount) -> list[CountedTarget]:
    """Return the targets about which the rules of the area decide."""
    facts = area.facts
    return [
        CountedTarget(goal=goal, found=facts[goal.counted], sites=facts[goal.sites], average=_average(area, goal))
        for goal in area.policy.presentation.targets
        if goal.counted in facts and goal.sites in facts and goal.status in area.policy.decisions
    ]


def _average(area: AreaCount, goal: Target) -> int | None:
    """Return what is to be reached; None where no number is stated, or none is in force any more."""
    if isinstance(area.policy.decisions.get(goal.reached or ""), AbsentDecision):
        return None
    parameter = area.policy.parameters.get(goal.average or "")
    return dict(parameter.values).get("") if parameter is not None else None


@attrs.frozen(kw_only=True)
class AreaReport:
    """An area count with what the rules say of it, in one language."""

    area: AreaCount
    found: Determination
    rules: Any
    """Rules about the subjects, for the names of their facts."""
    language: str = "zh"

    @property
    def entities(self) -> Entities:
        """Who is counted, and where."""
        return self.area.policy.presentation.entities

    @property
    def site(self) -> Entity:
        """Where they are counted."""
        return self.entities.site or self.entities.subject

    @property
    def words(self) -> Words:
        """The words for facts and values of the area."""
        return Words(self.area.policy, self.language)

    def say(self, key: str, **parts: object) -> str:
        """Return a sentence with its places filled; it speaks of those who are counted, and of their sites."""
        return self.entities.worded(TEXTS[key], **parts).in_language(self.language)

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        policy = self.area.policy
        place = policy.jurisdiction if policy.jurisdiction != UNPLACED else self.words.label(policy.title)
        yield self.say("title", place=place, date=policy.as_of.isoformat())
        yield self.say(
            "subjects",
            sure=self.area.counted.sure,
            maybe=self.area.counted.maybe,
            list=self._list(self.entities.subject),
        )
        yield self.say("sites", number=self._sites(), list=self._list(self.site))
        for target in targets(self.area):
            yield ""
            yield from self._target(target)
        yield from self._detail()
        yield ""
        yield self.say("final")

    def _sites(self) -> str:
        more, sure = len(self.area.roster.doubtful), len(self.area.roster.facts)
        return self.shown(Between(low=sure, high=sure + more) if more else sure)

    def _list(self, entity: Entity) -> str:
        return self.say("complete" if entity.name in self.area.complete else "incomplete")

    def shown(self, value: object) -> str:
        """Return a number or its bounds."""
        if not isinstance(value, Between):
            return str(value)
        if value.low is None or value.high is None:
            key, end = ("at_most", value.high) if value.low is None else ("at_least", value.low)
            return f"{self.words.say(key).strip()} {end}"
        return f"{value.low} 至 {value.high}" if self.language == "zh" else f"{value.low} to {value.high}"

    def _target(self, target: CountedTarget) -> Iterator[str]:
        kind = target.label(self.area.policy)
        yield self.say("status", kind=kind, status=self._status(target)) + self._due(target)
        if target.needed is None:
            yield self.say("counts_only", found=self.shown(target.found), number=self.shown(target.sites))
        else:
            yield self.say(
                "counts",
                found=self.shown(target.found),
                needed=self.shown(target.needed),
                number=self.shown(target.sites),
                average=target.average,
            )
        yield from self._lacking(target)
        if self._is_open(target):
            yield from self._open(self.area.open_for(target.aggregates))
            yield from self._untyped(target.goal)

    def _outcome(self, decision: str | None) -> Any:
        return self.found.outcomes.get(decision or "")

    def _is_open(self, target: CountedTarget) -> bool:
        outcomes = (self._outcome(target.goal.status), self._outcome(target.goal.reached))
        return any(outcome is not None and outcome.status is Status.UNDETERMINED for outcome in outcomes)

    def _status(self, target: CountedTarget) -> str:
        outcome = self._outcome(target.goal.status)
        if outcome.status is Status.NO_RULE_IN_FORCE:
            return STATUSES[outcome.status].in_language(self.language)
        values = (self.words.value(outcome.decision.name, value) for value in outcome.possible)
        return self.words.joined(values, "or_bodies")

    def _due(self, target: CountedTarget) -> str:
        outcome = self._outcome(target.goal.due)
        return "" if outcome is None or outcome.value is None else self.say("due", date=outcome.value)

    def _lacking(self, target: CountedTarget) -> Iterator[str]:
        """Say how many are lacking, while that has an upper bound."""
        outcome = self._outcome(target.goal.shortfall)
        ends = (target.found, target.sites)
        if outcome is None or outcome.status is Status.NO_RULE_IN_FORCE:
            return
        if any(isinstance(end, Between) and end.high is None for end in ends):
            return
        low, high = (max(0, end) for end in outcome.possible)
        if high > 0:
            yield self.say("lacking", number=self.shown(low if low == high else Between(low=low, high=high)))

    def _open(self, found: list[OpenSubject]) -> Iterator[str]:
        if not found:
            return
        yield self.say("open", number=len(found))
        for item in found[:MOST_NAMED]:
            name = " ".join(dict.fromkeys(part for part in (item.id, item.name) if part))
            yield f"    {name}{'：' if self.language == 'zh' else ': '}{self._lacks(item)}"
        if len(found) > MOST_NAMED:
            yield f"    {self.say('more')}"
        for fact, lacking, alone in settling(found)[:MOST_FACTS]:
            yield self.say("settles", fact=self._fact(fact), lacking=lacking, alone=alone)

    def _untyped(self, goal: Target) -> Iterator[str]:
        names = [name for name, facts in self.area.roster.facts.items() if facts.get(goal.fact, goal.fact) is None]
        if names:
            more = self.say("more") if len(names) > MOST_NAMED else ""
            yield self.say("untyped_sites", names=self.words.joined(names[:MOST_NAMED]) + more)

    def _lacks(self, item: OpenSubject) -> str:
        if not item.missing:
            return self.say("refused" if item.is_refused else "repeated" if item.is_repeated else "unsettled")
        return self.words.joined(map(self._fact, item.missing))

    def _fact(self, name: str) -> str:
        return Words(self.rules, self.language).name(name)

    def _detail(self) -> Iterator[str]:
        if self.area.by_site:
            yield ""
            yield self.say("detail")
        for name, tally in self.area.by_site.items():
            label = self._kind(self.area.roster.facts[name])
            yield (
                f"  {name}（{label}）{self._tally(tally)}"
                if self.language == "zh"
                else (f"  {name} ({label}): {self._tally(tally)}")
            )

    def _kind(self, facts: Mapping[str, str | None]) -> str:
        """Return what kind of site it is, as far as targets tell sites apart."""
        goals = self.area.policy.presentation.targets
        values = [(goal.enumeration, value) for goal in goals if (value := facts.get(goal.fact))]
        return self.words.named(*values[0]) if values else self.say("untyped")

    def _tally(self, tally: Tally) -> str:
        return self.shown(tally.value(is_complete=self.entities.subject.name in self.area.complete))

    def json(self) -> dict[str, Any]:
        """Return the JSON form (format 1)."""
        return {
            "format": 1,
            "complete": sorted(self.area.complete),
            self.entities.subject.plural: {"counted": self.area.counted.sure, "open": self.area.counted.maybe},
            self.site.plural: [
                {"name": name, **self.area.roster.facts[name], "counted": tally.sure, "open": tally.maybe}
                for name, tally in self.area.by_site.items()
            ],
            "targets": [self._target_json(target) for target in targets(self.area)],
            "determination": to_json(self.found),
        }

    def _target_json(self, target: CountedTarget) -> dict[str, Any]:
        outcome = self._outcome(target.goal.status)
        found = self.area.open_for(target.aggregates) if self._is_open(target) else []
        due = self._outcome(target.goal.due)
        return {
            target.goal.fact: target.goal.value,
            "status": outcome.status.value,
            "possible": [plain(value) for value in outcome.possible],
            "due": plain(due.value) if due is not None else None,
            "counted": plain(target.found),
            self.site.plural: plain(target.sites),
            "needed": plain(target.needed),
            "open": [{"row": item.number, "id": item.id, "missing": list(item.missing)} for item in found],
            "settling": [
                {"fact": fact, "lacking": lacking, "alone": alone} for fact, lacking, alone in settling(found)
            ],
        }


def area_notes(area: AreaCount, columns: TableColumns, rules: Policy) -> Iterator[Label]:
    """Yield what a person should be told about how the lists were read, and about the rules of area and subjects."""
    roster, worded = area.roster, area.policy.presentation.entities.worded
    yield from rule_notes([area.policy, rules])
    if not roster.is_given:
        yield worded(NOTES["no roster"])
    if columns.site is None:
        yield worded(NOTES["no site"])
    elif roster.doubtful:
        yield worded(NOTES["doubtful"], count=len(roster.doubtful))
    if roster.disputed:
        yield worded(NOTES["disputed"], names=", ".join(roster.disputed))
    if area.repeated:
        yield worded(NOTES["repeated"], names=", ".join(area.repeated))
    if columns.place is not None or columns.date is not None:
        yield NOTES["not read"]
