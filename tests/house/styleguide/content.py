"""Invented content for the style guide: people, plates and numbers are made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from civic.kit import clock
from civic.workflow.machine import Move, MoveView

NOW = clock.now()


def at(days: int, hour: int = 17, minute: int = 0) -> datetime:
    """A Shanghai wall-clock moment some days from today."""
    return (clock.local(NOW) + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def on(days: int) -> date:
    return (clock.local(NOW) + timedelta(days=days)).date()


def scene(sky: str, ground: str, heap: str, label: str) -> str:
    """A drawn stand-in for a photo, as a data address."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 400"><rect width="600" height="400" fill="{sky}"/>'
        f'<rect y="250" width="600" height="150" fill="{ground}"/><rect x="40" y="90" width="150" height="190" fill="#8d8577"/>'
        f'<rect x="420" y="60" width="140" height="220" fill="#776f62"/>'
        f'<path d="M200 300q60-70 120-40t110 30v40H200z" fill="{heap}"/>'
        f'<text x="24" y="376" font-size="26" fill="#fff" font-family="sans-serif">{label}</text></svg>'
    )
    return "data:image/svg+xml," + quote(svg)


BEFORE = {
    "url": scene("#c9c4b8", "#6f675a", "#4d4a35", "before"),
    "alt": "后巷堆着十几袋没有清运的垃圾",
    "when": on(-10),
    "caption": "后巷北口，6:40",
    "width": 600,
    "height": 400,
}
AFTER = {
    "url": scene("#c4d3d8", "#8b8f88", "#8b8f88", "after"),
    "alt": "同一位置，垃圾已清走，地面有水渍",
    "when": on(-4),
    "caption": "同一机位，6:40",
    "width": 600,
    "height": 400,
}
HIDDEN = {"url": "#", "alt": "", "hidden": "拍到了住户窗口", "when": on(-9)}

BALL = {
    "holder": "department",
    "who": "市综合行政执法局",
    "task": "办完第②项并答复",
    "due": at(2),
    "original": at(-3),
    "because": "会同镇里清理历史堆积，申请延期一次。",
    "left": "2 个工作日",
    "late": "due_soon",
    "progress": 78,
}
BALL_LATE = {
    "holder": "department",
    "who": "市自然资源和规划局",
    "task": "答复",
    "due": at(-6),
    "original": at(-6),
    "late": "overdue",
    "progress": 100,
    "left": "4 个工作日",
    "note": "已催办 2 次，11 月 20 日起列入督办。",
}
BALL_DESK = {
    "holder": "newsroom",
    "who": "值班编辑",
    "task": "核对答复第 1 版",
    "due": at(0, 18),
    "late": "none",
    "progress": 35,
}
BALL_YOU = {
    "holder": "citizen",
    "who": "反映人",
    "task": "补充具体楼号或照片",
    "due": at(5),
    "late": "none",
    "progress": 20,
}
BALL_DONE = {"holder": "nobody", "who": "已解决，用了 11 天"}

ENTRIES: list[dict[str, Any]] = [
    {
        "lane": "both",
        "day": on(-11),
        "time": at(-11, 9, 12),
        "title": "立案",
        "body": "12 位居民反映同一处，合并为一案。编辑核实了照片与位置。",
    },
    {
        "lane": "news",
        "day": on(-10),
        "time": at(-10, 6, 40),
        "title": "小虎队到现场",
        "by": "东片小虎队",
        "body": "两次到点，间隔 26 小时，垃圾未清。",
        "photos": [BEFORE, HIDDEN],
    },
    {
        "lane": "gov",
        "day": on(-10),
        "time": at(-10, 10, 5),
        "title": "转办市综合行政执法局（主办）、箬横镇（协办）",
        "children": ["诉求① 恢复每日清运", "诉求② 后巷冲洗除味"],
        "body": "4 小时内已签收。",
        "chips": [("referral", "working")],
    },
    {
        "lane": "news",
        "day": on(-8),
        "title": "《今晚八点》播出，App 同步",
        "link": {"url": "#story", "label": "看报道"},
        "body": "“三天一清的后巷”。播前已告知被报道单位，并刊发其说明。",
    },
    {
        "lane": "gov",
        "day": on(-5),
        "time": at(-5, 16, 30),
        "title": "部门答复（第 1 版）：承诺办理",
        "children": [
            {"text": "① 每日清运", "chip": ("item", "done")},
            {"text": "② 后巷冲洗除味", "chip": ("item", "plan")},
        ],
        "link": {"url": "#answers", "label": "逐项看答复"},
    },
    {
        "lane": "gov",
        "day": on(-5),
        "title": "申请延期一次，获准",
        "tone": "ball",
        "body": "原期限 11 月 20 日，理由已公开。",
    },
    {
        "lane": "news",
        "day": on(-4),
        "time": at(-4, 6, 40),
        "title": "回访：①属实，②未完成",
        "tone": "",
        "chips": [("verdict", "partial"), ("method", "on_site")],
        "pair": {"before": BEFORE, "after": AFTER, "note": "小虎队上午 6:40 到点，同一机位。"},
    },
    {"lane": "gov", "day": on(-3), "title": "内部研究记录", "hidden": "含未成年人信息，依法不公开"},
    {
        "lane": "gov",
        "day": on(2),
        "title": "承诺到期：冲洗除味",
        "future": True,
        "tone": "ball",
        "body": "到期当天小虎队回访；逾期自动进入督办与销号台账。",
    },
]

