"""Why a request is refused: a problem as in RFC 9457, in Chinese or English, each fault with its place.

Guaranteed: what was sent is never repeated, only where it stands; names of the rules may be suggested.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from cso_rules.messages import texts_of
from cso_rules.model.instruments import Label

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "urn:cso-rules:problem:"
MOST_FAULTS: Final = 20
"""Faults that are told of one request."""
LONGEST_KEY: Final = 100
STATUSES: Final[Mapping[str, int]] = {
    "bad-http": 400,
    "bad-json": 400,
    "no-token": 401,
    "not-allowed": 403,
    "foreign-origin": 403,
    "not-found": 404,
    "wrong-method": 405,
    "too-slow": 408,
    "not-reloaded": 409,
    "other-rules": 412,
    "too-large": 413,
    "wrong-media-type": 415,
    "wrong-host": 421,
    "bad-request": 422,
    "bad-facts": 422,
    "headers-too-large": 431,
    "fault": 500,
    "busy": 503,
    "took-too-long": 503,
    "not-recorded": 503,
}
"""The status of each kind of problem."""


def texts(language: str) -> dict[str, Any]:
    """Return the sentences of the service in a language."""
    return texts_of("service", language)


def said(key: str, **parts: object) -> Label:
    """Return a sentence about a fault in both languages, with its places filled."""
    zh, en = (texts(language)["faults"][key].format(**parts) for language in ("zh", "en"))
    return Label(zh=zh, en=en)


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that is wrong with a request.

    Attributes:
        code: What is wrong, for programs.
        pointer: Where it stands in the body, as a JSON Pointer (RFC 6901); None where it is not in the body.
        parameter: The parameter of the address in which it stands.
        header: The header in which it stands.
        detail: What is wrong and what is allowed.
        suggestion: A name of the rules that was probably meant.
    """

    code: str
    detail: Label
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    suggestion: str | None = None

    def json(self, language: str) -> dict[str, str]:
        """Return the fault in a language; places that it does not have are left out."""
        places = {name: getattr(self, name) for name in ("pointer", "parameter", "header", "suggestion")}
        shown = {name: value for name, value in places.items() if value is not None}
        return {"code": self.code, **shown, "detail": self.detail.in_language(language)}


def fault(code: str, *, suggestion: str | None = None, **place: Any) -> Fault:
    """Return a fault of which the sentence is that of its code; `parts` fill its places."""
    parts = place.pop("parts", {})
    return Fault(code=code, detail=said(code, **parts), suggestion=suggestion, **place)


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A request that is refused.

    Attributes:
        kind: What kind of problem it is, for programs.
        faults: Everything that is wrong, each with its place.
        retry_after: Seconds after which to try again; None where that would not help.
        allow: The methods that are allowed.
        is_closing: Whether the connection ends with the answer.
    """

    def __init__(
        self,
        kind: str,
        faults: Iterable[Fault] = (),
        *,
        retry_after: int | None = None,
        allow: str | None = None,
        is_closing: bool = False,
    ) -> None:
        """Keep what is wrong."""
        super().__init__(kind)
        self.kind = kind
        self.faults = tuple(faults)
        self.retry_after = retry_after
        self.allow = allow
        self.is_closing = is_closing

    @property
    def status(self) -> int:
        """The status of the answer."""
        return STATUSES[self.kind]

    def json(self, language: str, request: str = "") -> dict[str, Any]:
        """Return the problem in a language.

        Args:
            language: `zh` or `en`.
            request: The identity of the request, as in the log.
        """
        words = texts(language)["problems"][self.kind]
        found = {
            "type": PREFIX + self.kind,
            "title": words["title"],
            "status": self.status,
            "detail": words["detail"],
            "instance": f"urn:cso-rules:request:{request}",
            "errors": [each.json(language) for each in self.faults[:MOST_FAULTS]],
        }
        return found if request else {name: value for name, value in found.items() if name != "instance"}

    def headers(self, language: str) -> dict[str, str]:
        """Return the headers of the answer besides those that every answer has."""
        found = {"content-language": language}
        if self.kind == "no-token":
            found["www-authenticate"] = 'Bearer realm="cso-rules", Basic realm="cso-rules", charset="UTF-8"'
        if self.retry_after is not None:
            found["retry-after"] = str(self.retry_after)
        if self.allow is not None:
            found["allow"] = self.allow
        if self.is_closing:
            found["connection"] = "close"
        return found

    def body(self, language: str, request: str = "") -> bytes:
        """Return the problem as bytes of JSON."""
        return json.dumps(self.json(language, request), ensure_ascii=False).encode()


def pointer(*parts: str | int) -> str:
    """Return the JSON Pointer of a place; that of what holds it where a key is too long to be shown."""
    own = next((place for place, part in enumerate(parts) if len(str(part)) > LONGEST_KEY), len(parts))
    parts = parts[:own]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
