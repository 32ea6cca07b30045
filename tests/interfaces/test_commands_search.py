"""`search` finds parts of the rules by words, ids and numbers; shells complete their names."""

from decimal import Decimal

import pytest
from click.testing import CliRunner, Result

from cso_rules.analysis.rule_search import number_of
from cso_rules.interfaces.cli import cli
from cso_rules.loader.packages import package_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def found(*arguments: str) -> list[str]:
    result = run("search", *arguments, "--lang", "en")
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "number"),
    [("3万", 30000), ("30,000", 30000), ("叁万", 30000), ("三万元", 30000), ("50人", 50), ("五十", 50), ("10%", 10),
     ("1.5万", 15000), ("members", None), ("三", 3), ("art10", None), ("3 apples", None)],
)  # fmt: skip
def test_numbers_are_understood(text: str, number: int | None) -> None:
    assert number_of(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize("text", ["3万", "30,000", "叁万", "30000元"])
def test_a_number_finds_the_parameter_first_and_then_the_rules_that_read_it(text: str) -> None:
    lines = found(text)
    assert lines[0].startswith("cn/parameters/registration.yaml:")
    assert "parameter minimum_activity_funds: minimum activity funds = 30000" in lines[0]
    assert any("rule registration_conditions/activity_funds: " in line for line in lines)


def test_a_number_is_no_part_of_another_one() -> None:
    lines = found("50")
    assert "minimum_individual_members" in lines[0]
    assert not [line for line in lines if "order-250" in line]


def test_a_number_in_a_condition_is_found() -> None:
    assert any(": rule revoked_after_checks/" in line for line in found("2", "--all"))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("individual_members", "fact individual_members: "),
        ("个人会员数", "fact individual_members: "),
        ("minimum individual members", "parameter minimum_individual_members: "),
        ("tier", "decision tier: "),
        ("hub_kind != none", "rule "),
        ("a15_mixed_membership", "reading a15_mixed_membership: "),
        ("社会团体登记管理条例", "instrument order-250: "),
        ("国务院令第250号 第10条", "provision order-250 art10: "),
        ("order-250 art10-1", "provision order-250 art10-1: "),
        ("party members are members", "constraint party_members_are_members: "),
    ],
)
def test_the_part_that_is_meant_comes_first_with_its_place(text: str, first: str) -> None:
    place, _, rest = found(text)[0].partition(": ")
    assert rest.startswith(first)
    file, _, line = place.rpartition(":")
    assert file.startswith("cn/")
    assert int(line) > 0


@pytest.mark.parametrize("text", ["a15_mixed_membership", "hub_service", "subdistrict_managed"])
def test_parts_are_found_where_their_ids_stand(text: str) -> None:
    line = next(line for line in found(text, "--all") if text in line)
    file, _, number = line.partition(": ")[0].rpartition(":")
    content = (package_path("cn").parent / file).read_text(encoding="utf-8").splitlines()
    assert text in content[int(number) - 1]


def test_several_words_all_have_to_fit_in_any_language() -> None:
    lines = found("会员", "minimum")
    assert lines
    assert all("member" in line for line in lines)


def test_the_rules_of_a_place_are_searched_with_the_national_ones() -> None:
    assert not [line for line in found("members", "--all") if line.startswith("cn-4403")]
    assert [line for line in found("members", "--all", "--jurisdiction", "4403") if line.startswith("cn-")]


@pytest.mark.parametrize(
    ("text", "near"), [("登计条件", "registration_conditions"), ("individal members", "individual")]
)
def test_what_is_near_is_named_where_nothing_fits(text: str, near: str) -> None:
    result = run("search", text, "--lang", "en")
    assert result.exit_code == 2
    assert "nothing was found; near it are: " in result.stderr
    assert near in result.stderr
    assert "没有找到" in run("search", text).stderr


def test_lines_are_said_in_chinese() -> None:
    assert "参数 minimum_activity_funds: 最低活动资金 = 30000" in run("search", "3万").stdout


def test_show_lists_the_provisions_of_an_instrument_with_what_cites_them() -> None:
    lines = run("show", "order-250", "--lang", "en", "--as-of", "2018-06-01").stdout.splitlines()
    place = next(number for number, line in enumerate(lines) if "(order-250 art10-1)" in line)
    assert lines[place + 1].strip().startswith("read by: minimum_individual_members, ")
    assert "registration_conditions/members" in lines[place + 1]


def test_show_takes_a_provision_as_people_cite_it() -> None:
    text = run("show", "社会团体登记管理条例 第十条第一项", "--as-of", "2018-06-01").stdout
    assert "(order-250 art10-1) [P]" in text
    assert "摘要：会员数量的三种达标方式" in text


# ------------------------------------------------------------------------------------------------ completion


def completed(words: str) -> list[str]:
    """Return what bash is told for the last word."""
    parts = ["cso-rules", *words.split(" ")]
    place = {"COMP_WORDS": " ".join(parts), "COMP_CWORD": str(len(parts) - 1)}
    asked = {"_CSO_RULES_COMPLETE": "bash_complete", **place}
    result = CliRunner().invoke(cli, [], prog_name="cso-rules", env=asked)
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("sea", {"search"}),
        ("show individual", {"individual_members"}),
        ("show tier/", {"tier/subdistrict_managed"}),
        ("test cn-440", {"cn-4401", "cn-4403"}),
        ("classify --package cn-44", {"cn-44"}),
        ("show --jurisdiction 440", {"4401", "4403"}),
        ("decisions --entity au", {"authority"}),
        ("explain --decision ti", {"tier"}),
        ("classify --readings a15_", {"a15_mixed_membership=strict"}),
        ("completion z", {"zsh"}),
        ("show --package nowhere x", set()),
    ],
)
def test_commands_and_names_are_completed(words: str, names: set[str]) -> None:
    assert names <= set(completed(words))
    assert names or not completed(words)


def test_names_that_only_a_place_has_are_completed_for_it() -> None:
    assert "hub_staffing" in completed("show --jurisdiction 44 hub_st")
    assert "hub_staffing" not in completed("show hub_st")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_asks_the_program(shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0
    assert f"_CSO_RULES_COMPLETE={shell}_complete" in result.stdout


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ((), True),
        (("--jurisdiction", "4505"), True),
        (("--jurisdiction", "440305"), False),
        (("--jurisdiction", "4505", "--drafts"), None),
        (("--package", "cn-4505"), None),
    ],
)
def test_what_only_drafts_have_is_said_to_be_there(more: tuple[str, ...], is_told: bool | None) -> None:
    result = run("search", "北海市社区社会组织登记备案管理暂行办法", *more, "--lang", "en")
    assert result.exit_code == (0 if is_told is None else 2)
    assert ("but cn-4505 has it, a draft" in result.output) is bool(is_told)


def test_what_is_nowhere_is_in_no_draft() -> None:
    assert "draft" not in run("search", "不存在的词语", "--lang", "en").output
