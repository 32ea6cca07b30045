"""The loader and the JSON Schemas of rule files follow one grammar, and the schemas know the names of the package."""

import inspect
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cso_rules.analysis import scenario_comparison
from cso_rules.determination import Status
from cso_rules.diagnostics import Diagnostic
from cso_rules.errors import PolicyError, UnknownNameError
from cso_rules.loader import load
from cso_rules.loader.documents.presentation import presentation_of
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.editor.schemas import rule_schemas
from cso_rules.loader.grammar.files import FILES
from cso_rules.loader.grammar.shapes import Either, ListOf, MappingOf, Shape, Value, shapes_in
from cso_rules.loader.grammar.words import ANSWER_STATUSES
from cso_rules.loader.packages import rule_set
from cso_rules.loader.scenarios.files import load_scenarios
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, SequenceNode, read_yaml
from cso_rules.source import SourceFile
from tests.editor_view import rule_files, view
from tests.test_diagnostic_files import BAD, EXPECT, GOOD, package_with
from tests.test_diagnostic_files import FILES as DIAGNOSTICS

ROOT = Path(__file__).resolve().parents[2]
POLICIES = sorted(file.parent for file in (ROOT / "policies").glob("*/package.yaml"))
COUNTY = ROOT / "tests" / "policies" / "invented_county" / "cn-110199"
CITY = ROOT / "tests" / "packages" / "lantern_city"

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


def shapes_of_the_loader(packages: list[Path]) -> dict[Place, Shape]:
    """Return for each mapping of packages that were never read before the shape by which the loader reads it."""
    read: dict[Place, Shape] = {}
    original = Reader.mapping

    def noting(self: Reader, node: Node, shape: Shape) -> dict[str, Node]:
        assert read.setdefault(place_of(node), shape).name == shape.name
        return original(self, node, shape)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "mapping", noting)
        assert [fault for package in packages for fault in loaded(package)] == []
    return read


def placed(value: Value, node: Node) -> Iterator[tuple[MappingNode, Shape]]:
    """Yield every mapping of a file with each shape that the grammar has for its place."""
    match value:
        case Shape() if isinstance(node, MappingNode):
            yield node, value
            for key in value.keys:
                if (child := node.get(key.name)) is not None:
                    yield from placed(key.value, child)
        case ListOf(item) if isinstance(node, SequenceNode):
            for child in node.items:
                yield from placed(item, child)
        case MappingOf() if isinstance(node, MappingNode):
            for _, child in node.entries:
                yield from placed(value.value, child)
        case Either(values):
            for each in values:
                yield from placed(each, node)
        case _:
            pass


def shapes_read(packages: list[Path]) -> Iterator[str]:
    """Yield the shape of each mapping that the loader reads by one, which its place must have, too."""
    known = shapes_of_the_loader(packages)
    for package in packages:
        for file, kind in rule_files(package):
            node = nodes_of(package, file)
            assert node is not None
            fitting: dict[Place, set[str]] = {}
            for mapping, shape in placed(FILES[kind].shape, node):
                fitting.setdefault(place_of(mapping), set()).add(shape.name)
            read = {place: known[place].name for place in fitting if place in known}
            assert {place: name for place, name in read.items() if name not in fitting[place]} == {}
            yield from read.values()


def test_each_mapping_is_read_by_the_shape_that_the_grammar_has_for_its_place(tmp_path: Path) -> None:
    small = [package_with(path.read_bytes().decode(), tmp_path / path.stem) for path in GOOD]
    for package in (COUNTY, *POLICIES):
        shutil.copytree(package, tmp_path / "policies" / package.name)
    groups = [*([package] for package in small), [CITY], sorted((tmp_path / "policies").iterdir(), reverse=True)]
    read = [name for group in groups for name in shapes_read(group)]
    assert set(read) == {shape.name for file in FILES.values() for shape in shapes_in(file.shape)}
    assert len(read) > 4000


# ------------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize("package", [*POLICIES, COUNTY], ids=lambda path: path.name)
def test_every_shipped_file_fits_its_schema(package: Path) -> None:
    schemas, files = shipped(package), list(rule_files(package))
    assert len(files) >= 3
    found = {file.name: faults(schemas[kind], view_of(package, file)) for file, kind in files}
    assert {name: some for name, some in found.items() if some} == {}


@cache
def meta_schema() -> dict[str, Any]:
    """Return the schema of schemas as the language server has it: a choice has words, each once."""
    whole = {key: value for key, value in jsonschema.Draft7Validator.META_SCHEMA.items() if key != "$id"}
    choice = {"type": "array", "minItems": 1, "uniqueItems": True}
    return whole | {"properties": whole["properties"] | {"enum": choice}}