LONG = "大溪镇潘郎社区（含原潘郎办事处所辖二十三个自然村）下许三路与林石线交叉口东北角的安置房三期地下车库渗水已经二十七个月没有人来修"
CASES: list[dict[str, Any]] = [
    {
        "number": "WL-2026-0417",
        "url": "#c1",
        "title": "箬横大道菜场后巷垃圾三天一清，夏天臭味进屋",
        "category": "市容环卫",
        "town": "箬横镇",
        "stage": "with_department",
        "ball": BALL,
        "late": "due_soon",
        "photos": [BEFORE],
        "supporters": 37,
        "opened": on(-11),
        "news": "published",
        "updated": NOW - timedelta(hours=3),
        "summary": "菜场改造后清运车进不了后巷，改为三天一清。居民说入夏以来臭味进屋，孩子起疹子；保洁公司说合同里没有这一段。",
    },
    {
        "number": "WL-2026-0402",
        "url": "#c2",
        "title": "公交 208 路减班，学生放学等 50 分钟",
        "category": "公共交通",
        "town": "大溪镇",
        "stage": "dispatching",
        "ball": BALL_DESK,
        "supporters": 64,
        "opened": on(-3),
        "news": "none",
        "updated": at(-1),
    },
    {
        "number": "WL-2026-0311",
        "url": "#c3",
        "title": "交房两年办不出不动产证",
        "category": "住房产权",
        "town": "城东街道",
        "stage": "with_department",
        "ball": BALL_LATE,
        "late": "overdue",
        "supporters": 212,
        "opened": on(-46),
        "news": "in_production",
    },
    {
        "number": "WL-2026-0288",
        "url": "#c4",
        "title": LONG,
        "category": "住房物业",
        "town": "大溪镇",
        "stage": "paused",
        "ball": BALL_YOU,
        "supporters": 3,
        "opened": on(-60),
        "news": "none",
    },
    {
        "number": "WL-2026-0263",
        "url": "#c5",
        "title": "石塘渔港码头油污随潮水进了内港",
        "category": "生态环境",
        "town": "石塘镇",
        "stage": "closed",
        "outcome": "resolved",
        "ball": BALL_DONE,
        "photos": [AFTER],
        "supporters": 18,
        "opened": on(-70),
        "news": "followed_up",
    },
]


def _view(
    command: str,
    label: str,
    allowed: bool = True,
    reasons: tuple[str, ...] = (),
    lane: Any = "gov",
    danger: bool = False,
) -> MoveView:
    return MoveView(Move("case", command, ("open",), "open", ("D",), label, lane=lane, danger=danger), allowed, reasons)


MOVES = [
    _view("offer", "派回访", lane="news"),
    _view("redo", "退回重答"),
    _view("extend", "批准延期"),
    _view("withdraw", "撤回转办单", danger=True),
    _view("merge", "并案"),
    _view("close", "结案", False, ("诉求②未到承诺日。", "答复之后没有回访。")),
    _view("give_up", "定为部门未答复", False, ("还没有超过期限的两倍。",)),
]

QUEUE: list[dict[str, Any]] = [
    {
        "id": 1,
        "url": "#q1",
        "title": "路口井盖缺失，已有人跌倒",
        "meta": "线索 · 1 张照片 · 匿名",
        "place": "泽国镇",
        "todo": "受理",
        "due": NOW + timedelta(minutes=12),
        "late": "due_soon",
        "chips": [("urgency", "emergency")],
        "unread": True,
    },
    {
        "id": 2,
        "url": "#q2",
        "title": "菜场后巷垃圾三天一清",
        "meta": "WL-2026-0417 · 37 人",
        "place": "箬横镇",
        "todo": "核对答复第 1 版",
        "due": at(0, 23),
        "late": "due_soon",
    },
    {
        "id": 3,
        "url": "#q3",
        "title": "夜市油烟直排居民窗口",
        "meta": "线索 · 与 WL-2026-0398 相似 0.87",
        "place": "太平街道",
        "todo": "并入或立案",
        "due": NOW + timedelta(minutes=130),
        "unread": True,
    },
    {
        "id": 4,
        "url": "#q4",
        "title": "公交 208 路减班，学生放学等 50 分钟",
        "meta": "WL-2026-0402",
        "place": "大溪镇",
        "todo": "派小虎队",
        "due": at(1, 9, 40),
    },
    {
        "id": 5,
        "url": "#q5",
        "title": "河道发黑（三审 2/3 已签）",
        "meta": "报道 · 第 4 版",
        "place": "新河镇",
        "todo": "终签",
        "due": at(1, 18, 30),
    },
    {
        "id": 6,
        "url": "#q6",
        "title": "交房两年办不出不动产证",
        "meta": "WL-2026-0311 · 第二次异议",
        "place": "城东街道",
        "todo": "召集会商",
        "due": at(-1),
        "late": "overdue",
    },
    {
        "id": 7,
        "url": "#q7",
        "title": LONG,
        "meta": "WL-2026-0288",
        "place": "大溪镇",
        "todo": "定为部门未答复或延长督办",
        "due": at(-40),
        "late": "long_overdue",
    },
]

