"""What may be wrong with a bundle, in words: the cause, and what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NoReturn, TypeAlias

from cso_rules.errors import BundleError, UnknownNameError
from cso_rules.loader.codes import NATIONAL
from cso_rules.model.instruments import Label

Fault: TypeAlias = Literal[
    "no_bundle",
    "other_format",
    "other_version",
    "damaged",
    "other_digest",
    "older",
    "unsigned",
    "unknown_key",
    "wrong_signature",
    "no_such_day",
    "no_such_place",
    "no_such_entity",
    "not_shipped",
]

FAULTS: Final[Mapping[Fault, Label]] = {
    "no_bundle": Label(
        en="this is no bundle of cso-rules; give a file that `cso-rules build` wrote",
        zh="这不是 cso-rules 的规则集文件；请给出由 cso-rules build 写成的文件",
    ),
    "other_format": Label(
        en="the bundle has format {found}, and this version of cso-rules reads format {expected}; build it anew with"
        " this version, or install the version that built it",
        zh="规则集的格式是 {found}，而此版本的 cso-rules 读取格式 {expected}；请用此版本重新生成，或安装生成它的版本",
    ),
    "other_version": Label(
        en="the bundle was built by another version of cso-rules, in which rules consist of other parts; build it anew"
        " with this version, or install the version that built it",
        zh="规则集由另一版本的 cso-rules 生成，其规则的组成不同；请用此版本重新生成，或安装生成它的版本",
    ),
    "damaged": Label(
        en="the bundle is cut off or was changed; fetch it again, or build it anew",
        zh="规则集不完整或被改动；请重新获取，或重新生成",
    ),
    "other_digest": Label(
        en="the bundle has the digest {found}, and {expected} is expected; fetch the expected one, or expect this one"
        " after you have looked at what changed",
        zh="规则集的摘要是 {found}，应为 {expected}；请获取相符的文件，或在核对变更之后改用此摘要",
    ),
    "older": Label(
        en="the bundle has version {found}, and at least {expected} is asked for; fetch a newer one",
        zh="规则集的版本是 {found}，要求不低于 {expected}；请获取较新的文件",
    ),
    "unsigned": Label(
        en="the bundle is not signed; fetch a signed one, or sign it with `cso-rules build --sign`",
        zh="规则集没有签名；请获取有签名的文件，或用 cso-rules build --sign 签名",
    ),
    "unknown_key": Label(
        en="the bundle is signed by the key {found}, which is none of those that are trusted; fetch one of a trusted"
        " signer, or trust this key after you have asked its owner",
        zh="规则集由密钥 {found} 签名，不在受信任的密钥之列；请获取由受信任者签名的文件，或向其持有人核实后信任此密钥",
    ),
    "wrong_signature": Label(
        en="the signature is not that of these bytes: the file was changed after it was signed; fetch it again",
        zh="签名与文件内容不符，文件在签名之后被改动；请重新获取",
    ),
    "no_such_day": Label(
        en="the bundle has rules from {first} to {last}, not for {found}; ask for a day in it, or build one with"
        " more days",
        zh="规则集含 {first} 至 {last} 的规则，不含 {found}；请改用其中的日期，或重新生成含更多日期的规则集",
    ),
    "no_such_place": Label(
        en="the bundle is without the rules of {found}, and has those of {known}; build one with this place",
        zh="规则集不含 {found} 的规则，只含 {known}；请重新生成含该地区的规则集",
    ),
    "no_such_entity": Label(
        en="the bundle has no decisions about {found}; choose one of {known}",
        zh="规则集没有关于 {found} 的决定；请选择：{known}",
    ),
    "not_shipped": Label(
        en="this installation comes without a bundle, as a checkout does; build one with `cso-rules build`, and give"
        " its path",
        zh="此安装不附带规则集文件（由源代码目录运行时即如此）；请用 cso-rules build 生成，并给出其路径",
    ),
}


def refuse(fault: Fault, place: str, **parts: object) -> NoReturn:
    """Raise what is wrong with a bundle.

    Args:
        fault: What it is.
        place: The file.
        **parts: What the sentence names.
    """
    said = FAULTS[fault].filled(**{name: str(part)[:200] for name, part in parts.items()})
    raise BundleError(fault, place, said.en, said.zh) from None


@contextlib.contextmanager
def refusing_rows(place: str | None) -> Iterator[None]:
    """Let a place whose rules a bundle leaves out refuse the rows that name it, and nothing else.

    Raises:
        UnknownNameError: Its rules were asked for.
    """
    try:
        yield
    except BundleError as error:
        if error.fault == "no_such_place":
            raise UnknownNameError("jurisdiction", place or NATIONAL) from error
        raise
