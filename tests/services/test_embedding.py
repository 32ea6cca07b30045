"""The pieces of the page about embedding that live in another program: a web service, a model, a form in a browser."""

from __future__ import annotations

import asyncio
import datetime
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cso_rules import load_bundle, to_json
from cso_rules.bundle import opened
from cso_rules.bundle.build import build_bundle
from tests.embedding_blocks import PageBlock, run, under

pytestmark = pytest.mark.services
DAY = "2026-03-01"
TRY_FORM = """
import { readFile } from "node:fs/promises";
import { load } from "./walker.mjs";
import { answer, attend } from "./form.mjs";

const text = await readFile("plan.json", "utf8");
const readings = JSON.parse(await readFile("readings.json", "utf8"));
const fields = new Map([["individual_members", "18"], ["is_nonprofit", ""]]);
const empty = answer({ plan: load(text), readings }, "2026-03-01", fields);
let heard;
globalThis.fetch = async () => ({ text: async () => text, json: async () => readings });
globalThis.FormData = class extends Map { constructor() { super([["is_nonprofit", "false"]]); } };
const output = {};
await attend({ addEventListener: (_, listener) => { heard = listener; } }, output, "2026-03-01");
heard();
console.log(JSON.stringify({ empty, typed: JSON.parse(output.textContent) }));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("embedding")
    built = build_bundle("cn", places=["3210"], first=datetime.date(2026, 1, 1), version=1)
    (folder / "registry.bundle").write_bytes(built.data)
    return folder


def ran(folder: Path, heading: str, **names: Any) -> dict[str, Any]:
    """Run the block under a heading in the folder with the bundle, and return what it defines."""
    block = under(heading)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        defined, _ = run(block, **names)
    return defined


# A service


@pytest.fixture(scope="module")
def app(folder: Path) -> Any:
    return ran(folder, "A service with FastAPI")["app"]


def asked(app: Any, **request: Any) -> Any:
    """Return what the service answers, asked without a socket."""
    import httpx

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service") as client:
            return await client.post("/classify", **request)

    return asyncio.run(post())


def test_the_service_gives_the_form_of_the_determination_and_the_digest(app: Any, folder: Path) -> None:
    facts = {"individual_members": 18, "is_nonprofit": False}
    answer = asked(app, json={"facts": facts, "place": "3210", "day": DAY})
    bundle = load_bundle(folder / "registry.bundle")
    assert answer.status_code == 200
    assert answer.json() == to_json(bundle.determine(facts, as_of=DAY, jurisdiction="3210"))
    assert answer.headers["etag"] == f'"{bundle.digest}"'


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"facts": {"individual_members": -1}}, 422),
        ({"facts": {"no_such_fact": 1}}, 422),
        ({"facts": {}, "place": "nowhere"}, 400),
        ({"facts": {}, "place": "4403"}, 400),
        ({"facts": {}, "day": "2025-01-01"}, 400),
        ({"facts": {}, "something": 1}, 422),
    ],
)
def test_the_service_refuses_what_cannot_be_in_both_languages(app: Any, question: Any, code: int) -> None:
    answer = asked(app, json={"day": DAY} | question)
    assert answer.status_code == code
    if question.keys() <= {"facts", "place", "day"}:
        detail = answer.json()["detail"]
        told = detail[0] if isinstance(detail, list) else detail
        assert told["zh"]
        assert told["en"]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_service_of_the_first_page_answers_from_the_bundle_that_was_shipped(
    folder: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python service.py\n(.*?)```", Path(page).read_text("utf-8"), re.DOTALL)
    monkeypatch.setattr(opened, "shipped", lambda _: folder / "registry.bundle")
    names, _ = run(PageBlock("service", "python", code, ""))
    facts, where = {"individual_members": 18}, {"place": "3210", "day": DAY}
    answer = asked(names["app"], params=where, json=facts)
    found = load_bundle(folder / "registry.bundle").determine(facts, as_of=DAY, jurisdiction="3210")
    assert (answer.status_code, answer.json()) == (200, to_json(found))
    refused = asked(names["app"], params={"place": "nowhere"}, json={})
    assert (refused.status_code, set(refused.json()["detail"])) == (422, {"zh", "en"})


# A model


def test_the_model_answers_when_it_is_saved(folder: Path) -> None:
    import django
    from django.conf import settings
    from django.db import connection

    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
    django.setup()
    organization = ran(folder, "A model of Django", __name__="registry.models")["Organization"]
    with connection.schema_editor() as editor:
        editor.create_model(organization)
    choir = organization.objects.create(name="choir", individual_members=18)
    assert choir.tier is None
    assert "is_nonprofit" in choir.open_because
    choir.is_nonprofit = False
    choir.save()
    kept = organization.objects.get(tier="out_of_scope")
    assert (kept.name, kept.open_because) == ("choir", [])


# A form


def test_the_form_answers_as_the_library_and_leaves_out_what_is_empty(folder: Path) -> None:
    ran(folder, "A form in a browser")
    (folder / "form.mjs").write_text(under("A form in a browser", "js").code, encoding="utf-8")
    (folder / "try.mjs").write_text(TRY_FORM, encoding="utf-8")
    node = shutil.which("node")
    assert node is not None, "node is not installed: install Node.js 18 or later (Debian: nodejs, npm)"
    told = subprocess.run([node, "try.mjs"], cwd=folder, capture_output=True, text=True, check=True)
    answers = json.loads(told.stdout)
    bundle = load_bundle(folder / "registry.bundle")
    found = bundle.determine({"individual_members": 18}, as_of=DAY, jurisdiction="3210")
    assert answers["empty"]["status"] == found["tier"].status.value == "undetermined"
    needed = {missing.name for missing in found.missing_facts if "tier" in missing.settles}
    assert {each["name"] if isinstance(each, dict) else each for each in answers["empty"]["ask"]} <= needed
    assert answers["empty"]["ask"]
    assert answers["typed"] == {"status": "determined", "tier": "out_of_scope", "ask": []}
