"""Finds and covers private numbers and addresses in free text before others read it.

A net with known holes, not a proof: it covers the shapes below, full or half width and with the usual spacing; a
person still reads what is published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from civic.kit.width import halfwidth

LABELS = {
    "receipt": "查询码",
    "id_card": "身份证号",
    "bank_card": "银行卡号",
    "mobile": "手机号",
    "landline": "座机号",
    "plate": "车牌号",
    "email": "邮箱",
    "wechat": "微信号",
    "qq": "QQ号",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was covered and where it stood in the original text; never the value itself, so it may be logged."""

    kind: str
    start: int
    end: int

    @property
    def label(self) -> str:
        """The Chinese name of the kind."""
        return LABELS[self.kind]


# Chinese numerals are how a mobile number is smuggled past a filter: 幺三八…
_SPOKEN = str.maketrans("零〇○一幺壹二两贰三叁四肆五伍六陆七柒八捌九玖", "00011122233445566778899")

_S = r"[ \t\-–—·._]{1,2}"  # what people put between groups of digits
_MONTH_DAY = rf"(?:0[1-9]|1[0-2])(?:{_S})?(?:0[1-9]|[12]\d|3[01])"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_CHAT = r"(?:号码|账号|帐号|号|id)?[\s:是为就叫加搜=\-(]{0,6}"

_MOBILE = rf"(?<![\d.])(?:(?:\+?86|0086)(?:{_S})?|0)?(?:1[3-9]\d(?:{_S})?\d{{4}}(?:{_S})?\d{{4}}|" + (
    rf"1[3-9]\d{_S}\d{{3}}{_S}\d{{5}}|1{_S}[3-9](?:{_S}\d){{9}})(?!\d)"
)


def _luhn(match: re.Match[str]) -> bool:
    digits = [int(sign) for sign in re.sub(r"\D", "", match.group(1))]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _any(_match: re.Match[str]) -> bool:
    return True


def _rule(
    kind: str, pattern: str, fits: Callable[[re.Match[str]], bool] = _any
) -> tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]]:
    return kind, re.compile(pattern, re.IGNORECASE | re.ASCII), fits


# In order of rank: where two overlap the earlier rule wins. Group 1, where there is one, is the part to cover.
_RULES = (
    _rule("receipt", rf"(?<!\d)(\d{{4}}(?:(?:{_S})?\d{{4}}){{4}})(?!\d)"),
    _rule("email", r"(?<![\w.%+-])([\w.%+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?![a-z0-9])"),
    _rule(
        "id_card",
        rf"(?<!\d)([1-9]\d{{5}}(?:{_S})?(?:18|19|20)\d\d(?:{_S})?{_MONTH_DAY}(?:{_S})?\d{{3}}(?:{_S})?[\dX])(?![\da-z])",
    ),
    _rule("id_card", r"(?<!\d)([1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})(?!\d)"),
    _rule("bank_card", rf"(?<!\d)([1-9]\d{{3}}(?:(?:{_S})?\d{{4}}){{3}}(?:(?:{_S})?\d{{1,3}})?)(?!\d)", _luhn),
    _rule("mobile", f"({_MOBILE})"),
    _rule(
        "landline",
        r"(?<!\d)((?:\+?86[ -]?)?(?:\(0\d{2,3}\)|0(?:10|2\d|[3-9]\d\d)|010)[ \-–—]{0,2}[2-9]\d{6,7}"
        r"(?:(?:-|转|ext\.?)\d{1,6})?)(?!\d)",
    ),
    _rule("landline", r"(?:电话|座机|固话|tel)[^\d\n〔]{0,4}([2-9]\d{6,7})(?!\d)"),
    _rule("plate", rf"([{_PROVINCES}][A-Z][ ·.]?(?=[A-Z]*\d)[A-HJ-NP-Z\d]{{4,5}}[A-HJ-NP-Z\d挂学警港澳领])(?![a-z\d])"),
    _rule("wechat", r"(?<![a-z\d])(wxid_[a-z\d]{6,30})"),
    _rule(
        "wechat",
        rf"(?:微信|微号|薇信|威信|v信|weixin|wechat|(?<![a-z])(?:wx|vx)){_CHAT}([a-z][\w-]{{5,19}}|[1-9]\d{{5,10}})(?![\w-])",
    ),
    _rule("qq", rf"(?:(?<![a-z])qq|扣扣){_CHAT}([1-9]\d{{4,10}})(?!\d)"),
)
_SPOKEN_RULE = _rule("mobile", f"({_MOBILE})")


def mask_private(text: str) -> tuple[str, tuple[Finding, ...]]:
    """The text with each private number or address replaced by its name in 〔〕, and what was found, in text order.

    Covers receipts, ID cards, bank cards, mobiles (also in Chinese numerals), landlines, plates, mail, WeChat, QQ.
    """
    found = sorted(_findings(text), key=lambda finding: finding.start)
    parts, at = [], 0
    for finding in found:
        parts += [text[at : finding.start], f"〔{finding.label}〕"]
        at = finding.end
    return "".join([*parts, text[at:]]), tuple(found)


def _findings(text: str) -> list[Finding]:
    shadow = halfwidth(text)
    taken: list[Finding] = []
    for rule in _RULES:
        taken += _fresh(rule, shadow, taken)
    taken += _fresh(_SPOKEN_RULE, shadow.translate(_SPOKEN), taken)
    return taken


def _fresh(
    rule: tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]], shadow: str, taken: list[Finding]
) -> Iterator[Finding]:
    kind, pattern, fits = rule
    before = tuple(taken)
    for match in pattern.finditer(shadow):
        start, end = match.span(1)
        if fits(match) and all(end <= other.start or start >= other.end for other in before):
            yield Finding(kind, start, end)
