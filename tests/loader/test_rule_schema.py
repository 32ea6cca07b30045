"""The JSON Schemas of rule files know the keys that the loader reads, no others, and the names of the package."""

import inspect
import json
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest

from cso_rules.analysis import scenario_comparison
from cso_rules.determination import Status
from cso_rules.diagnostics import Diagnostic
from cso_rules.errors import PolicyError, UnknownNameError
from cso_rules.loader import load
from cso_rules.loader.documents import decisions as decision_documents
from cso_rules.loader.documents import instruments as instrument_documents
from cso_rules.loader.documents import rule_files as documents
from cso_rules.loader.documents.declarations import PROVISION_STATUSES
from cso_rules.loader.documents.presentation import presentation_of
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.editor import words as schema_words
from cso_rules.loader.editor.schemas import FILES, rule_schemas
from cso_rules.loader.packages import rule_set
from cso_rules.loader.scenarios import words as scenario_words
from cso_rules.loader.scenarios.files import load_scenarios
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, SequenceNode, read_yaml
from cso_rules.source import SourceFile
from tests.editor_view import rule_files, view
from tests.test_diagnostic_files import BAD, EXPECT, GOOD, package_with
from tests.test_diagnostic_files import FILES as DIAGNOSTICS

ROOT = Path(__file__).resolve().parents[2]
POLICIES = sorted(file.parent for file in (ROOT / "policies").glob("*/package.yaml"))
COUNTY = ROOT / "tests" / "policies" / "invented_county" / "cn-110199"
INVENTED = "invented_key"
NOT_WALKED = {"packs", "facts", "expect", "nationally"}
"""Parts of scenarios that hold names of the vocabulary only."""

SEEN_BY_SCHEMA = {
    "bad-identifier", "cyclic-extends", "missing-citation", "missing-key", "missing-label", "short-word",
    "unexpected-character",
    "unknown-citation", "unknown-decision", "unknown-enumeration", "unknown-hit-policy", "unknown-key", "unknown-name",
    "unknown-pack", "unknown-package", "unknown-reading", "unknown-rule", "unknown-target", "wrong-node-kind",
    "wrong-output", "wrong-value",
}  # fmt: skip
"""Faults, by their code, that a schema finds in the broken files of tests/diagnostics."""
NOT_READ = {"unreadable-file", "wrong-encoding"}
NO_YAML = {path.stem for path in BAD if path.stem.startswith("yaml-")} | NOT_READ
"""Faults for which the loader does not read a file at all."""
STRICTER = {
    "cite", "criteria", "criterion", "cells", "en", "enumeration", "no_rule", "reason", "removed", "rule",
    "rules", "value", "when", "when_by_reading", "zh",
}  # fmt: skip
"""Keys without which the loader has a fault of another kind than a missing key of its table."""
VOCABULARY_ONLY = {
    "changes #/definitions/cells",
    "changes #/properties/changes/items/oneOf/N/allOf/N/then/properties/rule/properties/then",
    "decisions #/allOf/N/then/properties/otherwise/properties/then",
    "decisions #/allOf/N/then/properties/rules/items/properties/then",
    "decisions #/definitions/cells",
    "package #/properties/headings",
    "package #/properties/notices/properties/answers",
    "package #/properties/targets/items/properties/of",
    "scenarios #/definitions/facts",
    "scenarios #/definitions/expected",
    "scenarios #/properties/scenarios/items/properties/readings",
}
"""Records of the schemas whose keys are names of the package, not words of the language."""


shipped = cache(rule_schemas)
"""The schemas of a package that no test changes."""


def faults(schema: Mapping[str, Any], value: object) -> list[str]:
    found = jsonschema.Draft7Validator(schema).iter_errors(value)
    return [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:300]}" for fault in found]


def nodes_of(package: Path, file: Path) -> Node | None:
    """Return the nodes of a file with the name that the loader gives it."""
    name = f"{package.resolve().name}/{file.relative_to(package).as_posix()}"
    return read_yaml(SourceFile(path=name, text=file.read_bytes().decode("utf-8-sig")))[0]


