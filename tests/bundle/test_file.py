"""A file that is not whole, or not the one that was asked for, is refused with its place, the cause and a remedy."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cso_rules.bundle.build import Built
from cso_rules.bundle.container import packed, unpacked
from cso_rules.bundle.faults import FAULTS
from cso_rules.bundle.opened import Bundle, load_bundle
from cso_rules.errors import BundleError
from tests.sampled import examples


def refused(data: bytes, path: Path, **asked: object) -> BundleError:
    path.write_bytes(data)
    with pytest.raises(BundleError) as caught:
        load_bundle(path, **asked)  # type: ignore[arg-type]
    error = caught.value
    assert str(error).startswith(f"{path}: ")
    assert error.in_language("zh").startswith(f"{path}：")
    assert error.place == str(path)
    return error


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "other.bundle"


def test_bundle_tells_what_it_is(bundle: Bundle) -> None:
    assert bundle.version == 7
    assert bundle.first_day.isoformat() == "2025-06-01"
    assert bundle.until is None
    assert set(bundle.places) == {"cn", "11", "4103"}


def test_equal_content_gives_equal_bytes(built: Built, bundle: Bundle) -> None:
    assert packed(dict(bundle.content), bundle.plans) == built.data


def test_expected_digest_and_version_are_let_through(bundle: Bundle, path: Path) -> None:
    assert load_bundle(path, expect_digest=bundle.digest, minimum_version=7).digest == bundle.digest


def test_another_digest_is_refused(built: Built, file: Path) -> None:
    error = refused(built.data, file, expect_digest="0" * 64)
    assert error.fault == "other_digest"
    assert "0" * 64 in str(error)


def test_older_version_is_refused(built: Built, file: Path) -> None:
    error = refused(built.data, file, minimum_version=8)
    assert error.fault == "older"
    assert "has version 7, and at least 8" in str(error)


def test_what_is_no_bundle_is_refused(file: Path) -> None:
    assert refused(b"", file).fault == "no_bundle"
    assert refused(b"PK\x03\x04 something else", file).fault == "no_bundle"


def test_another_format_is_refused(built: Built, file: Path) -> None:
    error = refused(built.data.replace(b"bundle 1", b"bundle 2", 1), file)
    assert error.fault == "other_format"
    assert "format 2" in str(error)


@settings(max_examples=examples(are_slow=True))
@given(share=st.floats(0, 1, exclude_max=True))
def test_every_truncated_file_is_refused(built: Built, share: float) -> None:
    cut = built.data[: int(len(built.data) * share)]
    with pytest.raises(BundleError):
        unpacked(cut, "cut")


@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_every_changed_bit_is_refused(built: Built, share: float, bit: int) -> None:
    data = bytearray(built.data)
    data[int(len(data) * share)] ^= 1 << bit
    with pytest.raises(BundleError):
        unpacked(bytes(data), "changed")


def test_something_behind_the_end_is_refused(built: Built, file: Path) -> None:
    for behind in (b"\n", b"more", b'{"key":"0","signature":"0"}\n'):
        assert refused(built.data + behind, file).fault == "damaged"


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("names"),
        lambda content: content.update(more=1),
        lambda content: content.update(format=2),
        lambda content: content.update(version="7"),
        lambda content: content.update(places=[]),
    ],
)
def test_content_of_another_form_is_refused(
    bundle: Bundle, file: Path, change: Callable[[dict[str, object]], object]
) -> None:
    content = dict(bundle.content)
    change(content)
    assert refused(packed(content, bundle.plans), file).fault == "damaged"


def test_parts_that_do_not_fit_together_are_refused_when_they_are_needed(bundle: Bundle, file: Path) -> None:
    content = dict(bundle.content)
    for parts in ([], [*content["parts"][:-1], ["Policy", 0]], [["tuple", 0] for _ in content["parts"]]):
        file.write_bytes(packed({**content, "parts": parts, "kinds": {}}, bundle.plans))
        with pytest.raises(BundleError):
            load_bundle(file).policy(as_of="2026-03-01")


def test_rules_of_other_parts_are_those_of_another_version(bundle: Bundle, file: Path) -> None:
    kinds = {**bundle.content["kinds"], "Citation": ["instrument"]}
    file.write_bytes(packed({**bundle.content, "kinds": kinds}, bundle.plans))
    with pytest.raises(BundleError) as caught:
        load_bundle(file).policy(as_of="2026-03-01")
    assert caught.value.fault == "other_version"


def test_every_fault_is_told_in_both_languages() -> None:
    for said in FAULTS.values():
        assert "；" in said.zh
        assert ";" in said.en


def test_plans_of_another_form_are_refused_when_they_are_needed(bundle: Bundle, file: Path) -> None:
    file.write_bytes(packed(dict(bundle.content), {"plans": []}))
    opened = load_bundle(file)
    assert opened.determine({}, as_of="2026-03-01").outcomes
    with pytest.raises(BundleError) as caught:
        opened.kept_plan(as_of="2026-03-01")
    assert caught.value.fault == "damaged"


def lines_of(data: bytes) -> dict[str, Any]:
    """Return the lines of a file by what they hold, read as the page says it."""
    _, line, rest = data.split(b"\n", 2)
    head = json.loads(line)
    rules, plans = zlib.decompress(rest[: head["size"]]).splitlines()
    signature = rest[head["size"] :]
    found = {"head": head, "rules": json.loads(rules), "plans": json.loads(plans)}
    return {**found, "signature": json.loads(signature)} if signature else found


def beginning(part: Any) -> Any:
    """Return a part of a file with no more than the beginning of each list, which is looked at sooner."""
    if isinstance(part, dict):
        return {name: beginning(inner) for name, inner in part.items()}
    return [beginning(inner) for inner in part[:20]] if isinstance(part, list) else part


def test_file_keeps_to_its_schema(built: Built, signed_data: bytes) -> None:
    schema = json.loads((Path("src/cso_rules/bundle") / "bundle.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(lines_of(signed_data))
    assert lines_of(built.data) == {name: line for name, line in lines_of(signed_data).items() if name != "signature"}
    lines = beginning(lines_of(signed_data))
    validator.validate(lines)
    validator.validate(beginning(lines_of(built.data)))
    for line, name in (
        ("head", "digest"), ("rules", "version"), ("plans", "nodes"), ("rules", "places"), ("signature", "key"),
    ):  # fmt: skip
        assert not validator.is_valid({**lines, line: {**lines[line], name: "other"}})
        assert not validator.is_valid({**lines, line: {**lines[line], "more": 1}})
        assert not validator.is_valid({**lines, line: {key: part for key, part in lines[line].items() if key != name}})
