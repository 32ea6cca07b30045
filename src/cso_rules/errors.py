"""The exceptions that this library raises.

    CsoRulesError
    ├── PolicyError             rule files cannot be used
    ├── FactsError              facts of an organization cannot be used
    │   ├── UnknownFactError
    │   ├── WrongTypeError
    │   └── ImpossibleValueError
    ├── ArgumentError           an argument of a call is none that it can have; a ValueError too
    │   ├── WrongKindError      it is of a type that does not serve; a TypeError too
    │   └── BundleError         a bundle is not what was asked for, or does not hold it
    ├── UnknownNameError        no such decision, package, place or organization
    ├── MissingExtraError       an optional dependency is not installed
    ├── RecordsError            decisions cannot be recorded, or records cannot be read
    ├── EngineError             an engine could not answer, for a reason of its own
    └── VerificationError       two engines give different answers

Catch `CsoRulesError` to catch them all; those of single parts, such as `FileProblem` of a table that cannot be read,
have it as their base too. Each tells its message in Chinese or English: `in_language`.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import attrs

from cso_rules.diagnostics import Diagnostic, escape, render_all, shortened

FactProblemKind: TypeAlias = Literal["unknown_fact", "wrong_type", "impossible_value", "contradiction"]


class CsoRulesError(Exception):
    """The base of every exception of this library."""

    def in_language(self, language: str) -> str:  # noqa: ARG002 - a message without words of its own has one form
        """Return the message in `zh` or `en`."""
        return str(self)


class PolicyError(CsoRulesError):
    """Rule files cannot be used.

    Attributes:
        diagnostics: Everything that was found.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep the diagnostics."""
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def in_language(self, language: str) -> str:
        """Return every diagnostic in `zh` or `en`."""
        return render_all(self.diagnostics, "zh" if language == "zh" else "en")

    def __str__(self) -> str:
        """Return every diagnostic in English."""
        return self.in_language("en")


@attrs.frozen(kw_only=True)
class FactProblem:
    """What is wrong with one fact of an organization, or with several that contradict one another.

    Attributes:
        kind: Whether there is no such fact, the value is not of its type, cannot be, or contradicts another one.
        fact: The name of the fact; of several the names, with commas between them.
        value: What was said, as it was said.
        message_en: What is wrong, in English.
        message_zh: What is wrong, in Chinese.
        suggestion: What was probably meant.
    """

    kind: FactProblemKind
    fact: str
    value: str
    message_en: str
    message_zh: str
    suggestion: str | None = None

    def reason(self, label: str = "") -> tuple[str, str]:
        """Return what is wrong in English and in Chinese, without the name and the label of the fact before it."""
        return self.message_en.removeprefix(f"{self.fact}: "), self.message_zh.removeprefix(f"{label}：")

    @property
    def facts(self) -> tuple[str, ...]:
        """The name of each fact that it is about."""
        return tuple(self.fact.split(", "))


class FactsError(CsoRulesError):
    """Facts of an organization cannot be used.

    Attributes:
        problems: Everything that was found.
    """

    def __init__(self, problems: Iterable[FactProblem]) -> None:
        """Keep the problems."""
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def in_language(self, language: str) -> str:
        """Return every problem in `zh` or `en`, one a line."""
        texts = (problem.message_zh if language == "zh" else problem.message_en for problem in self.problems)
        return "\n".join(map(escape, texts))

    def __str__(self) -> str:
        """Return every problem in English, one a line."""
        return self.in_language("en")


class UnknownFactError(FactsError):
    """A fact is not in the vocabulary."""


class WrongTypeError(FactsError):
    """A value is not of the type of its fact."""


class ImpossibleValueError(FactsError):
    """A value is out of range, or values contradict each other."""


_ERROR_OF_KIND: Mapping[str, type[FactsError]] = {
    "unknown_fact": UnknownFactError,
    "wrong_type": WrongTypeError,
    "impossible_value": ImpossibleValueError,
    "contradiction": ImpossibleValueError,
}


def facts_error(problems: Iterable[FactProblem]) -> FactsError:
    """Return the exception for problems; the first one decides its class.

    Args:
        problems: What was found.
    """
    found = tuple(problems)
    kind = _ERROR_OF_KIND[found[0].kind] if found else FactsError
    return kind(found)


class ArgumentError(CsoRulesError, ValueError):
    """An argument of a call is none that it can have.

    Attributes:
        en: What is wrong and what is allowed, in English.
        zh: The same in Chinese.
    """

    def __init__(self, en: str, zh: str) -> None:
        """Keep the message."""
        self.en = escape(en)
        self.zh = escape(zh)
        super().__init__(en, zh)

    def in_language(self, language: str) -> str:
        """Return the message in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def __str__(self) -> str:
        """Return the message in English."""
        return self.en


class WrongKindError(ArgumentError, TypeError):
    """An argument is of a type that does not serve."""


class BundleError(ArgumentError):
    """A bundle cannot be used, is not the one that was asked for, or does not hold what is asked of it.

    Attributes:
        fault: What is wrong, for programs.
        place: The file.
    """

    def __init__(self, fault: str, place: str, en: str, zh: str) -> None:
        """Keep the fault, its place, and the message: cause and remedy."""
        super().__init__(f"{place}: {en}", f"{place}：{zh}")
        self.fault = fault
        self.place = place


