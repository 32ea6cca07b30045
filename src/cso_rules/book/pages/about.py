"""The introduction: what the book is, how it is read, and what its marks and answers mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cso_rules.book import names
from cso_rules.book.contents import Contents
from cso_rules.book.html import link, permalink, tag
from cso_rules.book.page import Page
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.explanation.states import PROVISIONS
from cso_rules.loader.grammar.words import CONFIDENCES, MODALITIES
from cso_rules.model.instruments import Label

WHAT = (
    Label(
        zh="这本书展示一套规则：法规和政策文件写了什么，程序据此怎样判断。每一页都由规则文件生成，和程序用的是同一份内容。",
        en="This book shows a set of rules: what laws and policy documents say, and how the program decides by them. "
        "Every page is made from the rule files, the same that the program uses.",
    ),
    Label(
        zh="它帮助您核对规则是否符合文件原文。它不是法律意见；摘要是转述，应以文件原文为准。",
        en="It helps you to compare the rules with the documents. It is no legal advice; summaries are in other words, "
        "and the documents themselves count.",
    ),
)
PAGES = (
    ("provisions.html", Label(zh="条款", en="Provisions"), Label(
        zh="从文件出发：每一条写了什么，由哪些规则承载，由哪些场景验证。",
        en="start from a document: what each provision says, which rules carry it out and which scenarios try it.",
    )),
    ("decisions.html", Label(zh="决定", en="Decisions"), Label(
        zh="从问题出发：每个决定一页，列出规则、条件、结果、依据，以及各地的变更。",
        en="start from a question: a page for each decision, with its rules, conditions, answers, provisions, and what "
        "places change about it.",
    )),
    ("graph.html", Label(zh="关系图", en="Graph"), Label(
        zh="哪个决定用到哪个决定的答案。", en="which decision reads the answer of which other.",
    )),
    ("parameters.html", Label(zh="参数", en="Parameters"), Label(
        zh="法定数值和它们的历史，例如最低人数和最低资金。",
        en="the numbers of the law with their history, such as the fewest members or the least funds.",
    )),
    ("facts.html", Label(zh="事实", en="Facts"), Label(
        zh="要问的问题：定义、单位和可选的取值。",
        en="what is asked: definitions, units and the values to choose from.",
    )),
    ("readings.html", Label(zh="解读", en="Readings"), Label(
        zh="文字可以有几种理解之处，各种理解及其后果。",
        en="where a text can be understood in several ways, and in which.",
    )),
    ("scenarios.html", Label(zh="场景", en="Scenarios"), Label(
        zh="实例：给出事实和应有的答案，成书时逐一验证。",
        en="examples: facts and the answers that are due; each was tried while the book was made.",
    )),
    ("places.html", Label(zh="地方", en="Places"), Label(
        zh="各省、市、县与全国规则不同之处。", en="how provinces, cities and counties differ from the national rules.",
    )),
)  # fmt: skip
STEPS = (
    Label(
        zh="在页首搜索：名称、条款号、数值都可以。“3万”“30000”“30,000”找到同一个数。按 / 键即可输入。",
        en="Search at the top of any page for names, provisions and numbers; 30000, 30,000 and 3万 find the same "
        "number. The key / leads there.",
    ),
    Label(
        zh="点开带三角的一行，可见其中内容。链接到其中内容时会自动打开。",
        en="A line with a triangle opens when you choose it, and by itself when a link leads into it.",
    ),
    Label(
        zh="名称旁的 # 是它的固定地址，可以发给别人。灰色的小字是规则文件里的名称。",
        en="The # beside a name is its lasting address, to be sent to others. Small grey words are the names in the "
        "rule files.",
    ),
    Label(
        zh="右上角切换中文和英文；只有一种文字的内容会注明。",
        en="The button at the top right changes the language; what is written in one language only says so.",
    ),
)
ANSWERS: tuple[tuple[str, Label, Label], ...] = (
    ("pass", Label(zh="已确定", en="determined"), Label(
        zh="已知的事实足以得出答案：无论其余事实如何，答案都一样。",
        en="the known facts are enough: whatever the others may be, the answer stays the same.",
    )),
    ("declared", Label(zh="未确定", en="undetermined"), Label(
        zh="还缺少事实，答案有几种可能。不知道的事实不当作“否”或零；程序说明缺什么，以及还可能得出什么。",
        en="facts are missing, and several answers are possible. A fact that nobody knows is never taken for no or "
        "zero; the program says what is missing and which answers remain possible.",
    )),
    ("explore", Label(zh="法律未明", en="unsettled by law"), Label(
        zh="事实已足，但文字可有几种理解，各种理解的答案不同；分别列出。",
        en="the facts are enough, but the text can be understood in several ways that lead to different answers; each "
        "is given.",
    )),
    ("kind", Label(zh="当日无规则", en="no rule in force"), Label(
        zh="该日没有施行中的规则回答这个问题；有的问题只由地方规定。",
        en="no rule answers the question on that day; some questions only places answer.",
    )),
    ("fail", Label(zh="规则冲突", en="conflict"), Label(
        zh="成立的规则给出不同答案，需要修改规则或请有权机关释明。",
        en="rules that hold give different answers; they need to be put right, or an authority to explain them.",
    )),
)  # fmt: skip
STATES: Mapping[str, Label] = {
    "encoded": Label(zh="规则据此判断。", en="rules decide by it."),
    "declared": Label(zh="告知当事人，但不影响任何答案。", en="people are told of it; no answer depends on it."),
    "not_computable": Label(zh="没有事实可以据以判断。", en="no fact could decide it."),
}


def about_page(contents: Contents) -> Page:
    """Return the introduction."""
    steps = element("ul", *(element("li", label(step)) for step in STEPS))
    pages = ((link(file, label(name)), label(text)) for file, name, text in PAGES)
    answers = ((tag(kind, label(name)), label(text)) for kind, name, text in ANSWERS)
    marks = ((names.confidence(mark), label(text)) for mark, text in CONFIDENCES.items())
    states = ((tag(name, label(PROVISIONS[name])), label(text)) for name, text in STATES.items())
    parts = (
        element("p", label(contents.package.title), " · ", contents.as_of.isoformat(), class_="dates"),
        *(element("p", label(text)) for text in WHAT),
        *_section("how-to-read", Label(zh="怎么读", en="How to read it"), steps),
        *_section("pages", Label(zh="各页内容", en="What the pages hold"), _terms(pages)),
        *_section("answers", Label(zh="答案的状态", en="States of an answer"), _terms(answers)),
        *_section("confidence", Label(zh="可信度标记", en="Marks of confidence"), _terms(marks)),
        *_section("states", Label(zh="条款的状态", en="States of a provision"), _terms(states)),
        *_section("strength", Label(zh="语气", en="Strength of wording"), _strengths()),
    )
    title = Label(zh="如何读这本书", en="How to read this book")
    return Page(file="about.html", title=title, content=element("div", *parts, class_="prose"))


def _section(anchor: str, heading: Label, content: Markup) -> tuple[Markup, Markup]:
    return element("h2", label(heading), " ", permalink(anchor), id=anchor), content


def _terms(pairs: Iterable[tuple[Markup, Markup]]) -> Markup:
    shown = (joined((element("dt", name), element("dd", text))) for name, text in pairs)
    return element("dl", *shown, class_="terms")


def _strengths() -> Markup:
    explained = both(
        "规则旁的标签保留文件的语气：有的是义务，有的只是鼓励。",
        "The tag beside a rule keeps the strength of the text: some are duties, others only encourage.",
    )
    shown = joined((names.modality(word) for word in MODALITIES), " ")
    return joined((element("p", explained), element("p", shown)))
