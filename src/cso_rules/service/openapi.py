"""The description of the service: OpenAPI 3.1, made of the vocabulary of a place and day."""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cso_rules import __version__
from cso_rules.model.policy import Fact, Policy, Reading
from cso_rules.records.record import LONGEST
from cso_rules.service.answers import MOST_OF_A_NAME, MOST_RECORDS
from cso_rules.service.endpoints import ENDPOINTS, Endpoint
from cso_rules.service.problems import MEDIA_TYPE, STATUSES, texts
from cso_rules.service.recording import FURTHER, NEEDED

Json = dict[str, Any]
NDJSON: Final = "application/x-ndjson"
PARAMETERS: Final[Mapping[str, str]] = {
    "jurisdiction": "Code of GB/T 2260 or name of a place; `cn`, the national rules, when left out. 地区代码或名称",
    "as_of": "The day whose rules apply; today in Shanghai when left out. 适用日期",
    "entity": "Whom the facts describe; the first entity of the rules when left out. 对象",
    "decision": "The decision that the text is about; the headline of the rules when left out. 结论",
    "places": "Codes or names of places to choose among, with commas between them. 地区，逗号分隔",
}
ALWAYS: Final = (400, 401, 403, 404, 405, 408, 413, 415, 421, 422, 431, 500, 503)
"""What every address may answer besides what it is for."""
TEXT: Final[Json] = {"type": "string"}
DAYS: Final = r"^((19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}|2200-01-01)$"
"""The days of the calendar that facts may have."""
LABEL: Final[Json] = {
    "type": "object", "additionalProperties": False, "required": ["zh", "en"], "properties": {"zh": TEXT, "en": TEXT},
}  # fmt: skip


def openapi(policy: Policy, places: Sequence[str], *, is_recording: bool) -> Json:
    """Return the description for the rules of a place and day.

    Args:
        policy: The rules.
        places: Codes of the places that have rules of their own.
        is_recording: Whether answers are recorded, so that bodies say who asks and why.
    """
    found = _described(policy, is_recording=is_recording)
    _name_known(found, places, policy.presentation.entities.names)
    return found


def _name_known(found: Json, places: Sequence[str], entities: Sequence[str]) -> None:
    """Name the places and entities that there are, wherever one may be chosen."""
    place = {"anyOf": [{"enum": list(places)}, {"type": "string", "minLength": 1}]}
    known = {"jurisdiction": place, "entity": {"enum": list(entities)}}
    for operation in (own for path in found["paths"].values() for own in path.values()):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = known.get(parameter["name"], parameter["schema"])


def _described(policy: Policy, *, is_recording: bool) -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{policy.title.zh} / {policy.title.en}",
            "version": __version__,
            "description": f"The vocabulary is that of {policy.jurisdiction} on {policy.as_of}; `/openapi.json` takes "
            "`jurisdiction`, `as_of` and `entity` for another. Every answer is by the rules of one bundle, whose "
            "digest is in `Rules-Digest`.",
        },
        "paths": {**_paths(is_recording=is_recording), **_own_paths()},
        "components": {
            "schemas": {**_schemas(policy, is_recording=is_recording), **_answers()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{}, {"bearer": []}, {"basic": []}],
    }  # fmt: skip


# -------------------------------------------------------------------------------------------------- paths


def _paths(*, is_recording: bool) -> Json:
    found: Json = {}
    for endpoint in ENDPOINTS:
        needed = endpoint.needs(is_recording=is_recording)
        found.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, needed)
    return found


def _operation(endpoint: Endpoint, needed: tuple[str, ...]) -> Json:
    schema = _ref(endpoint.schema) if endpoint.schema else TEXT
    found: Json = {
        "operationId": endpoint.name,
        "summary": f"{endpoint.title.zh} / {endpoint.title.en}",
        "parameters": [_parameter(name) for name in endpoint.parameters] + [_ref_language()],
        "responses": _responses(endpoint.media_type, schema, *([304] if endpoint.needed is None else [412])),
    }
    if endpoint.needed is None:
        found["parameters"].append({"name": "If-None-Match", "in": "header", "schema": TEXT})
    else:
        found["parameters"].append({"name": "If-Match", "in": "header", "schema": TEXT})
        body = _body(needed, endpoint.further)
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return found