class RecordsError(CsoRulesError):
    """A decision was not recorded, or the store of records cannot be read.

    Attributes:
        fault: What is wrong, for programs.
        place: The store; empty where none is concerned.
        en: Cause and remedy in English.
        zh: The same in Chinese.
    """

    def __init__(self, fault: str, place: str, en: str, zh: str) -> None:
        """Keep the fault, its place, and the message."""
        self.fault = fault
        self.place = place
        self.en = escape(f"{place}: {en}" if place else en)
        self.zh = escape(f"{place}：{zh}" if place else zh)
        super().__init__(fault, place, en, zh)

    def in_language(self, language: str) -> str:
        """Return the message in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def __str__(self) -> str:
        """Return the message in English."""
        return self.en


class UnknownNameError(CsoRulesError):
    """There is no decision, package, place or organization of this name.

    Attributes:
        kind: What was looked for.
        name: The name that was asked for.
        suggestion: A name that may have been meant, or None.
        remedy: What else may be wrong, in English and in Chinese; nothing where the name alone is.
    """

    def __init__(self, kind: str, name: str, suggestion: str | None = None, remedy: tuple[str, str] = ("", "")) -> None:
        """Keep what was looked for."""
        self.kind = kind
        self.name = name
        self.suggestion = suggestion
        self.remedy = remedy
        super().__init__(kind, name, suggestion, remedy)

    def in_language(self, language: str) -> str:
        """Return the message in a language, with the suggestion if there is one."""
        kind, remedy = _NAMED[self.kind]["zh" if language == "zh" else "en"]
        name = shortened(self.name)
        if language == "zh":
            hint = f"；是否应为“{self.suggestion}”？" if self.suggestion else remedy and f"；{remedy}"
            return f"没有{kind}“{name}”{hint}" + (f"；{self.remedy[1]}" if self.remedy[1] else "")
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else remedy and f"; {remedy}"
        return f"there is no {kind} '{name}'{hint}" + (f"; {self.remedy[0]}" if self.remedy[0] else "")

    def __str__(self) -> str:
        """Return the message in English."""
        return self.in_language("en")


_NAMED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "decision": {"zh": ("决定", ""), "en": ("decision", "")},
    "package": {"zh": ("规则包", ""), "en": ("package", "")},
    "organization": {"zh": ("组织", ""), "en": ("organization", "")},
    "jurisdiction": {
        "zh": ("地区", "请写 GB/T 2260 行政区划代码，例如 440305，或所收录规则的地名，例如 深圳市"),
        "en": (
            "jurisdiction",
            "write a code of GB/T 2260, such as 440305, or the name of a place with rules of its own",
        ),
    },
}
"""What was looked for in words, and what to write where no name comes near."""


class MissingExtraError(CsoRulesError):
    """An optional dependency is not installed.

    Attributes:
        extra: The extra that brings it.
    """

    def __init__(self, extra: str) -> None:
        """Keep the name of the extra."""
        self.extra = extra
        super().__init__(extra)

    def in_language(self, language: str) -> str:
        """Return the message in a language, with the command that helps."""
        command = f"pip install 'cso-rules[{self.extra}]'"
        if language == "zh":
            return f"此功能需要附加组件“{self.extra}”，请运行：{command}"
        return f"this needs the extra {self.extra!r}: {command}"

    def __str__(self) -> str:
        """Return the message in English."""
        return self.in_language("en")


class EngineError(CsoRulesError):
    """An engine could not answer: it was stopped, it failed, or the rules are beyond what it can carry.

    Attributes:
        engine: The engine.
        reason_en: Why, in English.
        reason_zh: Why, in Chinese.
    """

    def __init__(self, engine: str, reason_en: str, reason_zh: str) -> None:
        """Keep the reason."""
        self.engine = engine
        self.reason_en = reason_en
        self.reason_zh = reason_zh
        super().__init__(engine, reason_en, reason_zh)

    def in_language(self, language: str) -> str:
        """Return the reason in a language."""
        reason = self.reason_zh if language == "zh" else self.reason_en
        return f"{self.engine}{'：' if language == 'zh' else ': '}{reason}"

    def __str__(self) -> str:
        """Return the reason in English."""
        return self.in_language("en")


class VerificationError(CsoRulesError):
    """Two engines give different answers to a decision.

    Attributes:
        decision: The decision.
        answers: What each engine answers, by its name.
    """

    def __init__(self, decision: str, answers: Mapping[str, str]) -> None:
        """Keep both answers."""
        self.decision = decision
        self.answers = dict(answers)
        super().__init__(decision, self.answers)

    def in_language(self, language: str) -> str:
        """Return the difference in a language."""
        if language == "zh":
            return f"{self.decision}：" + "，".join(f"{name} 得出 {text}" for name, text in self.answers.items())
        return f"{self.decision}: " + ", ".join(f"{name} says {text}" for name, text in self.answers.items())

    def __str__(self) -> str:
        """Return the difference in English."""
        return self.in_language("en")
