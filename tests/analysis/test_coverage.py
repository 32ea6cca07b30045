"""Coverage says of a package's own rules what no scenario exercises: rules, criteria, sides of thresholds."""

from pathlib import Path

from click.testing import CliRunner

from cso_rules.interfaces.cli import cli

KINDS = {"age": "integer", "fee": "money", "joined": "date", "resident": "boolean"}
LABELS = {
    "age": ("年龄", "age"), "fee": ("会费", "fee"),
    "joined": ("入馆日期", "day of joining"), "resident": ("居民", "resident"),
}  # fmt: skip
FACTS = "".join(
    f"  - {{id: {name}, label: {{zh: {zh}, en: {en}}}, question: {{zh: {zh}, en: {en}}}, "
    f"definition: {{zh: {zh}, en: {en}}}, type: {KINDS[name]}}}\n"
    for name, (zh, en) in LABELS.items()
)
FILES = {
    "package.yaml": """format: 1
id: library
title: {zh: 图书馆规则, en: rules of a library}
jurisdiction: none
status: in_force
in_force: {from: 2000-01-01}
ask_order: [may_borrow]
headline: may_borrow
entities:
  - {id: reader, label: {zh: 读者, en: reader}, plural: readers}
""",
    "instruments.yaml": """format: 1
instruments:
  - id: house
    title: {zh: 借阅规定, en: rules of the house}
    provisions:
      - {id: r1, article: {zh: 第一条, en: article 1}, summary: {zh: 借阅, en: borrowing}, confidence: P}
""",
    "vocabulary.yaml": """format: 1
enumerations:
  - id: allowance
    label: {zh: 册数, en: allowance}
    values:
      - {id: many, label: {zh: 多, en: many}}
      - {id: few, label: {zh: 少, en: few}}
facts:
{facts}""",
    "parameters/borrowing.yaml": """format: 1
parameters:
  - id: least_age
    label: {zh: 最低年龄, en: least age}
    type: integer
    values:
      - {from: 2000-01-01, until: 2010-01-01, value: 12, cite: house r1}
      - {from: 2010-01-01, value: 14, cite: house r1}
""",
    "decisions/may_borrow.yaml": """format: 1
decision: may_borrow
label: {zh: 可以借阅, en: may borrow}
criteria:
  - {id: old_enough, label: {zh: 年龄, en: age}, when: age >= least_age, cite: house r1}
  - {id: lives_here, label: {zh: 居民, en: resident}, when: resident, cite: house r1}
  - {id: a_year, label: {zh: 满一年, en: a year}, when: 'as_of >= joined + duration("P1Y")', cite: house r1}
""",
    "decisions/allowed.yaml": """format: 1
decision: allowed
label: {zh: 可借册数, en: allowed}
output: allowance
hit_policy: first
rules:
  - {id: paid, label: {zh: 已交, en: paid}, when: fee >= 20.50, then: many, cite: house r1}
otherwise: {id: rest, label: {zh: 其余, en: the rest}, then: few, cite: house r1}
""",
}


def package(folder: Path, *scenarios: str) -> str:
    path = folder / "library"
    for name, text in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text.replace("{facts}", FACTS), encoding="utf-8")
    (path / "scenarios").mkdir()
    lines = [f"  - {{title: t{number}, as_of: {text}}}" for number, text in enumerate(scenarios)]
    text = "\n".join(["format: 1", "scenarios:" if lines else "scenarios: []", *lines]) + "\n"
    (path / "scenarios" / "all.yaml").write_text(text, encoding="utf-8")
    return str(path)


def lines(path: str, *options: str, lang: str = "en") -> list[str]:
    result = CliRunner().invoke(cli, ["test", path, *options, "--lang", lang])
    assert result.exit_code in {0, 1}, result.output
    return result.output.splitlines()


ALLOWED, MAY = "library/decisions/allowed.yaml", "library/decisions/may_borrow.yaml"
NOTHING = [
    f"{ALLOWED}:7: allowed/paid: it holds in no scenario",
    f"{ALLOWED}:8: allowed/rest: it holds in no scenario",
    f"{MAY}:5: may_borrow/old_enough: no scenario meets it, no scenario fails it",
    f"{MAY}:6: may_borrow/lives_here: no scenario meets it, no scenario fails it",
    f"{MAY}:7: may_borrow/a_year: no scenario meets it, no scenario fails it",
]


def test_without_scenarios_every_rule_is_listed(tmp_path: Path) -> None:
    found = lines(package(tmp_path), "--uncovered")
    counted = "library: rules 0 of 2; criteria 0 of 6 (met, not met); thresholds 0 of 0 (at, next to it)"
    assert found == [*NOTHING, counted, "0 passed, 0 failed"]


AT = "2020-06-01, facts: {age: 14, resident: true, joined: 2019-06-01}, expect: {may_borrow: true}"
BELOW = "2020-06-01, facts: {age: 13, resident: false, joined: 2019-06-02}, expect: {may_borrow: false}"


def test_a_side_counts_where_the_number_next_to_the_threshold_is_tried(tmp_path: Path) -> None:
    found = lines(package(tmp_path, AT), "--uncovered")
    assert f"{MAY}:5: may_borrow/old_enough: no scenario fails it" in found
    assert f"{MAY}:5: may_borrow/old_enough: age ≥ 14 (least_age): no scenario just below 14" in found
    assert (
        f"{MAY}:7: may_borrow/a_year: day of joining ≤ 2019-06-01 (@ 2020-06-01): no scenario just above 2019-06-01"
        in found
    )
    assert f"{ALLOWED}:7: allowed/paid: fee ≥ 20.5 yuan: no scenario just below 20.5 yuan or at 20.5 yuan" in [
        line.replace("20.50", "20.5") for line in found
    ]