def _parameter(name: str) -> Json:
    kind = {"type": "string", "format": "date"} if name == "as_of" else {"type": "string", "minLength": 1}
    return {"name": name, "in": "query", "required": False, "description": PARAMETERS[name], "schema": kind}


def _ref_language() -> Json:
    return {
        "name": "Accept-Language", "in": "header", "required": False, "schema": TEXT,
        "description": "`zh` or `en`; Chinese where neither is preferred. 语言",
    }  # fmt: skip


def _body(needed: tuple[str, ...], further: tuple[str, ...]) -> Json:
    name = {"type": "string", "maxLength": MOST_OF_A_NAME}
    own: Json = {
        "facts": _ref("Facts"),
        "changes": _ref("Facts"),
        "records": {"type": "array", "minItems": 1, "maxItems": MOST_RECORDS, "items": _ref("Facts")},
        "readings": _ref("Readings"),
        "record": _ref("Record"),
        "decision": _ref("Decision"),
        "value": {"type": ["string", "boolean"]},
        "name": name,
        "identity": name,
    }
    keys = (*needed, *further)
    return {
        "type": "object", "additionalProperties": False, "required": list(needed),
        "properties": {key: own[key] for key in keys},
    }  # fmt: skip


def _responses(media_type: str, schema: Json, *more: int) -> Json:
    headers = {
        "Rules-Digest": {"description": "SHA-256 of the bundle that answered. 规则集摘要", "schema": TEXT},
        "Request-Id": {"description": "The request in the log. 请求编号", "schema": TEXT},
    }
    found: Json = {"200": {"description": "OK", "headers": headers, "content": {media_type: {"schema": schema}}}}
    for status in sorted({*ALWAYS, *more}):
        found[str(status)] = {"description": "Not modified"} if status == 304 else _problem(status)  # noqa: PLR2004
    return found


def _problem(status: int) -> Json:
    titles = [texts("en")["problems"][kind]["title"] for kind, own in STATUSES.items() if own == status]
    return {"description": "; ".join(titles), "content": {MEDIA_TYPE: {"schema": _ref("Problem")}}}


def _own_paths() -> Json:
    """Return what is not about rules alone: batches, the state of the service, reloading."""
    line = {"description": "One object a line: see BatchLine. 每行一个对象"}
    batch = {
        "operationId": "batch",
        "summary": "逐行答复 / Answer line by line, while lines come in",
        "parameters": [_ref_language(), *(_parameter(name) for name in ("jurisdiction", "as_of", "entity"))],
        "requestBody": {"required": True, "content": {NDJSON: {"schema": line}}},
        "responses": _responses(NDJSON, {"type": "string", "description": "One object a line: see BatchAnswer."}),
    }
    states = {
        name: {"get": {"operationId": own, "summary": title, "security": [{}], "responses": _responses(media, schema)}}
        for name, own, title, media, schema in (
            ("/health", "health", "运行状况 / Whether the process answers", "application/json", _ref("Health")),
            ("/ready", "ready", "规则状况 / Which rules are in use", "application/json", _ref("Ready")),
        )
    }
    metrics = {"operationId": "metrics", "summary": "指标 / Numbers for Prometheus",
               "responses": _responses("text/plain", TEXT)}  # fmt: skip
    reload = {"operationId": "reload", "summary": "重新载入规则 / Read the rules anew",
              "responses": _responses("application/json", _ref("Ready"), 409)}  # fmt: skip
    own = {"operationId": "openapi", "summary": "本文件 / This description",
           "parameters": [_parameter(name) for name in ("jurisdiction", "as_of", "entity")],
           "responses": _responses("application/json", {"type": "object"}, 304)}  # fmt: skip
    paths = {"/v1/batch": {"post": batch}, **states, "/metrics": {"get": metrics}, "/reload": {"post": reload}}
    return {**paths, "/openapi.json": {"get": own}}


