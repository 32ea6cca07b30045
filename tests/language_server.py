"""The YAML language server of an editor, spoken to over stdio."""

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import attrs

PROGRAM = Path(__file__).parent / "services" / "editor" / "node_modules" / "yaml-language-server" / "bin"
PATIENCE = 60
"""Seconds after which a silent server counts as broken."""


def command() -> list[str]:
    """Return how the server is started.

    Raises:
        FileNotFoundError: Node.js or the server is not installed; these tests are not to be skipped.
    """
    node, program = shutil.which("node"), PROGRAM / "yaml-language-server"
    if node is None:
        raise FileNotFoundError("node is not installed: install Node.js 18 or later (Debian: nodejs, npm)")
    if not program.is_file():
        raise FileNotFoundError(f"{program} is missing: run `make test-services`, which installs it with npm")
    return [node, str(program), "--stdio"]


@attrs.frozen
class Offer:
    """What is said of an offered text, and what it replaces; the word at the cursor where the server leaves it open."""

    documentation: str
    edit: Mapping[str, Any] | None


@attrs.define
class Editor:
    """An editor with one folder open, as far as the language server can tell."""

    folder: Path
    settings: Mapping[str, Any]
    _process: subprocess.Popen[bytes]
    _messages: queue.Queue[dict[str, Any]] = attrs.field(factory=queue.Queue)
    _problems: dict[str, list[dict[str, Any]]] = attrs.field(factory=dict)
    _versions: dict[str, int] = attrs.field(factory=dict)
    _count: int = 0

    def start(self) -> None:
        """Introduce the editor to the server."""
        threading.Thread(target=self._receive, daemon=True).start()
        completion = {"completionItem": {"documentationFormat": ["markdown"], "snippetSupport": True}}
        capabilities = {"textDocument": {"completion": completion}, "workspace": {"configuration": True}}
        place = self.folder.as_uri()
        folders = [{"uri": place, "name": self.folder.name}]
        introduction = {"processId": None, "rootUri": place, "workspaceFolders": folders, "capabilities": capabilities}
        self._ask("initialize", introduction)
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": {"yaml": self._yaml_settings}})

    @property
    def _yaml_settings(self) -> dict[str, Any]:
        schemas = self.settings["yaml.schemas"]
        store = {"enable": self.settings["yaml.schemaStore.enable"]}
        return {"schemas": schemas, "schemaStore": store, "validate": True, "completion": True, "hover": True}

    def problems(self, file: Path, text: str) -> list[str]:
        """Show a file with a text and return what the server marks, as `line:column message`, counted from 1."""
        place = file.as_uri()
        self._problems.pop(place, None)
        self._versions[place] = version = self._versions.get(place, 0) + 1
        if version == 1:
            document = {"uri": place, "languageId": "yaml", "version": version, "text": text}
            self._tell("textDocument/didOpen", {"textDocument": document})
        else:
            change = {"textDocument": {"uri": place, "version": version}, "contentChanges": [{"text": text}]}
            self._tell("textDocument/didChange", change)
        while place not in self._problems:
            self._handle_next()
        starts = [(found["range"]["start"], found["message"]) for found in self._problems[place]]
        return [f"{start['line'] + 1}:{start['character'] + 1} {message}" for start, message in starts]

    def completions(self, file: Path, line: int, column: int) -> dict[str, Offer]:
        """Return what the server offers at a place of an open file, counted from 1, with its documentation."""
        offered = self._ask("textDocument/completion", self._place(file, line, column))["items"]
        return {item["label"]: Offer(_text(item.get("documentation", "")), item.get("textEdit")) for item in offered}

    def hover(self, file: Path, line: int, column: int) -> str:
        """Return what the server shows at a place of an open file, counted from 1."""
        return _text(self._ask("textDocument/hover", self._place(file, line, column))["contents"])

    def _place(self, file: Path, line: int, column: int) -> dict[str, Any]:
        position = {"line": line - 1, "character": column - 1}
        return {"textDocument": {"uri": file.as_uri()}, "position": position}

    def _tell(self, method: str, content: object) -> None:
        self._send({"method": method, "params": content})

    def _ask(self, method: str, content: object) -> Any:
        self._count += 1
        self._send({"id": self._count, "method": method, "params": content})
        while (answer := self._handle_next()).get("id") != self._count or "method" in answer:
            pass
        return answer["result"]

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._process.stdin.flush()

    def _receive(self) -> None:
        assert self._process.stdout is not None
        for message in _messages(self._process.stdout):
            self._messages.put(message)

    def _handle_next(self) -> dict[str, Any]:
        """Take the next message, note problems, and answer what the server asks."""
        message = self._messages.get(timeout=PATIENCE)
        if message.get("method") == "textDocument/publishDiagnostics":
            self._problems[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("method") == "workspace/configuration":
            sections = [item.get("section") for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": [self._section(section) for section in sections]})
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": None})
        return message

    def _section(self, name: str | None) -> dict[str, Any]:
        return self._yaml_settings if name == "yaml" else {}


def _text(documentation: Any) -> str:
    return str(documentation["value"] if isinstance(documentation, dict) else documentation)


def _messages(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    while header := stream.readline():
        if header.lower().startswith(b"content-length:"):
            while stream.readline().strip():
                pass
            yield json.loads(stream.read(int(header.partition(b":")[2])))


@contextmanager
def editor(folder: Path, settings: Mapping[str, Any]) -> Iterator[Editor]:
    """Start a language server for a folder with the settings of an editor; stop it at the end."""
    with subprocess.Popen(command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        opened = Editor(folder, settings, process)
        try:
            opened.start()
            yield opened
        finally:
            process.kill()
