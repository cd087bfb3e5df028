"""What reviewers tick and what authors must have weighed, as data: the checklists of the three reviews, the six factors.

The six factors are those of Civil Code 1026 by which a court judges whether the media verified reasonably what others
told them (governance reference, section 10). The administrator may add lines to a checklist, never take one away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from civic.workflow.machine import N_

PROOFS = {1: N_("初校"), 2: N_("复校"), 3: N_("终校")}
"""Three reviews go with three readings (三审三校); the author's own (自校) are the ticks of handing in."""
TOPICS = {
    "content": N_("内容"), "law": N_("法律"), "names": N_("人名与数字"), "pictures": N_("图片与同意"),
    "words": N_("敏感词"), "technique": N_("技术"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a checklist; `code` is what a signature stores with the words as they read then."""

    code: str
    level: int
    topic: str
    label: str


CHECKS = (
    Check("1.content", 1, "content", N_("事实、因果、引语和采访记录对得上，每条事实的来源点开看过")),
    Check("1.names", 1, "names", N_("人名、职务、单位、地名、时间、金额和别的数字逐个核对")),
    Check("1.pictures", 1, "pictures", N_("图片说明写对，出镜的人同意或已遮挡，车牌、门牌看过")),
    Check("1.words", 1, "words", N_("没有推断当结论、没有侮辱和标签")),
    Check("1.technique", 1, "technique", N_("错别字、标点、标题和正文一致")),
    Check("2.content", 2, "content", N_("角度公允，双方的说法都在，没有断章取义")),
    Check("2.law", 2, "law", N_("不侵害名誉、隐私和未成年人，不妨碍正在办理的案件")),
    Check("2.names", 2, "names", N_("标题、导语、正文里的人名和数字前后一致")),
    Check("2.pictures", 2, "pictures", N_("画面里没有可认出的未同意者，未成年人一律遮挡")),
    Check("2.words", 2, "words", N_("禁用语、敏感词、民族宗教提法查过")),
    Check("2.technique", 2, "technique", N_("图文、字幕、署名、各渠道标题齐全")),
    Check("3.content", 3, "content", N_("时机和分寸合适，看的就是要签的这一版")),
    Check("3.law", 3, "law", N_("批评对象听取过、告知过，六项核实看过")),
    Check("3.names", 3, "names", N_("关键人名、单位、数字抽查无误")),
    Check("3.pictures", 3, "pictures", N_("图片、配音、音乐的来源和授权清楚")),
    Check("3.words", 3, "words", N_("涉密、涉外、涉军、涉案的提法把过关")),
    Check("3.technique", 3, "technique", N_("各渠道的标题和版面看过，没有改一处漏一处")),
)


def of_level(level: int, added: Iterable[Check] = ()) -> tuple[Check, ...]:
    """The checklist of a level: ours first, then what the administrator added."""
    return tuple(item for item in (*CHECKS, *added) if item.level == level)


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the six factors: what it is called, and what to write."""

    code: str
    label: str
    asks: str


FACTORS = (
    Factor("source", N_("内容来源的可信度"), N_("谁说的、凭什么知道、有没有利害关系、还有谁能印证？")),
    Factor("dispute", N_("对明显可能引发争议的内容是否做了必要的调查"), N_("争的是什么，去哪里看过、问过谁、查过什么材料？")),
    Factor("timely", N_("内容的时限性"), N_("事情是什么时候的，现在还是这样吗，最后一次核对是哪天？")),
    Factor("order", N_("内容与公序良俗的关联性"), N_("为什么公众该知道，和哪些人的利益有关？")),
    Factor("harm", N_("受害人名誉受贬损的可能性"), N_("谁会因此受损，写到什么程度，能不能不点名、少写细节？")),
    Factor("cost", N_("核实能力和核实成本"), N_("还有什么没核到，为什么，要花多少时间，能不能等？")),
)
FACTOR_LEAST, FACTOR_MOST = 4, 600
HOW = (("phone", N_("电话")), ("visit", N_("当面")), ("letter", N_("函件")), ("message", N_("短信、微信")), ("mail", N_("电子邮件")))
RESULTS = (("answered", N_("答复了")), ("refused", N_("拒绝回应")), ("silent", N_("到时没有答复")))


def missing_factors(words: dict[str, str] | None) -> tuple[str, ...]:
    """Names of the factors that have no words yet; all six when nothing was filled in."""
    given = words or {}
    return tuple(item.label for item in FACTORS if len(str(given.get(item.code) or "").strip()) < FACTOR_LEAST)
