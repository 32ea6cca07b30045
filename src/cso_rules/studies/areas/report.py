"""What was counted in an area, as lines for a person and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from cso_rules.determination import Determination, Status, plain, to_json
from cso_rules.engine.aggregates import Tally
from cso_rules.explanation.words import Words
from cso_rules.model.instruments import Label
from cso_rules.model.types import Between, Value
from cso_rules.studies.areas.counting import AreaCount, OpenOrganization, settling
from cso_rules.studies.wording import FINAL
from cso_rules.tables.answer.contexts import place_notes
from cso_rules.tables.read.columns import TableColumns
from cso_rules.tables.write.report import STATUSES

KIND: Final = "community_type"
MOST_NAMED: Final = 10
MOST_FACTS: Final = 3
TEXTS: Final[Mapping[str, Label]] = {
    "title": Label(zh="平均数目标：{place}，{date}", en="average targets: {place}, {date}"),
    "organizations": Label(
        zh="组织：计入 {sure} 个，未定 {maybe} 个（{list}）", en="organizations: {sure} count, {maybe} open ({list})"
    ),
    "communities": Label(zh="社区：{number} 个（{list}）", en="communities: {number} ({list})"),
    "complete": Label(zh="名单完整", en="the list is complete"),
    "incomplete": Label(zh="名单不一定完整，只得出下限", en="the list may be longer: lower bounds only"),
    "status": Label(zh="{kind}：{status}", en="{kind}: {status}"),
    "due": Label(zh="（到期日 {date}）", en=" (due {date})"),
    "counts": Label(
        zh="  计入 {found} 个，需要 {needed} 个（{communities} 个社区 × {average}）",
        en="  {found} of {needed} needed ({communities} communities x {average})",
    ),
    "counts_only": Label(
        zh="  计入 {found} 个，{communities} 个社区", en="  {found} counted in {communities} communities"
    ),
    "lacking": Label(zh="  尚缺 {number} 个", en="  lacking {number}"),
    "open": Label(zh="  仍可能改变结果的组织：{number} 个", en="  organizations that can still change this: {number}"),
    "settles": Label(
        zh="  最应先补充：{fact}（{lacking} 个组织缺少，其中 {alone} 个只缺这一项）",
        en="  ask first: {fact} (lacking in {lacking}, alone in {alone})",
    ),
    "more": Label(zh="等", en=" and more"),
    "refused": Label(zh="未处理的行", en="row refused"),
    "repeated": Label(zh="编号重复", en="id repeated"),
    "detail": Label(
        zh="各社区计入的组织（仅供了解，目标按总数核对）：",
        en="counted in each community (for information; the target is about the total):",
    ),
    "untyped": Label(zh="类型不明", en="type not known"),
    "untyped_communities": Label(
        zh="  类型不明、也可能改变结果的社区：{names}",
        en="  communities of unknown type, which can change this too: {names}",
    ),
    "final": FINAL,
}


@attrs.frozen(kw_only=True)
class Target:
    """One target: the communities of one kind, how many organizations count, and how many are needed."""

    kind: str
    found: Value
    communities: Value
    average: int | None

    @property
    def needed(self) -> Value | None:
        """The total that reaches the average; no division is made."""
        if self.average is None:
            return None
        if isinstance(self.communities, Between):
            ends = (_product(self.average, end) for end in (self.communities.low, self.communities.high))
            return Between(low=next(ends), high=next(ends))
        return _product(self.average, self.communities)

    @property
    def aggregates(self) -> tuple[str, str]:
        """The facts behind it."""
        return f"organizations_in_{self.kind}_communities", f"{self.kind}_communities"


def _product(average: int, number: object) -> int | None:
    return average * number if isinstance(number, int) else None


def targets(area: AreaCount) -> list[Target]:
    """Return the targets about which the rules of the area decide."""
    kinds = area.policy.enumerations[KIND].values if KIND in area.policy.enumerations else ()
    facts, found = area.facts, []
    for kind in kinds:
        organizations, communities = f"organizations_in_{kind}_communities", f"{kind}_communities"
        if organizations in facts and communities in facts and f"{kind}_target_status" in area.policy.decisions:
            found.append(
                Target(
                    kind=kind,
                    found=facts[organizations],
                    communities=facts[communities],
                    average=_average(area, kind),
                )
            )
    return found


def _average(area: AreaCount, kind: str) -> int | None:
    parameter = area.policy.parameters.get(f"minimum_average_per_{kind}_community")
    return dict(parameter.values).get("") if parameter is not None else None


@attrs.frozen(kw_only=True)
class AreaReport:
    """An area count with what the rules say of it, in one language."""

    area: AreaCount
    found: Determination
    rules: Any
    """Rules about organizations, for the names of their facts."""
    language: str = "zh"

    @property
    def words(self) -> Words:
        """The words for facts and values of the area."""
        return Words(self.area.policy, self.language)

    def say(self, key: str, **parts: object) -> str:
        """Return a sentence with its places filled."""
        return TEXTS[key].in_language(self.language).format(**parts)

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        policy = self.area.policy
        yield self.say("title", place=policy.jurisdiction, date=policy.as_of.isoformat())
        yield self.say(
            "organizations",
            sure=self.area.counted.sure,
            maybe=self.area.counted.maybe,
            list=self._list("organization"),
        )
        yield self.say("communities", number=self._communities(), list=self._list("community"))
        for target in targets(self.area):
            yield ""
            yield from self._target(target)
        yield from self._detail()
        yield ""
        yield self.say("final")

    def _communities(self) -> str:
        more, sure = len(self.area.roster.doubtful), len(self.area.roster.facts)
        return self.shown(Between(low=sure, high=sure + more) if more else sure)

    def _list(self, entity: str) -> str:
        return self.say("complete" if entity in self.area.complete else "incomplete")

    def shown(self, value: object) -> str:
        """Return a number or its bounds."""
        if not isinstance(value, Between):
            return str(value)
        if value.low is None or value.high is None:
            key, end = ("at_most", value.high) if value.low is None else ("at_least", value.low)
            return f"{self.words.say(key).strip()} {end}"
        return f"{value.low} 至 {value.high}" if self.language == "zh" else f"{value.low} to {value.high}"

    def _target(self, target: Target) -> Iterator[str]:
        kind = self.words.named(KIND, target.kind)
        yield self.say("status", kind=kind, status=self._status(target)) + self._due()
        if target.needed is None:
            yield self.say("counts_only", found=self.shown(target.found), communities=self.shown(target.communities))
        else:
            yield self.say(
                "counts",
                found=self.shown(target.found),
                needed=self.shown(target.needed),
                communities=self.shown(target.communities),
                average=target.average,
            )
        yield from self._lacking(target)
        if self._is_open(target):
            yield from self._open(self.area.open_for(target.aggregates))
            yield from self._untyped()

    def _outcome(self, target: Target, what: str) -> Any:
        return self.found.outcomes.get(f"{target.kind}_target_{what}")

    def _is_open(self, target: Target) -> bool:
        outcomes = (self._outcome(target, "status"), self._outcome(target, "reached"))
        return any(outcome is not None and outcome.status is Status.UNDETERMINED for outcome in outcomes)

    def _status(self, target: Target) -> str:
        outcome = self._outcome(target, "status")
        if outcome.status is Status.NO_RULE_IN_FORCE:
            return STATUSES[outcome.status].in_language(self.language)
        values = (self.words.value(outcome.decision.name, value) for value in outcome.possible)
        return self.words.joined(values, "or_bodies")

    def _due(self) -> str:
        outcome = self.found.outcomes.get("targets_due_on")
        return "" if outcome is None or outcome.value is None else self.say("due", date=outcome.value)

    def _lacking(self, target: Target) -> Iterator[str]:
        """Say how many are lacking, while that has an upper bound."""
        outcome = self._outcome(target, "shortfall")
        ends = (target.found, target.communities)
        if outcome is None or outcome.status is Status.NO_RULE_IN_FORCE:
            return
        if any(isinstance(end, Between) and end.high is None for end in ends):
            return
        low, high = (max(0, end) for end in outcome.possible)
        if high > 0:
            yield self.say("lacking", number=self.shown(low if low == high else Between(low=low, high=high)))

    def _open(self, found: list[OpenOrganization]) -> Iterator[str]:
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

    def _untyped(self) -> Iterator[str]:
        names = [name for name, facts in self.area.roster.facts.items() if facts.get(KIND, KIND) is None]
        if names:
            more = self.say("more") if len(names) > MOST_NAMED else ""
            yield self.say("untyped_communities", names=self.words.joined(names[:MOST_NAMED]) + more)

    def _lacks(self, item: OpenOrganization) -> str:
        if not item.missing:
            return self.say("refused" if item.is_refused else "repeated")
        return self.words.joined(map(self._fact, item.missing))

    def _fact(self, name: str) -> str:
        return Words(self.rules, self.language).name(name)

    def _detail(self) -> Iterator[str]:
        if self.area.by_community:
            yield ""
            yield self.say("detail")
        for name, tally in self.area.by_community.items():
            kind = self.area.roster.facts[name].get(KIND)
            label = self.words.named(KIND, kind) if kind else self.say("untyped")
            yield (
                f"  {name}（{label}）{self._tally(tally)}"
                if self.language == "zh"
                else (f"  {name} ({label}): {self._tally(tally)}")
            )

    def _tally(self, tally: Tally) -> str:
        return self.shown(tally.value(is_complete="organization" in self.area.complete))

    def json(self) -> dict[str, Any]:
        """Return the JSON form (format 1)."""
        return {
            "format": 1,
            "complete": sorted(self.area.complete),
            "organizations": {"counted": self.area.counted.sure, "open": self.area.counted.maybe},
            "communities": [
                {"name": name, **self.area.roster.facts[name], "counted": tally.sure, "open": tally.maybe}
                for name, tally in self.area.by_community.items()
            ],
            "targets": [self._target_json(target) for target in targets(self.area)],
            "determination": to_json(self.found),
        }

    def _target_json(self, target: Target) -> dict[str, Any]:
        outcome = self._outcome(target, "status")
        found = self.area.open_for(target.aggregates) if self._is_open(target) else []
        due = self.found.outcomes.get("targets_due_on")
        return {
            "community_type": target.kind,
            "status": outcome.status.value,
            "possible": [plain(value) for value in outcome.possible],
            "due": plain(due.value) if due is not None else None,
            "counted": plain(target.found),
            "communities": plain(target.communities),
            "needed": plain(target.needed),
            "open": [{"row": item.number, "id": item.id, "missing": list(item.missing)} for item in found],
            "settling": _settling_json(found),
        }


def _settling_json(found: Iterable[OpenOrganization]) -> list[dict[str, Any]]:
    return [{"fact": fact, "lacking": lacking, "alone": alone} for fact, lacking, alone in settling(found)]


def area_notes(area: AreaCount, columns: TableColumns) -> Iterator[Label]:
    """Yield what a person should be told about how the lists were read."""
    roster = area.roster
    yield from place_notes(area.policy)
    if not roster.is_given:
        yield Label(
            en="no table of communities: those named by organizations are counted; one without any is not",
            zh="未提供社区名册：只统计表中出现的社区，没有组织的社区未计入",
        )
    if columns.community is None:
        yield Label(en="no column names the community", zh="表中没有“所在社区”列")
    elif roster.doubtful:
        count = len(roster.doubtful)
        yield Label(en=f"rows without a usable community: {count}", zh=f"无法确定社区的行：{count}")
    if roster.disputed:
        names = ", ".join(roster.disputed)
        yield Label(en=f"rows disagree about the type of: {names}", zh=f"各行所填类型不一致的社区：{names}")
    if area.repeated:
        names = ", ".join(area.repeated)
        yield Label(en=f"ids that stand twice count as open: {names}", zh=f"编号重复的行按未定计算：{names}")
    if columns.place is not None or columns.date is not None:
        yield Label(
            en="columns of place and date are not read here; one place and date hold for the area",
            zh="地区代码、适用日期两列在此不读取：整个地区按同一地区和日期核对",
        )
