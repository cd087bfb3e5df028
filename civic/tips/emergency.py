"""Words that sound like danger now (R04): the numbers to call come first, and the tip waits less."""

from __future__ import annotations

import re
from dataclasses import dataclass

from civic.kit.text import halfwidth

_WORDS: tuple[tuple[str, str], ...] = (
    ("119", "着火|起火|失火|火灾|冒浓烟|浓烟|爆炸|泄漏|煤气味|漏煤气|漏气|坍塌|塌方|倒塌|被埋|被困|困在电梯|"
            "电梯困人|溺水|落水|掉进河|触电|漏电|电线掉|电线断|线缆脱落"),
    ("120", "晕倒|昏倒|昏迷|休克|大出血|流血不止|没有呼吸|没呼吸|心脏骤停|中毒|喝农药|服毒|吞药|烧伤|摔下来"),
    ("110", "杀人|砍人|持刀|拿刀|绑架|拐卖|抢劫|劫持|强奸|性侵|猥亵|家暴|被打|正在打人|打架|跳楼|轻生|自杀|"
            "自残|不想活|割腕|孩子走失|小孩走失|老人走失|非法拘禁"),
    ("122", "车祸|撞人|撞车|肇事逃逸|追尾|翻车"),
)
_PATTERNS = tuple((number, re.compile(words)) for number, words in _WORDS)


@dataclass(frozen=True, slots=True)
class Noticed:
    """A word that was noticed and the number to call for it."""

    word: str
    number: str


def notice(text: str) -> tuple[Noticed, ...]:
    """The first word of danger for each number, in the order of the text; empty when there is none."""
    plain = halfwidth(text)
    found = [(match.start(), Noticed(match.group(), number))
             for number, pattern in _PATTERNS if (match := pattern.search(plain))]
    return tuple(item for _, item in sorted(found, key=lambda pair: pair[0]))