# ------------------------------------------------------------------------------------------------ keys


Place = tuple[str, int]
"""Path and offset of a mapping."""


def place_of(node: Node) -> Place:
    return node.span.source.path, node.span.start


@attrs.frozen
class Keys:
    """The keys that a mapping may and must have."""

    allowed: frozenset[str]
    required: frozenset[str]


@attrs.frozen
class Read:
    """A mapping that the loader read by a table of keys, and the record of the schema that describes it."""

    package: Path
    file: Path
    node: MappingNode
    record: str
    by_loader: Keys
    by_schema: Keys


class Walk:
    """Walks a valid file along its schema and notes which record describes each mapping."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._root = schema
        self._validators: dict[int, Any] = {}
        self.records: dict[Place, tuple[str, Keys]] = {}

    def _fits(self, schema: Any, value: object) -> bool:
        if id(schema) not in self._validators:
            whole = {"definitions": self._root["definitions"], "allOf": [schema]}
            self._validators[id(schema)] = jsonschema.Draft7Validator(whole)
        return bool(self._validators[id(schema)].is_valid(value))

    def _applying(self, pointer: str, schema: Any, value: object) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every part of a schema that says something about a value, with its place in the schema."""
        if not isinstance(schema, dict):
            return
        yield pointer, schema
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            yield from self._applying(f"#/definitions/{name}", self._root["definitions"][name], value)
        for word in ("anyOf", "oneOf"):
            for branch in schema.get(word, ()):
                if self._fits(branch, value):
                    yield from self._applying(f"{pointer}/{word}/N", branch, value)
        for part in schema.get("allOf", ()):
            yield from self._applying(f"{pointer}/allOf/N", part, value)
        if "if" in schema and self._fits(schema["if"], value):
            yield from self._applying(f"{pointer}/then", schema["then"], value)

    def along(self, node: Node, parts: list[tuple[str, Any]] | None = None) -> None:
        """Walk a node; `parts` are the schemas that its place has."""
        value = view(node)
        places = [("#", self._root)] if parts is None else parts
        applying = [found for pointer, schema in places for found in self._applying(pointer, schema, value)]
        if isinstance(node, SequenceNode):
            items = [(f"{pointer}/items", schema["items"]) for pointer, schema in applying if "items" in schema]
            for item in node.items:
                self.along(item, items)
        elif isinstance(node, MappingNode):
            self._note(node, applying)
            for key, child in node.entries:
                if key.text not in NOT_WALKED or "facts" not in self._root["definitions"]:
                    self.along(child, list(_behind(key.text, applying)))

    def _note(self, node: MappingNode, applying: list[tuple[str, dict[str, Any]]]) -> None:
        records = [(pointer, schema) for pointer, schema in applying if schema.get("additionalProperties") is False]
        if records:
            allowed = frozenset.intersection(*(frozenset(schema["properties"]) for _, schema in records))
            required = frozenset(key for _, schema in applying for key in schema.get("required", ()))
            self.records[place_of(node)] = (records[-1][0], Keys(allowed, required))


def _behind(key: str, applying: list[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, Any]]:
    for pointer, schema in applying:
        if key in schema.get("properties", {}):
            yield f"{pointer}/properties/{key}", schema["properties"][key]
        elif isinstance(schema.get("additionalProperties"), dict):
            yield f"{pointer}/additionalProperties", schema["additionalProperties"]


def mappings(node: Node) -> Iterator[MappingNode]:
    if isinstance(node, MappingNode):
        yield node
        for _, value in node.entries:
            yield from mappings(value)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from mappings(item)


def loaded(package: Path) -> tuple[Diagnostic, ...]:
    """Return what the loader says of the rule files and scenarios of a package."""
    found, reader = load.declarations(rule_set(package))
    presentation_of(found, reader)
    return (*reader.diagnostics, *faults_of_scenarios(package))