@pytest.mark.parametrize("package", [*POLICIES, COUNTY, DIAGNOSTICS / "base-44"], ids=lambda path: path.name)
def test_the_schemas_are_schemas(package: Path) -> None:
    assert_schemas(shipped(package))


_held = set[str]()
"""Schemas that were held already, with all that is in them; packages have most of them in common."""


def assert_schemas(schemas: Mapping[str, Any]) -> None:
    """Hold what the schemas of all kinds of files define, each definition once, and what each has of its own."""
    definitions: dict[str, Any] = {}
    for schema in schemas.values():
        for name, defined in schema["definitions"].items():
            assert definitions.setdefault(name, defined) == defined
        assert_schema(schema | {"definitions": {}})
    for defined in definitions.values():
        assert_schema(defined)


def assert_schema(schema: Any) -> None:
    """Hold a schema with nothing, or `true`, in place of the schemas in it, and each of these."""
    whole = json.dumps(schema)
    if whole in _held:
        return
    own = dict(schema) if isinstance(schema, dict) else schema
    for key, inner in list(own.items()) if isinstance(own, dict) else ():
        if key in {"properties", "patternProperties"}:
            assert isinstance(inner, dict)
            assert all(isinstance(name, str) for name in inner)
            assert_each(inner.values())
            own[key] = {}
        elif key in {"anyOf", "allOf", "oneOf"}:
            assert isinstance(inner, list)
            assert_each(inner)
            own[key] = [True] if inner else []
        elif key in {"additionalProperties", "if", "then", "else", "not", "items"} and not isinstance(inner, list):
            assert_schema(inner)
            own[key] = True
    assert faults_of_schema(json.dumps(own)) == []
    _held.add(whole)


def assert_each(schemas: Iterable[Any]) -> None:
    for schema in schemas:
        assert_schema(schema)


@cache
def faults_of_schema(text: str) -> list[str]:
    """Return what is wrong with a schema; packages have most of them in common."""
    return faults(meta_schema(), json.loads(text))


def test_the_schemas_of_a_package_that_declares_nothing_are_schemas(tmp_path: Path) -> None:
    package = tmp_path / "empty"
    package.mkdir()
    (package / "package.yaml").write_text("format: 1\nid: empty\n", encoding="utf-8")
    assert_schemas(rule_schemas(package))


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
HEAD = "format: 1\ndecision: flag\nlabel: {zh: 标志, en: flag}\n"
ONE = "{id: one, label: {zh: 一, en: one}, when: 有章程}"
GROUP = f"{{label: {{zh: 组, en: group}}, criteria: [{ONE}]}}"
CASES = "type: integer\ncases: [{id: one, label: {zh: 一, en: one}, when: 有章程, then: 1}]\n"
OTHER = "otherwise: {id: rest, label: {zh: 其余, en: the rest}, then: 2}\n"
CITE = "cite: opinions s49\n"


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
        ("base", FLAG, "", f"{HEAD}criteria: [{ONE}]\n"),
        ("base", FLAG, "", f"{HEAD}criteria: [{GROUP}]\n"),
        ("base", FLAG, "", f"{HEAD}{CASES}{OTHER}"),
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
        ("base", FLAG, f"{HEAD}criteria: [{ONE}]\n{CITE}"),
        ("base", FLAG, f"{HEAD}criteria: [{GROUP}]\n{CITE}"),
        ("base", FLAG, f"{HEAD}criteria: [{GROUP.replace('criteria', 'cite: opinions s49, criteria')}]\n"),
        ("base", FLAG, f"{HEAD}{CASES}{OTHER}{CITE}"),
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
    defined = schema["definitions"]
    _, _, name = defined["expected"]["properties"]["tier"]["$ref"].rpartition("/")
    return set(defined[name]["anyOf"][-1]["properties"])


def test_the_schema_has_the_expectations_that_the_runner_compares() -> None:
    methods = inspect.getmembers(scenario_comparison.Comparison, inspect.isfunction)
    compared = {
        name[1:] for name, method in methods if list(inspect.signature(method).parameters) == ["self", "wanted"]
    }
    assert expectations(shipped("cn")["scenarios"]) == compared | {"gaps_to"}


def test_every_status_of_an_answer_may_be_expected() -> None:
    assert set(ANSWER_STATUSES) == {status.value for status in Status}


def test_names_are_described_in_the_language_that_is_asked_for() -> None:
    for language, tier, members in (("zh", "管理类别", "个人会员数"), ("en", "tier", "individual members")):
        schemas = rule_schemas("cn", language)
        facts = schemas["scenarios"]["definitions"]["facts"]["properties"]
        assert facts["individual_members"]["description"].startswith(members)
        snippets = {one["label"]: one for one in schemas["decisions"]["definitions"]["condition"]["defaultSnippets"]}
        assert snippets["individual_members"]["description"].startswith(members)
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
