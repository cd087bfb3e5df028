"""What the kit's templates and scripts are given: words in the reader's language, limits, addresses, assets to keep."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import current_app, g, request, url_for
from flask_babel import gettext as _

from civic.access.rules import allowed
from civic.files import appicon
from civic.newsroom import fieldkit, fieldwork, sides
from civic.newsroom.consents import CONSENTS
from civic.reference import county
from civic.uploads import operations as uploads
from civic.web import vocabulary
from civic.web.said import said
from civic.web.templating import asset
from civic.workflow.assignment import BOTH_SIDES, MACHINE, METHODS, VERDICTS

LIBRARIES = {"idb": "umd.js", "tus-js-client": "tus.min.js"}
SHEETS = ("tokens", "base", "layout", "components", "print", "newsroom", "field", "elder")
SCRIPTS = ("app", "menu", "theme", "sync", "counter", "relative", "field_kit", "field_draw", "field_store", "field_send", "field_leave")
MARK = "X-Field-Kit"
"""Header of a page that a phone may keep; its value is the one person it may be kept for."""
CHUNK = 1024 * 1024
"""Bytes a phone sends at a time: a broken line costs no more."""


def libraries() -> list[str]:
    """Paths under static/ of the two libraries; [] where they are not installed, and the kit is links to ordinary forms."""
    root = Path(current_app.static_folder or "")
    try:
        packages = json.loads((root / "vendor" / "manifest.json").read_text(encoding="utf-8"))["packages"]
        found = [f"{packages[name]['path']}/{file}" for name, file in LIBRARIES.items()]
    except (OSError, ValueError, KeyError):
        return []
    return found if all((root / path).is_file() for path in found) else []


def assets() -> list[str]:
    """Addresses of everything a kit page needs besides itself."""
    plain = [url_for("static", filename=f"js/{name}.js") for name in SCRIPTS]  # modules ask for one another without a hash
    hashed = [asset(f"css/{name}.css") for name in SHEETS] + [asset("img/emblem.svg"), asset("js/app.js")]
    return [*plain, *hashed, *(asset(path) for path in libraries())]


def helper() -> str:
    """The service worker: imports, and what it keeps. Its text changes with every asset, so that phones notice."""
    files = assets()
    root = Path(current_app.static_folder or "")
    version = hashlib.sha256(b"".join((root / "js" / f"{name}.js").read_bytes() for name in (*SCRIPTS, "field_sw"))
                             + "".join(files).encode()).hexdigest()[:12]
    lines = [f"import {json.dumps(asset(path))};" for path in libraries()]
    lines.append(f"import {{ begin }} from {json.dumps(asset('js/field_sw.js'))};")
    given = {"version": version, "files": files, "offline": url_for("field.offline"), "mark": MARK,
             "pages": url_for("field.start"), "state": url_for("field.state")}
    return "\n".join([*lines, f"begin({json.dumps(given)});", ""])


def manifest() -> dict[str, Any]:
    """The web app manifest."""
    name = county.current().brand.squad
    icons = [{"src": url_for("field.icon", size=size, shape=shape), "sizes": f"{size}x{size}", "type": "image/png",
              "purpose": purpose} for size in (192, 512) for shape, purpose in (("plain", "any"), ("round", "maskable"))]
    return {"id": url_for("field.start"), "name": _("%(squad)s 现场包", squad=name), "short_name": name, "lang": "zh-Hans",
            "start_url": url_for("field.start"), "scope": "/", "display": "standalone", "orientation": "portrait-primary",
            "theme_color": "#ad2b19", "background_color": "#faf8f3", "icons": [
                *icons, {"src": asset("img/emblem.svg"), "sizes": "any", "type": "image/svg+xml"}],
            "shortcuts": [{"name": _("我的任务"), "url": url_for("squads.tasks")}, {"name": _("今天怎么走"), "url": "/tasks/map"}]}


def icon(size: int, shape: str) -> bytes:
    """The emblem as PNG; `round` leaves room for the circle a phone cuts."""
    path = Path(current_app.static_folder or "") / "img" / "emblem.svg"
    return appicon.png(path, size, path.stat().st_mtime, margin=0.12 if shape == "round" else 0.0)


def nav() -> list[dict[str, Any]]:
    """The bar at the foot of the phone. Only the first works without a network, and says so."""
    entries = (("field.start", _("现场包"), "wifi_off"), ("squads.tasks", _("任务"), "list"), ("rounds.day", _("地图"), "map"),
               ("squads.squad", _("小队"), "user"))
    return [{"label": label, "url": url_for(name), "icon": shape, "current": request.endpoint == name} for name, label, shape in entries]


def pages() -> list[str]:
    """Addresses the phone of this person may keep: the start page and one page a held task."""
    return [url_for("field.start"), *(url_for("field.task", task_id=key) for key in fieldkit.held(g.actor))]


def may() -> bool:
    return g.actor.kind == "user" and allowed(g.actor, "field")


def config(**more: Any) -> str:
    """What the kit's script is given on every page, as JSON for an attribute."""
    given = {"user": str(g.actor.user_id), "ready": bool(libraries()), "helper": url_for("field.helper"),
            "scope": url_for("field.start"), "state": url_for("field.state"), "sync": "/field/sync/", "uploads": "/uploads/",
            "login": url_for("account.login", next=request.path), "chunk": CHUNK, "limits": uploads.limits(), "pages": pages(),
            "words": words(), **more}
    return json.dumps(given, ensure_ascii=False)


