"""Lines about records and about decisions that were asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from cso_rules.determination import Status
from cso_rules.explanation.words import Words
from cso_rules.model.instruments import Label
from cso_rules.model.personal import MASK
from cso_rules.tables.write.report import STATUSES

if TYPE_CHECKING:
    from cso_rules.records.commitments import KeptValue
    from cso_rules.records.differences import Difference, TurnedRule
    from cso_rules.records.record import Record
    from cso_rules.records.replay import Replayed

ABOUT: Final[Mapping[str, Label]] = {
    "kind": Label(zh="种类", en="kind"),
    "recorded_at": Label(zh="记录时间", en="recorded at"),
    "asked_by": Label(zh="提出人", en="asked by"),
    "reason": Label(zh="事由", en="reason"),
    "subject": Label(zh="对象", en="subject"),
    "key": Label(zh="键", en="key"),
    "library": Label(zh="程序版本", en="library"),
    "bundle": Label(zh="规则集摘要", en="bundle"),
}
FIRST: Final = Label(zh="第 {number} 条记录 {id}", en="record {number}, {id}")
HASH: Final = Label(zh="摘要", en="hash")
RULES: Final = Label(zh="规则", en="rules")
FACTS: Final = Label(zh="事实", en="facts")
PERSONAL: Final = Label(zh="个人信息", en="personal")
PROBLEMS: Final = Label(zh="未读懂", en="not understood")
ANSWERS: Final = Label(zh="结论", en="answers")
OPEN: Final = Label(zh="未定", en="open")
GONE: Final = Label(zh="已删除", en="erased")
ERASURE: Final = Label(zh="所删除的", en="what it erases")
COLON: Final = Label(zh="：", en=": ")
RESULTS: Final[Mapping[str, Label]] = {
    "identical": Label(zh="第 {number} 条：相同（{same}）", en="{number}: identical ({same})"),
    "different": Label(zh="第 {number} 条：不同（{same}）", en="{number}: different ({same})"),
    "refused": Label(zh="第 {number} 条：无法重算：{error}", en="{number}: refused: {error}"),
    "erased": Label(zh="第 {number} 条：{erased} 已删除，不能重算", en="{number}: {erased} erased, so not asked again"),
}
SAME_RULES: Final = Label(zh="规则相同", en="the same rules")
OTHER_RULES: Final = Label(zh="规则 {digest}", en="rules {digest}")
KINDS: Final[Mapping[str, Label]] = {
    "answer": Label(zh="{name}：原为 {before}，现为 {after}", en="{name}: was {before}, is {after}"),
    "grounds": Label(zh="{name}：仍为 {after}，依据不同", en="{name}: is still {after}, on other grounds"),
    "begins": Label(zh="{name}：原无此决定，现为 {after}", en="{name}: there was no such decision, is {after}"),
    "ends": Label(zh="{name}：原为 {before}，现无此决定", en="{name}: was {before}, there is no such decision now"),
}
TURNED: Final = Label(zh="规则 {rule}：{before} → {after}{cited}", en="rule {rule}: {before} → {after}{cited}")
RESTS_ON: Final = Label(zh="因所依据的决定不同：{names}", en="because decisions that it reads differ: {names}")
OLD: Final = Label(zh="原依据：{cited}", en="was by: {cited}")
NEW: Final = Label(zh="现依据：{cited}", en="is by: {cited}")
OTHERWISE: Final = Label(zh="另有不同：{names}", en="differs besides: {names}")


def record_lines(
    record: Record, kept: Mapping[str, KeptValue], language: str, *, shows_personal: bool
) -> Iterator[str]:
    """Yield what a record says, for people."""
    content, colon = record.content, COLON.in_language(language)

    def line(label: Label, text: object) -> str:
        return f"{label.in_language(language)}{colon}{text}"

    yield FIRST.filled(number=record.number, id=record.id).in_language(language)
    yield line(HASH, record.hash)
    yield from (line(label, content[name]) for name, label in ABOUT.items() if content.get(name))
    if not record.is_decision:
        yield line(ERASURE, f"{content['erased']['record']} {', '.join(content['erased']['facts'])}")
        return
    answer = content["answer"]
    yield line(RULES, f"{answer['policy']} {answer['jurisdiction']} {answer['as_of']} {answer['digest']}")
    yield line(FACTS, _listed(answer["facts"]))
    for fact in content["personal"]:
        said = kept[fact].content if fact in kept else None
        shown = _value(said.get("value")) if said is not None and shows_personal else MASK
        yield line(PERSONAL, f"{fact} = {GONE.in_language(language) if said is None else shown}")
    for problem in answer["problems"]:
        yield line(PROBLEMS, problem["message_zh" if language == "zh" else "message_en"])
    yield line(ANSWERS, "")
    settled = {name: found for name, found in answer["decisions"].items() if found["status"] == "determined"}
    yield from (f"  {name} = {_value(found['value'])}" for name, found in settled.items())
    left = [
        f"{name} ({STATUSES[Status(found['status'])].in_language(language)})"
        for name, found in answer["decisions"].items()
        if name not in settled
    ]
    if left:
        yield line(OPEN, ", ".join(left))


def replayed_lines(found: Replayed, language: str) -> Iterator[str]:
    """Yield what became of a decision that was asked again, for people."""
    same = SAME_RULES if found.has_same_rules else OTHER_RULES.filled(digest=found.digest[:12])
    error = "" if found.error is None else found.error.in_language(language)
    first = RESULTS[found.result].filled(
        number=found.record.number, same=same, error=error, erased=", ".join(found.erased)
    )
    yield first.in_language(language)
    if found.result == "different" and found.policy is not None:
        words = Words(found.policy, language)
        yield from (f"  {line}" for each in found.differences for line in _difference_lines(each, words))
    if found.otherwise and found.result == "different":
        yield "  " + OTHERWISE.filled(names=", ".join(found.otherwise)).in_language(language)


def _difference_lines(found: Difference, words: Words) -> Iterator[str]:
    language = words.language
    name = found.decision if found.label is None else f"{found.label.in_language(language)} ({found.decision})"
    before, after = (
        None if side is None else _outcome(side, words, found.decision) for side in (found.before, found.after)
    )
    yield KINDS[found.kind].filled(name=name, before=before, after=after).in_language(language)
    if found.rests_on:
        yield "  " + RESTS_ON.filled(names=", ".join(found.rests_on)).in_language(language)
    yield from (f"  {_turned_line(each, language)}" for each in found.turned)
    for label, cited in ((OLD, found.gone), (NEW, found.new)):
        if cited:
            yield "  " + label.filled(cited=_cited(cited, language)).in_language(language)


def _turned_line(found: TurnedRule, language: str) -> str:
    cited = f" ({_cited(found.provisions, language)})" if found.provisions else ""
    said = TURNED.filled(rule=found.rule, before=found.before or "-", after=found.after or "-", cited=cited)
    return said.in_language(language)


def _cited(found: Iterable[Label], language: str) -> str:
    return ("；" if language == "zh" else "; ").join(each.in_language(language) for each in found)


def _outcome(outcome: Mapping[str, Any], words: Words, decision: str) -> str:
    """Return an outcome of the JSON form in one line: the value, or the status with what is possible."""
    if outcome["status"] == "determined":
        return _in_words(outcome["value"], words, decision)
    possible = ", ".join(_in_words(value, words, decision) for value in outcome["possible"])
    status = STATUSES[Status(outcome["status"])].in_language(words.language)
    return f"{status} ({possible})" if possible else status


def _in_words(value: Any, words: Words, decision: str) -> str:
    """Return a value of a decision as people call it; one that the rules no longer know as it stands."""
    known = words.policy.decisions.get(decision)
    if value is None or value == MASK or known is None:
        return _value(value)
    names = {each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)}
    if known.type.names and not names <= {*known.type.names}:
        return _value(value)
    return words.value(decision, frozenset(value) if isinstance(value, list) else value)


def _listed(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in facts.items())


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{_listed(value)}}}"
    return {True: "true", False: "false", None: "-"}[value] if value is None or isinstance(value, bool) else str(value)


def replayed_json(found: Replayed) -> dict[str, Any]:
    """Return what became of a decision that was asked again, for programs."""
    return {
        "number": found.record.number,
        "id": found.record.id,
        "result": found.result,
        "has_same_rules": found.has_same_rules,
        "digest": found.digest,
        "differences": [attrs.asdict(each) for each in found.differences],
        "otherwise": list(found.otherwise),
        "erased": list(found.erased),
        "error": None if found.error is None else {"zh": found.error.in_language("zh"), "en": str(found.error)},
    }