def faults_of_scenarios(package: Path) -> tuple[Diagnostic, ...]:
    try:
        load_scenarios(package)
    except PolicyError as error:
        return error.diagnostics
    return ()


def keys_of_the_loader(packages: list[Path]) -> dict[Place, Keys]:
    """Return for each mapping of packages that were never read before the keys that the loader looks for there."""
    read: dict[Place, Keys] = {}
    original = Reader.mapping

    def noting(self: Reader, node: Node, required: Any = (), optional: Any = ()) -> dict[str, Node]:
        known = Keys(frozenset((*required, *optional)), frozenset(required))
        assert read.setdefault(place_of(node), known) == known
        return original(self, node, required, optional)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "mapping", noting)
        assert [fault for package in packages for fault in loaded(package)] == []
    return read


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    """Fresh copies of packages whose files hold every kind of mapping: small ones one by one, the shipped together."""
    small = [package_with(path.read_bytes().decode(), tmp_path_factory.mktemp(path.stem)) for path in GOOD]
    copies = tmp_path_factory.mktemp("policies")
    for package in (COUNTY, *POLICIES):
        shutil.copytree(package, copies / package.name)
    return [*([package] for package in small), sorted(copies.iterdir(), reverse=True)]


@pytest.fixture(scope="module")
def all_read(packages: list[list[Path]]) -> list[Read]:
    """Every mapping that the loader reads by a table of keys, with what the schema says of it."""
    return [found for group in packages for found in reads_of(group)]


def reads_of(packages: list[Path]) -> Iterator[Read]:
    known = keys_of_the_loader(packages)
    for package in packages:
        schemas = rule_schemas(package)
        for file, kind in rule_files(package):
            node = nodes_of(package, file)
            assert node is not None
            walk = Walk(schemas[kind])
            walk.along(node)
            for mapping in mappings(node):
                if by_loader := known.get(place_of(mapping)):
                    pointer, by_schema = walk.records.get(place_of(mapping), ("no record", NO_KEYS))
                    yield Read(package, file, mapping, f"{kind} {pointer}", by_loader, by_schema)


NO_KEYS = Keys(frozenset(), frozenset())


def test_the_schema_has_the_keys_of_the_loader_and_no_others(all_read: list[Read]) -> None:
    differing = {(read.record, key) for read in all_read for key in read.by_loader.allowed ^ read.by_schema.allowed}
    assert len(all_read) > 4000
    assert differing == set()


def test_the_schema_asks_for_the_keys_that_the_loader_asks_for(all_read: list[Read]) -> None:
    assert all(read.by_loader.required <= read.by_schema.required for read in all_read)
    assert {key for read in all_read for key in read.by_schema.required - read.by_loader.required} == STRICTER


def records_in(schema: Any, pointer: str) -> Iterator[str]:
    """Yield the place of every record in a schema."""
    if isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            yield pointer
        for key, value in schema.items():
            if key == "expected":
                yield f"{pointer}/{key}"
            else:
                yield from records_in(value, f"{pointer}/{key}")
    elif isinstance(schema, list):
        for value in schema:
            yield from records_in(value, f"{pointer}/N")


def test_every_record_of_the_schemas_is_compared_with_the_loader(all_read: list[Read]) -> None:
    compared = {read.record for read in all_read}
    schemas = shipped("cn").items()
    records = {f"{kind} {pointer}" for kind, schema in schemas for pointer in records_in(schema, "#")}
    assert records - compared == VOCABULARY_ONLY


def with_invented_key(text: str, start: int) -> str:
    """Return a text with another key at the beginning of the mapping that starts there."""
    if text[start] == "{":
        return f"{text[: start + 1]}{INVENTED}: 1, {text[start + 1 :]}"
    indent = start - (text.rfind("\n", 0, start) + 1)
    return f"{text[:start]}{INVENTED}: 1\n{' ' * indent}{text[start:]}"


