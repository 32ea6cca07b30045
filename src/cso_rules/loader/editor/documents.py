"""JSON Schemas of the files that declare: package, instruments, vocabulary and calendars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cso_rules.loader.documents import instruments as instrument_documents
from cso_rules.loader.documents import rule_files as documents
from cso_rules.loader.documents.decisions import MODALITIES
from cso_rules.loader.documents.declarations import PROVISION_STATUSES
from cso_rules.loader.documents.enumeration_extensions import LEAST
from cso_rules.loader.documents.fact_headings import HEADING_KEYS
from cso_rules.loader.documents.presentation import ENTITY_KEYS, LIST_KEYS, NOTICE_KEYS, TARGET_KEYS, headline_values
from cso_rules.loader.editor.names import Vocabulary
from cso_rules.loader.editor.parts import (
    ADDRESS,
    BOOLEAN,
    CONFIDENCE,
    DATE,
    FORMAT,
    NOTE,
    NUMBER,
    TEXT,
    Schema,
    either,
    key,
    listed,
    mapped,
    names,
    pattern,
    record,
    reference,
    refined,
    where,
    within,
    words,
)
from cso_rules.loader.editor.words import (
    INSTRUMENT_KINDS,
    KINDS,
    PACKAGE_STATUSES,
    chosen,
)
from cso_rules.loader.editor.words import MODALITIES as MODALITY_WORDS
from cso_rules.loader.editor.words import PROVISION_STATUSES as PROVISION_STATUS_WORDS
from cso_rules.model.instruments import Label

CITE: Final = key("依据，写作“文件编号 条款编号”", "what it rests on, as INSTRUMENT PROVISION", reference("citations"))
CHECKED_ON: Final = key("最近一次核对原文的日期", "when the source was last read", DATE)
IN_FORCE: Final = key(
    "有效期：含 from，不含 until", "when it is in force: from is in, until is out", reference("period")
)
LABELLED: Final = key("中英文名称", "the name in both languages", reference("label"))
DEFINED: Final = key("含义", "what it means", reference("label"))
QUESTION: Final = key("缺少时向经办人提的问题", "what an official is asked when it is missing", reference("label"))
ALIASES: Final = key("其他写法，表格中也认", "other spellings that tables may use", listed(TEXT))
FREE_TEXT: Final = key(
    "表格中自由填写的文字里，表明这一取值的词（至少两个字）",
    "words of two letters or more that tell of this value in free text of tables",
    listed(TEXT | {"minLength": LEAST}),
)
MODALITY: Final = key("措辞的强度", "how strong the wording is", words(chosen(MODALITY_WORDS, MODALITIES)))
MINIMUM: Final = key("最小值", "least possible value", NUMBER | {"pattern": r"^-?[0-9][0-9.-]*$"})
MAXIMUM: Final = key("最大值", "greatest possible value", NUMBER | {"pattern": r"^-?[0-9][0-9.-]*$"})
SCALE: Final = key("小数位数", "digits after the decimal point", {"type": "integer", "minimum": 0, "maximum": 9})
CODE_PROBLEM: Final = Label(
    zh="请写 GB/T 2260 代码，加引号，不带末尾的零，且在上级规则包的地域之内；地域不明的写 none",
    en="write the code of GB/T 2260 in quotes, without final zeros, within the place of what it extends; or none",
)


def entity(vocabulary: Vocabulary) -> Schema:
    """Return the schema of whom something describes."""
    first = vocabulary.found.entities.subject.name
    zh, en = f"描述谁，默认 {first}", f"whom it describes; {first} when left out"
    return key(zh, en, words(vocabulary.entities(vocabulary.found.entities.names)))


def name(zh: str, en: str) -> Schema:
    """Return the schema of a new identifier."""
    return key(zh, en, reference("name"))


def kind_keys(vocabulary: Vocabulary, kinds: Iterable[str] = documents.KINDS) -> dict[str, Schema]:
    """Return the keys that say what values something may have."""
    return {
        "type": key("值的类型", "what kind of value it has", words(chosen(KINDS, kinds))),
        "enumeration": key("取值所在的枚举", "the enumeration of its values", names(vocabulary.enumerations)),
        "scale": SCALE,
        "minimum": MINIMUM,
        "maximum": MAXIMUM,
    }


NEEDS_ENUMERATION: Final = where("type", {"enum": ["enumeration", "set"]}, {"required": ["enumeration"]})


# ------------------------------------------------------------------------------------------------ package.yaml


def package_schema(vocabulary: Vocabulary, extensible: Iterable[str]) -> Schema:
    """Return the schema of `package.yaml`; `extensible` are the ids of packages that it may extend."""
    known = {package: Label(zh="", en="") for package in extensible}
    period = record(
        {
            "from": key("第一天", "the first day", DATE),
            "until": key("最后一天的次日；未见到写 not_seen", "the day after the last; not_seen if it was not seen",
                         either(DATE, {"const": "not_seen"})),
        }
    )  # fmt: skip
    statuses = words(chosen(PACKAGE_STATUSES, documents.STATUSES))
    keys = {
        "format": FORMAT,
        "id": key("规则包编号，即文件夹的名称", "the id of the package: the name of its folder", reference("id")),
        "title": key("规则包名称", "the name of the package", reference("label")),
        "jurisdiction": key("适用地域", "the place that it is for", _jurisdiction(vocabulary)),
        "status": key("效力状态，默认 in_force", "its status; in_force when left out", statuses),
        "in_force": key("有效期：含 from，不含 until", "when it is in force: from is in, until is out", period),
        "start_confirmed": key("是否见到施行日期", "whether its first day was seen", BOOLEAN),
        "in_preparation": key("规则尚在编写、未与原文核对，点名或要求时才适用",
                              "whether the rules are still being written; off unless named or asked for", BOOLEAN),
        "end_confirmed": key("是否见到失效日期", "whether its end was seen", BOOLEAN),
        "extends": key("它所叠加的规则包", "the package that it builds on", names(known)),
        "ask_order": key("先问哪些决定所缺的事实", "decisions whose missing facts are asked for first",
                         listed(names(vocabulary.decisions))),
        "note": NOTE,
    } | _presented_keys(vocabulary)  # fmt: skip
    own = ("entities",) if len(vocabulary.found.packages) < 2 else ()  # noqa: PLR2004 - a package and what it extends
    return record(keys, documents.PACKAGE_KEYS, (*documents.PACKAGE_OPTIONS, *own))


def _presented_keys(vocabulary: Vocabulary) -> dict[str, Schema]:
    """Return the keys about how answers are shown."""
    decisions, enumerations = names(vocabulary.decisions), names(vocabulary.enumerations)
    headings = record(
        {name: key(label.zh, label.en, reference("label")) for name, label in vocabulary.decisions.items()}
    )
    return {
        "headline": key("通知书、表格和比较所说的决定",
                        "the decision that notices, tables and comparisons are about", decisions),
        "headings": key("决定在表格和比较中的名称", "what decisions are called in tables and comparisons", headings),
        "lists": key("哪些列表显示在哪里", "which lists are shown where", _lists(decisions)),
        "addressees": key("规则所要求的对象所在的枚举", "the enumeration of those whom rules address", enumerations),
        "roles": key("职责所在的枚举", "the enumeration of roles; addressees by role are shown by role", enumerations),
        "notices": key("告知书用语", "the words of notices", _notices(vocabulary)),
        "targets": key("较大范围内要达到的平均数", "averages that an area is to reach", listed(_target(vocabulary))),
        "entities": key("规则所说的对象，第一项为主", "whom rules are about; the first is the main one",
                        listed(_entity(vocabulary))),
        "topics": key("表格中分组列名可说的内容，仍是说对象本身",
                      "what a group of columns may be about that is about the subject itself", listed(TEXT)),
        "other_columns": key("表格中已知不是事实的列名，不作提示",
                             "headings of tables that are known to be no fact, and pass without a guess", listed(TEXT)),
    }  # fmt: skip


def _lists(decision: Schema) -> Schema:
    keys = {
        "tables": key("表格中单独成列的列表", "lists with a column of their own in tables", listed(decision)),
        "notices": key("通知书中排在前面的列表", "lists that come first in a notice", listed(decision)),
        "left_out": key("通知书中不显示的列表", "lists that no notice shows", listed(decision)),
        "comparisons": key("比较规则变动时计数的列表", "lists whose items comparisons count", listed(decision)),
        "remarks": key("作为表格说明的列表", "the list whose items are remarks in tables", decision),
    }
    return record(keys, (), LIST_KEYS)


def _notices(vocabulary: Vocabulary) -> Schema:
    decisions = listed(names(vocabulary.decisions))
    answers = record({name: key(name, name, reference("label")) for name in headline_values(vocabulary.found)})
    keys = {
        "title": key("告知书名称", "what a notice is called", reference("label")),
        "sheet": key("工作底稿名称", "what the working sheet is called", reference("label")),
        "asked": key(
            "主要结论回答什么", "what the headline says of the reader, as an indirect question", reference("label")
        ),
        "self": key("规则对象本身", "the addressee that the notice is for", vocabulary.addressees()),
        "answers": key("各结论的说法", "what each answer means, as a sentence", answers),
        "support": key("可以申请的支持", "lists of what may be asked for", decisions),
        "steps": key("下一步", "lists of what is to be done next", decisions),
        "duties": key("职责", "lists of standing duties", decisions),
        "notes": key("规则包自己的解读", "the instrument of the readings of the package itself", TEXT),
    }
    return record(keys, (), NOTICE_KEYS)


def _target(vocabulary: Vocabulary) -> Schema:
    decision, fact = (
        names(vocabulary.decisions),
        names(vocabulary.facts_where(lambda fact: fact.type.kind == "integer")),
    )
    kinds = vocabulary.facts_where(lambda fact: fact.type.kind == "enumeration")
    of = {
        name: key(label.zh, label.en, words(vocabulary.values(vocabulary.found.facts[name].type.enumeration)))
        for name, label in kinds.items()
    }
    keys = {
        "of": key("哪一类地方", "the sites of which kind", record(of)),
        "counted": key("其中计入的数目", "the fact how many are counted there", fact),
        "sites": key("这类地方的数目", "the fact how many such sites there are", fact),
        "average": key("要达到的平均数", "the parameter with the average to reach", names(vocabulary.parameters)),
        "status": key("目标完成得怎样", "the decision how the target stands", decision),
        "reached": key("是否达到", "the decision whether it is reached", decision),
        "shortfall": key("尚缺多少", "the decision how many are lacking", decision),
        "due": key("何时到期", "the decision when it is due", decision),
    }
    return record(keys, *TARGET_KEYS)


def _entity(vocabulary: Vocabulary) -> Schema:
    known = words(vocabulary.entities(vocabulary.found.entities.names))
    keys = {
        "id": name("标识符", "its identifier"),
        "label": key("一个叫作什么", "what one is called", reference("label")),
        "plural": key("英文复数", "what several are called, in English", TEXT),
        "definition": DEFINED,
        "within": key("位于什么之内", "what it lies in, whose facts its rules may use too", known),
        "id_columns": key("编号列的其他列名", "further headings of the column that identifies one", listed(TEXT)),
        "name_columns": key("名称列的其他列名", "further headings of the column that names one", listed(TEXT)),
    }
    return record(keys, *ENTITY_KEYS)


def _jurisdiction(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a place: that of a local package lies within the place of what it extends."""
    above = vocabulary.found.packages[:-1]
    if not above:
        return {"type": ["string", "integer"]}
    outer = above[-1].jurisdiction
    within_outer = f"(?={outer})" if outer.isdigit() else ""
    form = pattern(f"^({within_outer}(?![0-9]*00$)([0-9]{{2}}){{1,3}}|none)$", CODE_PROBLEM)
    return form | {"type": ["string", "integer"]}