# ------------------------------------------------------------------------------------------------ schemas


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas(policy: Policy, *, is_recording: bool) -> Json:
    """Return the schemas of what is asked, made of the vocabulary."""
    return {
        "Facts": {
            "type": "object",
            "additionalProperties": False,
            "description": "What is known; what is null or left out says nothing. 已知情况；未写或 null 即未提供",
            "properties": {name: fact_schema(fact) for name, fact in policy.facts.items()},
        },
        "Readings": {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: _reading(reading) for name, reading in policy.readings.items()},
        },
        "Decision": {"enum": list(policy.decisions)} if policy.decisions else TEXT,
        "BatchLine": _batch_line(is_recording=is_recording),
        **({"Record": _record()} if is_recording else {}),
    }


def _record() -> Json:
    """Return the schema of what is said about a record: who asks, why, about whom, and what names the request."""
    texts_ = {
        name: {"type": "string", "maxLength": LONGEST[name], **({"pattern": r"\S"} if name in NEEDED else {})}
        for name in (*NEEDED, *FURTHER)
    }
    return _object(texts_, list(NEEDED))


def fact_schema(fact: Fact) -> Json:
    """Return the schema of the values of a fact: those of its type, what is known in part, and nothing."""
    own = [*_values(fact)]
    if fact.is_judged:
        who = {"judged_by": TEXT, "judged_on": {"type": "string", "format": "date"}, "basis": TEXT}
        own.append({
            "type": "object", "additionalProperties": False, "required": ["value"],
            "properties": {"value": {"anyOf": own[:-1]}, **who},
        })  # fmt: skip
    about = f"{fact.label.zh} / {fact.label.en}"
    return {"title": about, "description": f"{fact.question.zh} / {fact.question.en}", "anyOf": own}


def _values(fact: Fact) -> Iterator[Json]:
    kind = fact.type
    names = {"enum": list(kind.values)}
    match kind.kind:
        case "boolean":
            yield {"type": "boolean"}
        case "integer":
            number = {"type": "integer", "minimum": kind.minimum, "maximum": kind.maximum}
            yield number
            yield _bounds(number)
        case "decimal" | "money":
            low, high = (int(kind.decode_number(end)) for end in (kind.minimum, kind.maximum))  # type: ignore[arg-type]
            number = {"type": "integer", "minimum": low, "maximum": high}
            digits = {"type": "string", "pattern": rf"^[0-9]{{1,{len(str(high)) - 1}}}(\.[0-9]{{1,{kind.scale}}})?$"}
            yield from (number, digits, _bounds(number))
        case "date":
            yield {"type": "string", "format": "date", "pattern": DAYS}
        case "enumeration":
            yield names
            yield _object({"one_of": {"type": "array", "minItems": 1, "items": names}}, ["one_of"])
        case "set":
            members = {"type": "array", "items": names}
            yield members
            yield _object({"values": members, "complete": {"type": "boolean"}}, ["values"])
            yield _object({"sure": members, "possible": members}, ["sure"])
        case _:
            yield {"type": "string", "maxLength": 1000}
    yield {"type": "null"}


def _bounds(number: Json) -> Json:
    return {**_object({"low": number, "high": number}, []), "minProperties": 1}


def _object(properties: Json, required: list[str]) -> Json:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _reading(reading: Reading) -> Json:
    return {"title": f"{reading.label.zh} / {reading.label.en}", "enum": list(reading.type.values)}


def _batch_line(*, is_recording: bool) -> Json:
    name = {"type": "string", "minLength": 1, "maxLength": MOST_OF_A_NAME}
    place = {"jurisdiction": name, "as_of": {"type": "string", "format": "date"}, "entity": name}
    return _object({"id": {"type": "string", "maxLength": MOST_OF_A_NAME}, "facts": _ref("Facts"),
                    "readings": _ref("Readings"), **({"record": _ref("Record")} if is_recording else {}), **place},
                   ["facts", *(["record"] if is_recording else [])])  # fmt: skip


# ------------------------------------------------------------------------------------------------ answers


@functools.cache
def _determination() -> Json:
    """Return the schema of a determination and of what it refers to, under names of this description."""
    file = importlib.resources.files("cso_rules.determination").joinpath("determination.schema.json")
    text = file.read_text(encoding="utf-8").replace("#/$defs/", "#/components/schemas/Answer.")
    found = json.loads(text)
    del found["$schema"]
    parts = {f"Answer.{name}": part for name, part in found.pop("$defs").items()}
    return {"Determination": found, **parts}