def refuses_invented(schema: Mapping[str, Any], value: object) -> bool:
    waiting = list(jsonschema.Draft7Validator(schema).iter_errors(value))
    while waiting:
        fault = waiting.pop()
        if fault.validator == "additionalProperties" and INVENTED in fault.message:
            return True
        waiting += fault.context
    return False


def test_an_invented_key_is_refused_by_both_wherever_keys_are_read(all_read: list[Read]) -> None:
    one_each = {read.record: read for read in reversed(all_read)}
    schemas = {package: rule_schemas(package) for package in {read.package for read in one_each.values()}}
    for record, read in one_each.items():
        kind, original = record.split()[0], read.file.read_bytes()
        read.file.write_text(with_invented_key(original.decode("utf-8"), read.node.span.start), encoding="utf-8")
        rules = load.declarations(rule_set(read.package))[1].diagnostics if kind != "scenarios" else ()
        found = rules or faults_of_scenarios(read.package) or load.check(read.package)
        node = nodes_of(read.package, read.file)
        read.file.write_bytes(original)
        assert {dict(fault.arguments)["key"] for fault in found if fault.code == "unknown-key"} == {INVENTED}, record
        assert node is not None, record
        assert refuses_invented(schemas[read.package][kind], view(node)), record
    assert {record.split()[0] for record in one_each} == set(FILES)


# ------------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize("package", [*POLICIES, COUNTY], ids=lambda path: path.name)
def test_every_shipped_file_fits_its_schema(package: Path) -> None:
    schemas, files = shipped(package), list(rule_files(package))
    assert len(files) >= 3
    found = {file.name: faults(schemas[kind], view_of(package, file)) for file, kind in files}
    assert {name: some for name, some in found.items() if some} == {}


def meta_schema() -> dict[str, Any]:
    """Return the schema of schemas as the language server has it: a choice has words, each once."""
    whole = {key: value for key, value in jsonschema.Draft7Validator.META_SCHEMA.items() if key != "$id"}
    choice = {"type": "array", "minItems": 1, "uniqueItems": True}
    return whole | {"properties": whole["properties"] | {"enum": choice}}


@pytest.mark.parametrize("package", [*POLICIES, COUNTY, DIAGNOSTICS / "base-44"], ids=lambda path: path.name)
def test_the_schemas_are_schemas(package: Path) -> None:
    for schema in shipped(package).values():
        assert faults(meta_schema(), schema) == []


def test_the_schemas_of_a_package_that_declares_nothing_are_schemas(tmp_path: Path) -> None:
    package = tmp_path / "empty"
    package.mkdir()
    (package / "package.yaml").write_text("format: 1\nid: empty\n", encoding="utf-8")
    for schema in rule_schemas(package).values():
        assert faults(meta_schema(), schema) == []


def view_of(package: Path, file: Path) -> object:
    node = nodes_of(package, file)
    assert node is not None
    return view(node)


def faults_of(package: Path, schemas: Mapping[str, Any]) -> list[str]:
    """Return what the schemas find in the files of a package that are YAML."""
    nodes = [(kind, nodes_of(package, file)) for file, kind in rule_files(package)]
    return [fault for kind, node in nodes if node is not None for fault in faults(schemas[kind], view(node))]


@pytest.mark.parametrize("path", [path for path in BAD if path.stem not in NO_YAML], ids=lambda path: path.stem)
def test_it_is_known_which_faults_a_schema_sees(path: Path, tmp_path: Path) -> None:
    package = package_with(path.read_bytes().decode().partition(EXPECT)[0], tmp_path)
    found = faults_of(package, shipped(DIAGNOSTICS / package.name))
    assert bool(found) == (path.stem in SEEN_BY_SCHEMA), found


def test_the_page_names_what_a_schema_sees() -> None:
    page = (ROOT / "docs" / "how-to" / "edit-in-vs-code.md").read_text(encoding="utf-8")
    assert [code for code in sorted(SEEN_BY_SCHEMA) if f"`{code}`" not in page] == []


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_an_unusual_file_fits(path: Path, tmp_path: Path) -> None:
    package = package_with(path.read_bytes().decode(), tmp_path)
    assert faults_of(package, rule_schemas(package)) == []