DEMANDS: list[dict[str, Any]] = [
    {
        "no": "①",
        "text": "恢复每日清运",
        "state": "done",
        "verdict": "confirmed",
        "answer": "11 月 16 日起由市环卫处每日 5:30 前清运，改用小型车进后巷。承办人：环卫科（电话见内页）。",
        "files": [{"name": "清运单 11-16 至 11-18", "url": "#"}, {"name": "现场照片 2 张", "url": "#"}],
    },
    {
        "no": "②",
        "text": "后巷冲洗除味，清掉历史堆积",
        "state": "plan",
        "due": on(2),
        "verdict": "not_fixed",
        "answer": "会同箬横镇清理北口历史堆积后冲洗，25 日前完成。",
    },
    {"no": "③", "text": "公开清运时间表", "state": "open"},
]

SIGNATURES: list[dict[str, Any]] = [
    {"label": "初审", "name": "陈一舟", "when": at(-1, 15, 20), "state": "signed"},
    {
        "label": "复审",
        "name": "林守拙",
        "when": at(-1, 17, 5),
        "state": "returned",
        "note": "第三段的数字请注明来源；河道名与附图不一致。",
    },
    {"label": "终签", "state": "waiting"},
]

STATS = [
    {"label": "正在办", "value": 128, "unit": "件", "url": "#", "note": "比上周多 6 件"},
    {"label": "本周办成", "value": 23, "unit": "件", "tone": "ok", "note": "其中回访属实 21 件"},
    {"label": "超期", "value": 7, "unit": "件", "tone": "late", "url": "#"},
    {"label": "平均用时", "value": "6.4", "unit": "天"},
    {"label": "小虎队出动", "value": 1204, "unit": "次", "tone": "news", "note": "今年以来"},
]


@dataclass(frozen=True)
class Facts:
    """Shows that macros take dataclasses as well."""

    text: str
    due: date
    state: str
    unit: str = ""


PROMISES = [
    Facts("每日清运（11-16 起）", on(-7), "kept", "市综合行政执法局"),
    Facts("后巷冲洗除味", on(2), "due_soon", "市综合行政执法局"),
    Facts("北口历史堆积清除", on(20), "open", "箬横镇"),
    Facts("公布清运时间表", on(-3), "broken", "市综合行政执法局"),
]
FACETS = [
    {
        "label": "办到哪一步",
        "options": [
            {"label": "", "url": "#", "count": 46, "chip": ("stage", "with_department"), "current": True},
            {"label": "", "url": "#", "count": 12, "chip": ("stage", "verifying")},
            {"label": "", "url": "#", "count": 31, "chip": ("stage", "closed")},
        ],
    },
    {
        "label": "镇街",
        "open": True,
        "more": "#",
        "options": [
            {"label": "太平街道", "url": "#", "count": 21},
            {"label": "箬横镇", "url": "#", "count": 14},
            {"label": "石塘镇", "url": "#", "count": 0},
        ],
    },
]
DIFF = [
    ("same", "记者在后巷看到，垃圾桶"),
    ("del", "全部"),
    ("ins", "九个中有七个"),
    ("same", "已经满溢。"),
    ("ins", "居民周女士（化名）说，入夏以来没有断过。"),
    ("same", "综合执法局表示，将恢复每日清运。"),
]
STORY = (
    "清晨六点四十分，后巷北口的九只垃圾桶里有七只已经满溢。记者用同一机位拍了两次，间隔二十六小时，袋子的位置没有变。\n"
    "“以前天天清，菜场改造后车子进不来，就成了三天一清。”住在二楼的周女士（化名）说。\n"
    "市综合行政执法局环卫科在书面说明中表示，清运合同没有覆盖改造后新增的八十米后巷，将改用小型车，恢复每日清运。本报将在承诺到期日再次到场。"
)