def words() -> dict[str, str]:
    """Sentences of the script; {n}, {m} and {mb} are put in there."""
    return {
        "sent": _("{n}/{m} 已传"), "allSent": _("{m} 条都已传到"), "waiting": _("等着传"), "sending": _("正在传"), "checking": _("已传到，在检查"),
        "done": _("已传到"), "kept": _("已交给值班台"), "refused": _("没有收下"), "blocked": _("等前面的传完再交"),
        "offline": _("没有网络。记的、拍的都先存在这台手机里，有网自己传。"), "login": _("登录已过期。东西都在手机里，登录后接着传。"),
        "goLogin": _("去登录"), "later": _("没传出去，过一会儿自己再试。"), "other": _("这台手机里还有另一位同事没传完的 {n} 条，要他登录后才能传。"),
        "retry": _("再传"), "again": _("另起一条再传"), "remove": _("删掉"), "edit": _("改一改"), "sure": _("还没传到。删掉就没有了，确定？"),
        "stored": _("已存在手机里，有网就传。"), "quota": _("手机空间不够，这个文件没存下。腾出空间再选一次。"),
        "tooBig": _("「{name}」太大：这类文件不超过 {mb} MB，它有 {n} MB。请截短或压缩。"), "empty": _("「{name}」是空的，请重新选。"),
        "position": _("正在取位置……"), "positioned": _("已取到位置，误差 {n} 米。签到已存下。"),
        "denied": _("手机没有允许定位。选一个原因也能签到。"), "noPosition": _("没取到位置。选一个原因也能签到，或到开阔处再点一次。"),
        "needReason": _("选一个原因。"), "needText": _("写几个字。"), "needSpeaker": _("选是谁说的。"), "needFile": _("选一个文件。"),
        "needFindings": _("请写下查到了什么。"), "needSides": _("请说明两方是否都听了。"), "needVerdict": _("请给出回访结论。"),
        "needMethod": _("请说明怎么回访的。"), "needRemote": _("没有到点签到，请说明为什么不到现场。"),
        "notQuotable": _("不可引用的话，不能记作本人认可的原话。"), "handedIn": _("已经存下要交的结果，有网就交。"),
        "check_in": _("到点签到"), "note": _("记一笔"), "file": _("文件"), "submit": _("交任务"), "at": _("{when}（手机时间）"),
        "keptPages": _("离线可用：{n} 条任务存在这台手机里。"), "noHelper": _("这个浏览器存不了离线页，有网时照常能用。"), "percent": _("{n}%"),
        "stillHere": _("这台手机上还有 {n} 条没传，退出就没有了。仍然退出？"), "heard": _("两方都听到了"),
        "heardOne": _("还没听另一方的"), "heardOther": _("还没听反映人的"), "heardNone": _("两方都还没听"), "and": "·"}


def task(kit: fieldkit.Kit) -> dict[str, Any]:
    """The context of one task's page."""
    shown, row = kit.shown, kit.shown.row
    note = next(field for field in MACHINE.move("note").fields if field.name == "speaker")
    point = shown.case.point if shown.case else None
    counts = dict(kit.meter.counts)
    return {
        "kit": kit, "task": shown, "row": row, "nav": nav(), "without": _pairs(fieldwork.NO_PLACE), "speakers": _pairs(note.choices),
        "consents": _pairs(CONSENTS), "both_sides": _pairs(BOTH_SIDES), "verdicts": _pairs(VERDICTS), "methods": _pairs(METHODS),
        "sides": [(key, said(word), counts.get(key, 0)) for key, word in sides.SIDES],
        "limits": {kind: limit // 2**20 for kind, limit in uploads.limits().items()},
        "kind_word": vocabulary.term("assignment_kind", row.kind).word, "route": _route(point, row.title),
        "order": shown.order, "desk": {"title": _("现场包")},
        "config": config(task=str(row.id), title=row.title, kind=row.kind, checkedIn=bool(shown.check_ins),
                         madeAt=int(kit.saved_at.timestamp() * 1000),
                         sides={key: counts.get(key, 0) for key, _word in sides.SIDES})}


def _pairs(choices: Any) -> list[tuple[str, str]]:
    return [(value, said(label)) for value, label in choices]


def _route(point: tuple[float, float] | None, label: str) -> dict[str, str] | None:
    """A geo: address (RFC 5870, WGS-84) that the phone's own map opens, offline maps too."""
    if point is None:
        return None
    lng, lat = point
    return {"url": f"geo:{lat:.6f},{lng:.6f}?q={lat:.6f},{lng:.6f}({quote(label)})", "digits": f"{lat:.5f}, {lng:.5f}"}