CRITERIA = "criteria: [{id: one, label: {zh: 一, en: one}, when: 有章程, cite: opinions s49}]"
ADDED = "adds: tier/one, rule: {label: {zh: 一, en: one}, then: guided}, cite: measures members"
REST = "replaces: tier/rest, rule: {label: {zh: 其余, en: the rest}, then: registered}, cite: measures members"
NO_NAME = "{id: and, label: {zh: 城市社区, en: urban community}}"
VALUE = "      - {from: 2017-12-27, value: 50, cite: opinions s50}"
NO_RULE = "format: 1\ndecision: flag\nlabel: {zh: 标志, en: flag}\nno_rule: "
FLAG = "decisions/flag.yaml"


def fit(package: str, name: str, text: str, folder: Path) -> tuple[bool, bool]:
    """Return whether the loader takes a package with this file, and whether the file fits its schema."""
    for source in ("base", "base-44"):
        shutil.copytree(DIAGNOSTICS / source, folder / source)
    (folder / package / name).write_text(text, encoding="utf-8")
    return not load.check(folder / package), not faults_of(folder / package, shipped(DIAGNOSTICS / package))


@pytest.mark.parametrize(
    ("package", "name", "old", "new"),
    [
        ("base", "vocabulary.yaml", "{id: urban, label: {zh: 城市社区, en: urban community}}", NO_NAME),
        ("base", "parameters/numbers.yaml", VALUE, VALUE.replace("2017-12-27", "2017-13-27")),
        ("base", FLAG, "", f"{NO_RULE}true\n{CRITERIA}\n"),
        ("base", FLAG, "", f"{NO_RULE}false\n"),
        ("base-44", "changes.yaml", "sets: minimum_members, value: 20, cite: measures members", ADDED),
    ],
)
def test_what_the_loader_refuses_does_not_fit(package: str, name: str, old: str, new: str, tmp_path: Path) -> None:
    file = DIAGNOSTICS / package / name
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    assert old in text
    assert fit(package, name, text.replace(old, new, 1), tmp_path) == (False, False)


@pytest.mark.parametrize(
    ("package", "name", "text"),
    [
        ("base", FLAG, f"{NO_RULE}true\n"),
        ("base", FLAG, f"{NO_RULE}false\n{CRITERIA}\n"),
        ("base-44", "changes.yaml", f"format: 1\nchanges: [{{{REST}}}]\n"),
    ],
)
def test_what_the_loader_takes_fits(package: str, name: str, text: str, tmp_path: Path) -> None:
    assert fit(package, name, text, tmp_path) == (True, True)


MARKED_ALL_THE_SAME = [
    (
        "vocabulary.yaml",
        "label: {zh: 有章程, en: has a charter}",
        "label: {zh: 有章程, en: true}",
        "`true`, `false` and `null`",
    ),
    ("vocabulary.yaml", "maximum: 1000000", 'maximum: 1000000\n    judged: "true"', "in quotation marks"),
    ("vocabulary.yaml", "format: 1", 'format: "1"', "`format`"),
    ("vocabulary.yaml", "maximum: 1000000", 'scale: "0"', "`scale`"),
    ("decisions/tier.yaml", "cite: opinions s49", "cite: opinions  s49", "one space"),
    ("vocabulary.yaml", "maximum: 1000000", "note: [一, 二]", "`note`"),
]
"""Spellings that the loader takes and a schema does not, with what the page on the editor says of each."""


