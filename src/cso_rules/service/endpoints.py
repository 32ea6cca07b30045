"""The addresses of the service: what each takes, who may ask, and what answers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import attrs

from cso_rules.model.instruments import Label
from cso_rules.service import answers

Role = Literal["read", "evaluate", "reload"]
CONTEXT: Final = ("jurisdiction", "as_of", "entity")
"""Parameters that choose the rules."""


@attrs.frozen(kw_only=True)
class Endpoint:
    """An address.

    Attributes:
        path: The address.
        name: The name of the operation, for clients that are generated.
        title: What it does.
        answer: What answers.
        role: Who may ask.
        parameters: What may stand in the address.
        needed: Keys that the body must have; None where there is no body.
        further: Keys that it may have.
        media_type: What the answer is.
        schema: The name of the schema of the answer; empty where it is a page.
        is_recorded: Whether its answers are recorded where records are kept, so that the body says who asks and why.
        is_kept: Whether the answer is the same for everybody while rules and day are the same, so that it is made once.
    """

    path: str
    name: str
    title: Label
    answer: answers.Answer
    role: Role
    parameters: tuple[str, ...] = CONTEXT
    needed: tuple[str, ...] | None = None
    further: tuple[str, ...] = ("readings",)
    media_type: str = "application/json"
    schema: str = ""
    is_recorded: bool = False
    is_kept: bool = False

    @property
    def method(self) -> str:
        """GET where there is no body."""
        return "GET" if self.needed is None else "POST"

    def needs(self, *, is_recording: bool) -> tuple[str, ...]:
        """Return the keys that the body must have."""
        return (*(self.needed or ()), *(("record",) if is_recording and self.is_recorded else ()))


CLASSIFY: Final = Endpoint(
    path="/v1/classify", name="classify", role="evaluate", answer=answers.classify, schema="Determination",
    title=Label(zh="对一条记录作出全部结论", en="Answer every decision about one record"), needed=("facts",),
    is_recorded=True,
)  # fmt: skip
ENDPOINTS: Final = (
    CLASSIFY,
    Endpoint(
        path="/v1/explain", name="explain", role="evaluate", answer=answers.explain, schema="Explanation",
        title=Label(zh="以文字说明结论和理由", en="Say in sentences what was decided, and why"),
        parameters=(*CONTEXT, "decision"), needed=("facts",), further=("readings", "name"),
        is_recorded=True,
    ),
    Endpoint(
        path="/v1/ask-next", name="askNext", role="evaluate", answer=answers.ask_next, schema="AskNext",
        title=Label(zh="下一步应补充哪些信息", en="Which facts to ask for next"), needed=("records",),
    ),
    Endpoint(
        path="/v1/gaps", name="gaps", role="evaluate", answer=answers.gaps, schema="Gaps",
        title=Label(zh="达到某一结论所需的最小变动", en="The smallest changes that lead to an answer"),
        needed=("facts", "decision", "value"),
    ),
    Endpoint(
        path="/v1/what-if", name="whatIf", role="evaluate", answer=answers.what_if, schema="Changes",
        title=Label(zh="事实变动后哪些结论随之改变", en="Which answers change when facts change"),
        needed=("facts", "changes"),
    ),
    Endpoint(
        path="/v1/notice", name="notice", role="evaluate", answer=answers.notice, media_type="text/html",
        title=Label(zh="可打印的告知书", en="A notice to print"), needed=("facts",),
        further=("readings", "name", "identity"), is_recorded=True,
    ),
    Endpoint(
        path="/v1/places", name="places", role="read", answer=answers.places, schema="Places", parameters=(),
        title=Label(zh="有自己规则的地区", en="The places that have rules of their own"), is_kept=True,
    ),
    Endpoint(
        path="/v1/parameters", name="parameters", role="read", answer=answers.parameters, schema="Parameters",
        title=Label(zh="某地某日的法定数值", en="The legal numbers of a place and day"), is_kept=True,
    ),
    Endpoint(
        path="/", name="page", role="read", answer=answers.page, media_type="text/html", is_kept=True,
        title=Label(zh="在浏览器里问答的网页", en="The page that asks and answers in a browser"),
        parameters=("places", "as_of"),
    ),
)  # fmt: skip
BY_PATH: Final[Mapping[str, Endpoint]] = MappingProxyType({found.path: found for found in ENDPOINTS})