def test_both_sides_of_everything_leave_nothing_over(tmp_path: Path) -> None:
    fees = [f"2020-06-01, facts: {{fee: {fee}}}, expect: {{allowed: {answer}}}"
            for fee, answer in (("20.50", "many"), ("20元", "few"))]  # fmt: skip
    path = package(tmp_path, AT, BELOW, *fees)
    assert lines(path, "--uncovered") == lines(path, "--coverage") == [
        "library: rules 2 of 2; criteria 6 of 6 (met, not met); thresholds 6 of 6 (at, next to it)",
        "4 passed, 0 failed",
    ]  # fmt: skip


def test_what_is_far_from_a_threshold_or_known_in_part_is_on_no_side(tmp_path: Path) -> None:
    far = AT.replace("age: 14", "age: 40")
    part = BELOW.replace("age: 13", "age: 不足14")
    found = lines(package(tmp_path, far, part), "--uncovered")
    assert f"{MAY}:5: may_borrow/old_enough: age ≥ 14 (least_age): no scenario just below 14 or at 14" in found


def test_a_scenario_of_another_date_counts_for_the_parameter_of_its_date(tmp_path: Path) -> None:
    earlier = AT.replace("2020", "2005").replace("2019", "2004").replace("age: 14", "age: 12")
    found = lines(package(tmp_path, earlier, BELOW), "--uncovered")
    assert not [line for line in found if "least_age" in line]


def test_only_decisions_of_which_something_is_expected_count(tmp_path: Path) -> None:
    silent = "2020-06-01, facts: {age: 14, fee: 20.50}, expect: {may_borrow: {status: undetermined}}"
    found = lines(package(tmp_path, silent), "--uncovered")
    assert f"{ALLOWED}:7: allowed/paid: it holds in no scenario" in found


def test_without_the_options_nothing_is_said_of_coverage(tmp_path: Path) -> None:
    assert lines(package(tmp_path, AT)) == ["1 passed, 0 failed"]


def test_coverage_is_said_in_chinese(tmp_path: Path) -> None:
    found = lines(package(tmp_path, AT), "--uncovered", lang="zh")
    assert f"{MAY}:5: may_borrow/old_enough: 年龄 ≥ 14 (least_age): 缺少这样的场景：刚不足 14" in found
    assert f"{MAY}:6: may_borrow/lives_here: 没有场景不满足它" in found
    assert found[-1] == "1 个通过，0 个未通过"


def test_the_rules_of_a_place_are_counted_without_the_national_ones() -> None:
    place = "cn-4201"
    found = lines(place, "--uncovered")
    assert all(line.startswith((f"{place}/", f"{place}:")) for line in found[:-1])


FINE = """format: 1
decision: fine
label: {zh: 罚款, en: fine}
type: money
cases:
  - {id: none_for_children, label: {zh: 儿童, en: children}, when: age < 12, then: none, cite: house r1}
  - {id: for_residents, label: {zh: 居民, en: residents}, when: resident, then: 5, cite: house r1}
otherwise: {id: others, label: {zh: 其余, en: others}, then: "if age >= 60 then 5 else min(10, fee)", cite: house r1}
"""
SUM = """format: 1
decision: fine
label: {zh: 罚款, en: fine}
type: money
aggregate: sum
cases:
  - {id: old, label: {zh: 年长, en: old}, when: age >= 60, then: 5, cite: house r1}
  - {id: here, label: {zh: 居民, en: residents}, when: resident, then: 5, cite: house r1}
"""
AGE = """format: 1
decision: fine
label: {zh: 罚款, en: fine}
type: money
value: if age >= 60 then 5 else 10
cite: house r1
"""
WHERE = "library/decisions/fine.yaml"


def of_fine(folder: Path, text: str, *scenarios: str) -> list[str]:
    path = package(folder, *scenarios)
    (Path(path) / "decisions" / "fine.yaml").write_text(text, encoding="utf-8")
    return [line.removeprefix(f"{WHERE}:") for line in lines(path, "--uncovered") if line.startswith(WHERE)]


def expecting(facts: str, fine: str) -> str:
    return f"2020-06-01, facts: {{{facts}}}, expect: {{fine: {fine}}}"


def test_each_case_of_a_number_counts_and_both_sides_of_its_thresholds(tmp_path: Path) -> None:
    assert of_fine(tmp_path, FINE, expecting("age: 11", "none"), expecting("age: 12, resident: true", "5")) == [
        "8: fine/others: it holds in no scenario",
        "8: fine/others: age ≥ 60: no scenario just below 60 or at 60",
        "8: fine/others: fee ≥ 10 yuan: no scenario just below 10 yuan or at 10 yuan",
    ]


def test_a_case_counts_only_where_no_earlier_one_may_hold(tmp_path: Path) -> None:
    children = expecting("resident: true, age: 5", "none"), expecting("resident: true", "{possible: [5]}")
    assert "7: fine/for_residents: it holds in no scenario" in of_fine(tmp_path, FINE, *children)


def test_of_cases_that_count_together_each_counts_where_it_holds(tmp_path: Path) -> None:
    both = of_fine(tmp_path, SUM, expecting("age: 60, resident: true", "10"))
    assert both == ["7: fine/old: age ≥ 60: no scenario just below 60"]


def test_an_expression_is_one_part_with_the_thresholds_inside(tmp_path: Path) -> None:
    assert of_fine(tmp_path, AGE, expecting("age: 59", "10")) == ["2: fine: age ≥ 60: no scenario at 60"]