@pytest.mark.parametrize(("name", "old", "new", "said"), MARKED_ALL_THE_SAME)
def test_the_page_names_what_is_marked_although_the_loader_takes_it(
    name: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    text = (DIAGNOSTICS / "base" / name).read_text(encoding="utf-8")
    assert old in text
    assert fit("base", name, text.replace(old, new, 1), tmp_path) == (True, False)
    assert said in (ROOT / "docs" / "how-to" / "edit-in-vs-code.md").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------------ words and names


def expectations(schema: dict[str, Any]) -> set[str]:
    return set(schema["definitions"]["expected"]["properties"]["tier"]["anyOf"][-1]["properties"])


def test_the_schema_has_the_expectations_that_the_runner_compares() -> None:
    methods = inspect.getmembers(scenario_comparison.Comparison, inspect.isfunction)
    compared = {
        name[1:] for name, method in methods if list(inspect.signature(method).parameters) == ["self", "wanted"]
    }
    assert expectations(shipped("cn")["scenarios"]) == compared | {"gaps_to"}


@pytest.mark.parametrize(
    ("described", "accepted"),
    [
        (schema_words.KINDS, documents.KINDS),
        (schema_words.PACKAGE_STATUSES, documents.STATUSES),
        (schema_words.DELEGATIONS, documents.DELEGATIONS),
        (schema_words.HIT_POLICIES, decision_documents.HIT_POLICIES),
        (scenario_words.MODALITIES, decision_documents.MODALITIES),
        (schema_words.INSTRUMENT_KINDS, instrument_documents.KINDS),
        (schema_words.PROVISION_STATUSES, PROVISION_STATUSES),
        ({answer.value: None for answer in Status}, tuple(scenario_words.STATUSES)),
    ],
)
def test_the_words_of_the_language_are_described_and_no_others(described: Mapping[str, Any], accepted: Any) -> None:
    assert set(described) == set(accepted)


def test_names_are_described_in_the_language_that_is_asked_for() -> None:
    for language, tier, members in (("zh", "管理类别", "个人会员数"), ("en", "tier", "individual members")):
        schemas = rule_schemas("cn", language)
        facts = schemas["scenarios"]["definitions"]["facts"]["properties"]
        assert facts["individual_members"]["description"].startswith(members)
        snippets = {one["label"]: one for one in schemas["decisions"]["definitions"]["condition"]["defaultSnippets"]}
        assert snippets["individual_members"]["description"] == members
        assert schemas["scenarios"]["definitions"]["expected"]["properties"]["tier"]["description"] == tier
        assert json.loads(json.dumps(schemas)) == schemas


def test_every_key_and_word_has_a_description() -> None:
    waiting: list[Any] = list(shipped("cn").values())
    bare = []
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if part.get("additionalProperties") is False:
                bare += [key for key, schema in part["properties"].items() if not schema.get("description")]
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    # Columns of a table have no text of their own.
    assert set(bare) <= {column for columns in columns_of_tables() for column in columns}


def columns_of_tables() -> Iterator[list[str]]:
    found, _ = load.declarations(rule_set("cn"))
    yield from ([name for name, _ in decision.columns] for decision in found.decisions.values())


def test_local_names_are_known_to_the_place_alone() -> None:
    local, national = shipped("cn-3201"), shipped("cn")
    names = [set(schemas["scenarios"]["definitions"]["facts"]["properties"]) for schemas in (local, national)]
    assert names[0] > names[1]


def test_a_package_with_faults_gives_the_names_that_can_be_read(tmp_path: Path) -> None:
    package = tmp_path / "base"
    shutil.copytree(DIAGNOSTICS / "base", package)
    (package / "decisions" / "tier.yaml").write_text("format: 1\ndecision: [", encoding="utf-8")
    facts = rule_schemas(package)["decisions"]["definitions"]["cells"]["properties"]
    assert "individual_members" in facts


def test_a_package_file_that_is_no_yaml_takes_no_other_names_away(tmp_path: Path) -> None:
    package = tmp_path / "base-44"
    shutil.copytree(DIAGNOSTICS / "base-44", package)
    (package / "package.yaml").write_text("format: [", encoding="utf-8")
    assert "measures members" in rule_schemas(package)["decisions"]["definitions"]["citation"]["enum"]


def test_an_unknown_package_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no-such-package"):
        rule_schemas("no-such-package")
