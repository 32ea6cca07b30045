"""What the scenarios of a package exercise, as lines of text: counts, and each part that none touches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cso_rules.model.instruments import Label

COUNTS: Final = Label(
    zh="{package}：规则 {rule} 条成立；条件 {criterion} 面（满足、不满足）；界限 {threshold} 面（正好、差一点）",
    en="{package}: rules {rule}; criteria {criterion} (met, not met); thresholds {threshold} (at, next to it)",
)
OF: Final = Label(zh="{0}/{1}", en="{0} of {1}")
LACKING: Final = {
    ("rule", "holds"): Label(zh="没有场景使其成立", en="it holds in no scenario"),
    ("criterion", "holds"): Label(zh="没有场景满足它", en="no scenario meets it"),
    ("criterion", "fails"): Label(zh="没有场景不满足它", en="no scenario fails it"),
}
NO_SCENARIO: Final = Label(zh="缺少这样的场景：{sides}", en="no scenario {sides}")
OR: Final = Label(zh="、", en=" or ")


def coverage_lines(coverage: Any, language: str, *, is_listed: bool) -> Iterator[str]:
    """Yield the counts of a package, and before them what no scenario exercises, if it is to be listed."""
    from cso_rules.analysis.coverage import counts
    from cso_rules.loader.load import load_policy

    coverage.add_unmet(load_policy)
    parts = coverage.found()
    for part in parts if is_listed else ():
        if part.lacking:
            yield f"{part.place}: {part.path}: {_lacking(part, language)}"
    shown = {kind: OF.in_language(language).format(*pair) for kind, pair in counts(parts).items()}
    yield COUNTS.in_language(language).format(package=coverage.path.resolve().name, **shown)


def _lacking(part: Any, language: str) -> str:
    if part.kind == "threshold":
        sides = OR.in_language(language).join(part.sides[side].in_language(language) for side in part.lacking)
        return f"{part.text.in_language(language)}: {NO_SCENARIO.in_language(language).format(sides=sides)}"
    texts = [LACKING[part.kind, side].in_language(language) for side in part.lacking]
    return {"zh": "，", "en": ", "}[language].join(texts)