# ------------------------------------------------------------------------------------------------ instruments.yaml


def instruments_schema() -> Schema:
    """Return the schema of `instruments.yaml`."""
    reason = where("status", {"enum": ["declared", "not_computable"]}, {"required": ["reason"]})
    provision = record(_provision_keys(), ("id", "summary"), instrument_documents.PROVISION_KEYS) | within(reason)
    kinds = words(chosen(INSTRUMENT_KINDS, instrument_documents.KINDS))
    keys = {
        "id": key("文件编号", "the id of the instrument", reference("id")),
        "title": key("文件名称", "its title", reference("label")),
        "provisions": key("条款", "its provisions", listed(provision)),
        "number": key("发文字号", "its document number", TEXT),
        "kind": key("文件种类", "what kind of instrument it is", kinds),
        "issuer": key("发布机关", "who issued it", either(TEXT, reference("label"))),
        "in_force": IN_FORCE,
        "amended_unseen": key("已被未见到的文本修改", "it was changed by a text that was not seen", _amendment()),
        "applies_when": key("文件适用于谁，默认全部", "about whom it is; everybody when left out", TEXT),
        "confidence": CONFIDENCE,
        "note": NOTE,
        "checked_on": CHECKED_ON,
        "url": key("官方公布的网址，不写转载", "address of the official publication, never of a reprint", ADDRESS),
    }
    instrument = record(keys, ("id", "title", "provisions"), instrument_documents.INSTRUMENT_KEYS)
    instruments = key("法律文件", "legal instruments", listed(instrument))
    return record({"format": FORMAT, "instruments": instruments}, ("format", "instruments"))