def _answers() -> Json:
    """Return the schemas of answers."""
    value, count, texts_ = _ref("Answer.value"), {"type": "integer", "minimum": 0}, {"type": "array", "items": TEXT}
    number = {"format": {"const": 1}}
    answer = _whole(status=TEXT, possible={"type": "array", "items": value})
    known = {"anyOf": [_ref(f"Answer.{name}") for name in ("value", "bounds", "someOf", "oneOf")]}
    change = _whole(fact=TEXT, old=known, new=known, difference=known)
    event = _whole(
        decision=TEXT, item={"type": ["object", "null"], "additionalProperties": TEXT}, before=answer, after=answer,
        facts=_list(_whole(fact=TEXT, before=known, after=known)),
        rules=_list(_whole(decision=TEXT, rule=TEXT, before=_ref("Answer.truth"), after=_ref("Answer.truth"))),
    )  # fmt: skip
    named = _object({"name": TEXT, "label": LABEL, "question": LABEL}, ["name"])["properties"]
    counts = dict.fromkeys(("missing", "settles", "may_settle", "necessary"), count)
    record = _whole(
        row=count, id=TEXT, missing=texts_, settling=texts_, may_settle=texts_, necessary=texts_,
        is_exact={"type": "boolean"},
    )  # fmt: skip
    day = {"type": "string", "format": "date"}
    parameter = _whole(
        name=TEXT, label=LABEL, kind=TEXT, indexed_by=texts_, is_removed={"type": "boolean"},
        values=_list(_whole(of=texts_, value=value)),
    )  # fmt: skip
    return {
        **_determination(),
        "Explanation": _whole(**number, language={"enum": ["zh", "en"]}, decision=TEXT, text=TEXT),
        "Gaps": _whole(**number, decision=TEXT, value=value, alternatives=_list(_list(change))),
        "Changes": _whole(**number, events=_list(event)),
        "AskNext": _whole(
            **number, policy=TEXT, digest=TEXT, answered=count, refused=count, open=count, inexact=count,
            facts=_list(_object({**named, **counts}, ["name", *counts])),
            order=_list(_object({**named, "settled": count, "total": count}, ["name", "settled", "total"])),
            records=_list(record), notice=TEXT,
        ),
        "Places": _whole(
            **number, digest=TEXT, version=count, first_day=day, until={"type": ["string", "null"], "format": "date"},
            places=_list(_whole(code=TEXT, names=texts_)), left_out=texts_,
        ),
        "Parameters": _whole(**number, as_of=day, jurisdiction=TEXT, title=LABEL, parameters=_list(parameter)),
        "Health": _whole(status={"const": "ok"}),
        "Ready": _whole(
            status={"const": "ready"}, digest=TEXT, version=count, since=TEXT,
            last_failure={"anyOf": [LABEL, {"type": "null"}]},
        ),
        "BatchAnswer": {"anyOf": [
            _object({"line": count, "id": {"type": ["string", "null"]}, "answer": _ref("Determination"),
                     "record": _whole(id=TEXT, number=count)}, ["line", "id", "answer"]),
            _whole(line=count, id={"type": ["string", "null"]}, problem=_ref("Problem")),
            _whole(end=_whole(read=count, answered=count, refused=count, digest=TEXT, is_complete={"type": "boolean"})),
        ]},
        "Problem": _problem_schema(),
    }  # fmt: skip


def _problem_schema() -> Json:
    fault = _object(dict.fromkeys(("code", "pointer", "parameter", "header", "suggestion", "detail"), TEXT),
                    ["code", "detail"])  # fmt: skip
    return _object(
        {
            "type": {"type": "string", "format": "uri"}, "title": TEXT, "detail": TEXT, "instance": TEXT,
            "status": {"type": "integer"}, "errors": _list(fault),
        },
        ["type", "title", "status", "detail", "errors"],
    )  # fmt: skip


def _whole(**properties: Json) -> Json:
    return _object(dict(properties), list(properties))


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}