def _amendment() -> Schema:
    keys = {
        "on": key(
            "最迟在哪一天被修改，从这天起提示", "the day by which it was changed; people are told from then", DATE
        ),
        "by": key("修改它的文本", "what changed it", reference("label")),
        "note": NOTE,
    }
    return record(keys, *instrument_documents.AMENDMENT_KEYS)


def _provision_keys() -> dict[str, Schema]:
    statuses = words(chosen(PROVISION_STATUS_WORDS, PROVISION_STATUSES))
    return {
        "id": key("条款编号", "the id of the provision", reference("id")),
        "summary": key("自己的话写的摘要", "what it says, in your own words", reference("label")),
        "article": key("条、款、项", "article, paragraph, item", reference("label")),
        "in_force": IN_FORCE,
        "confidence": CONFIDENCE,
        "note": NOTE,
        "status": key(
            "规则包怎样对待它，默认 encoded", "what the package does with it; encoded when left out", statuses
        ),
        "reason": key("为什么没有规则据以判定", "why no rule decides by it", reference("label")),
        "covers": key("它承载的分析要点", "statements of the analysis that it carries", listed(reference("id"))),
        "modality": MODALITY,
    }


# ------------------------------------------------------------------------------------------------ vocabulary.yaml


def vocabulary_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of `vocabulary.yaml`."""
    enumerations = listed({"oneOf": [_enumeration(), _extension(vocabulary)]})
    keys = {
        "format": FORMAT,
        "enumerations": key("枚举", "closed lists of values", enumerations),
        "facts": key("事实", "what is asked about those whom the rules are about", listed(_fact(vocabulary))),
        "readings": key("有歧义的条文及其读法", "texts that can be read in several ways", listed(_reading())),
        "constraints": key("事实之间必须满足的关系", "what facts must satisfy together", listed(_constraint())),
        "aggregates": key("由下级汇总得到的事实", "facts that are counted from what lies in a place",
                          listed(_aggregate(vocabulary))),
    }  # fmt: skip
    return record(keys, ("format",))


def _value_keys() -> dict[str, Schema]:
    return {
        "id": name("取值的标识符", "the identifier of the value"),
        "label": LABELLED,
        "aliases": ALIASES,
        "words": FREE_TEXT,
        "definition": DEFINED,
        "note": NOTE,
    }


def _enumeration() -> Schema:
    keys = {
        "id": name("枚举的标识符", "the identifier of the enumeration"),
        "values": key("取值，按顺序", "its values, in order", listed(record(_value_keys(), ("id", "label")))),
        "label": LABELLED,
        "definition": DEFINED,
    }
    return record(keys, ("id", "values"))


def _extension(vocabulary: Vocabulary) -> Schema:
    """Return the schema of local values; those of an enumeration that facts have must count as a national one."""
    targets = {
        value: label
        for enumeration in vocabulary.enumerations
        for value, label in vocabulary.values(enumeration).items()
    }
    maps_to = key("视同哪个全国取值", "the national value that it counts as", names(targets))
    value = record(_value_keys() | {"maps_to": maps_to}, ("id", "label"))
    asked = {fact.type.enumeration: fact.label for fact in vocabulary.found.facts.values() if fact.type.enumeration}
    counted = refined(values={"items": {"required": ["maps_to"]}})
    keys = {
        "extends": key("所扩展的枚举", "the enumeration that gets more values", names(vocabulary.enumerations)),
        "values": key("增加的取值", "the values that are added", listed(value)),
        "note": NOTE,
    }
    return record(keys, ("extends", "values")) | within(where("extends", words(asked), counted))


JUDGED: Final = record(
    {
        "by": key(
            "由谁判断：机构的标识符或名称", "who judges: the id of a body, or a label", either(TEXT, reference("label"))
        ),
        "basis": key("依据", "what is applied", reference("citations")),
    }
)
PRESUMED: Final = record(
    {
        "value": key(
            "推定的值", "the value", either(BOOLEAN, NUMBER, DATE, reference("name"), listed(reference("name")))
        ),
        "cite": CITE,
        "from": key("第一天", "the first day", DATE),
        "until": key("最后一天的次日", "the day after the last", DATE),
        "note": NOTE,
        "confidence": CONFIDENCE,
    },
    ("value", "cite"),
)


def _fact(vocabulary: Vocabulary) -> Schema:
    keys = kind_keys(vocabulary) | {
        "id": name("事实的标识符", "the identifier of the fact"),
        "label": LABELLED,
        "question": QUESTION,
        "definition": DEFINED,
        "entity": entity(vocabulary),
        "aliases": ALIASES,
        "headings": key("表格中的其他列名", "further headings of its column in tables", listed(_heading(vocabulary))),
        "opposites": key(
            "问法相反的列名：其下“是”表示否", "headings that ask the opposite: yes below them says no", listed(TEXT)
        ),
        "unit": key("单位", "the unit", reference("label")),
        "changeable": key("能否自行改变", "whether those whom it describes can change it", BOOLEAN),
        "judged": key(
            "是否由经办人判断；由谁、依据什么",
            "whether an official judges it; who, and on which basis",
            either(BOOLEAN, JUDGED),
        ),
        "personal": key("是否个人信息", "whether it is personal information", BOOLEAN),
        "complete": key(
            "所列是否即为全部（仅用于集合；默认是）", "whether a list holds all members (sets only; true)", BOOLEAN
        ),
        "presumed": key(
            "没有说明时依规定推定的值",
            "what the law presumes while nothing is said",
            either(PRESUMED, listed(PRESUMED, 1)),
        ),
        "confidence": CONFIDENCE,
        "note": NOTE,
    }
    required = ("id", "type", "label", "question", "definition")
    return record(keys, required, documents.FACT_KEYS) | within(NEEDS_ENUMERATION)


def _heading(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a heading: a text, or texts with what some cells below them mean."""
    meant = {name: label for kind in vocabulary.enumerations for name, label in vocabulary.values(kind).items()}
    value = either(names(meant), BOOLEAN) if meant else BOOLEAN
    keys = {
        "texts": key("列名", "the headings", listed(TEXT, 1)),
        "values": key("单元格文字所指的取值", "which value a text in a cell means", mapped(value)),
    }
    return either(TEXT, record(keys, *HEADING_KEYS))


def _reading() -> Schema:
    option = {
        "id": name("读法的标识符", "the identifier of the option"),
        "label": LABELLED,
        "definition": DEFINED,
        "note": NOTE,
    }
    keys = {
        "id": name("歧义的标识符", "the identifier of the reading"),
        "label": LABELLED,
        "options": key("可选的读法", "the ways to read the text", listed(record(option, ("id", "label")))),
        "definition": DEFINED,
        "default": key("默认读法；不写则依法未定", "the option that is applied; without one the law leaves it open",
                       reference("name")),
        "cite": CITE,
        "note": NOTE,
    }  # fmt: skip
    return record(keys, ("id", "label", "options"))


def _constraint() -> Schema:
    keys = {
        "id": name("约束的标识符", "the identifier of the constraint"),
        "when": key("必须成立的条件", "the condition that must hold", reference("condition")),
        "message": key("不成立时的说明", "what is said when it does not hold", reference("label")),
        "cite": CITE,
    }
    return record(keys, ("id", "when", "message"))


def _aggregate(vocabulary: Vocabulary) -> Schema:
    found = vocabulary.found
    subject, within_another = found.entities.subject.name, found.entities.placed
    counted = vocabulary.facts_where(lambda fact: fact.type.kind == "integer" and fact.entity != subject)
    placed = vocabulary.facts_where(lambda fact: fact.type.kind == "enumeration" and fact.entity in within_another)
    by = {
        fact: {"description": label, **words(vocabulary.values(found.facts[fact].type.enumeration))}
        for fact, label in placed.items()
    }
    asked = vocabulary.facts_where(lambda fact: fact.type.kind == "boolean")
    keys = {
        "id": key("由此得到的事实", "the fact that it gives", names(counted)),
        "counts": key("数的是什么", "what is counted", words(vocabulary.entities(within_another))),
        "where": key("只数满足这一项的", "only those of which this is true", names({**asked, **vocabulary.decisions})),
        "by": key("只数取这些值的", "only those with these values", record(by)),
        "cite": CITE,
        "note": NOTE,
    }
    return record(keys, ("id", "counts"))


# ------------------------------------------------------------------------------------------------ calendars


def calendar_schema() -> Schema:
    """Return the schema of a file of `calendars/`."""
    days = listed(DATE)
    year = {
        "year": key("年份", "the year", {"type": "integer", "minimum": 1900, "maximum": 2199}),
        "source": key("放假安排的出处", "where the days come from", reference("label")),
        "confidence": CONFIDENCE,
        "holidays": key("放假的工作日（周一至周五）", "days off, Mondays to Fridays only", days),
        "working_weekends": key("调休上班的周末", "Saturdays and Sundays that are worked", days),
        "until": key("自这一天起尚不知道", "from this day on nothing is known", DATE),
        "note": NOTE,
    }
    required = ("year", "source", "confidence", "holidays", "working_weekends")
    keys = {
        "format": FORMAT,
        "years": key("各年的安排", "one entry a year", listed(record(year, required))),
        "label": LABELLED,
        "note": NOTE,
    }
    return record(keys, ("format", "years"))
