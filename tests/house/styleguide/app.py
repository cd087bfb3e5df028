"""A tiny application that renders the design system alone: no database, strict undefined, the product's CSP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, Response, flash, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

import civic
from civic.web import templating
from civic.workflow.tables import MACHINES
from tests.house.styleguide import content

ROOT = Path(civic.__file__).parent
PAGES = (
    "front",
    "case",
    "cases",
    "desk",
    "tip",
    "receipt",
    "phone",
    "order",
    "story",
    "parts",
    "forms",
    "problem",
    "elder",
)
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SITE: dict[str, Any] = {
    "brand": "小虎队",
    "slogan": "新闻为民",
    "county_name": "示例县",
    "county_short": "示例县",
    "demo": True,
    "lang": "zh-Hans",
    "publisher": "示例县融媒体中心主办",
    "report_url": "#tip",
    "home_url": "/front",
    "hotline": "0576-0000 0000",
    "footer": [
        ("ICP备案", "浙ICP备00000000号", "#"),
        ("公安备案", "浙公网安备 00000000000000号", "#"),
        ("审图号", "", ""),
        ("新闻信息服务许可证", "00000000000", ""),
        ("违法和不良信息举报", "0571-0000 0000", "tel:057100000000"),
    ],
}
NAV = [
    {"label": "首页", "url": "/front", "current": True},
    {"label": "案件", "url": "/cases"},
    {"label": "地图", "url": "#"},
    {"label": "销号台账", "url": "#"},
    {"label": "小虎队", "url": "#"},
    {"label": "承办单位", "url": "#"},
    {"label": "怎么运作", "url": "#"},
]
DESK_NAV = [
    {"label": "等我处理", "url": "/desk", "current": True, "count": 14},
    {"label": "主选题", "url": "#"},
    {"label": "任务", "url": "#"},
    {"label": "转办", "url": "#", "count": 4},
    {"label": "审稿", "url": "#"},
    {"label": "地图", "url": "#"},
]
PHONE_NAV = [
    {"label": "我的任务", "url": "/phone", "icon": "task", "current": True, "count": 3},
    {"label": "到点", "url": "#", "icon": "pin"},
    {"label": "记一笔", "url": "#", "icon": "pen"},
    {"label": "我", "url": "#", "icon": "user"},
]
ME = {"name": "林守拙", "role": "值班编辑 · 复审", "url": "#", "logout_url": "#"}


def _choices(*pairs: tuple[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


class TipForm(FlaskForm):
    """Every kind of field, with limits."""

    title = StringField(
        "一句话说清是什么事", [DataRequired(), Length(max=60)], description="写事情，不写人名、电话、车牌。"
    )
    text = TextAreaField("经过", [Length(max=2000)], description="什么时候开始的、影响谁、找过谁。想到哪写到哪。")
    contact = RadioField(
        "怎么跟你联系",
        choices=_choices(("anonymous", "匿名"), ("editors", "只给编辑部"), ("pass_on", "可以转给承办单位")),
    )
    solved = RadioField("问题解决了吗", choices=_choices(("yes", "已解决"), ("partly", "部分解决"), ("no", "未解决")))
    town = SelectField("镇、街道", choices=_choices(("", "请选择"), ("1", "太平街道"), ("2", "箬横镇")))
    address = StringField("地址或附近的标志", [Length(max=120)])
    lat = HiddenField()
    lng = HiddenField()
    since = DateField("哪天开始的")
    photos = MultipleFileField("照片")
    agree = BooleanField("我确认以上内容是我所见所闻", [DataRequired()])


def _form(errors: bool = False) -> TipForm:
    form = TipForm(meta={"csrf": True})
    if errors:
        form.title.errors = ["写一句话，不超过 60 字。"]
        form.text.data = "后巷三天一清，夏天臭味进屋。" * 8
        form.contact.errors = ["请选一种。"]
        form.agree.errors = ["请先确认。"]
    return form


def create_app() -> Flask:
    app = Flask("styleguide", static_folder=str(ROOT / "static"))
    app.config.update(SECRET_KEY="style guide only", TESTING=True, WTF_CSRF_TIME_LIMIT=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_loader = ChoiceLoader(
        [  # type: ignore[assignment]
            FileSystemLoader(Path(__file__).parent / "templates"),
            FileSystemLoader(ROOT / "templates"),
        ]
    )
    Babel(app, default_locale="zh_Hans")
    CSRFProtect(app)
    templating.init_app(app)

    @app.context_processor
    def provide() -> dict[str, Any]:
        view = "elder" if request.args.get("view") == "elder" or request.path == "/elder" else ""
        return {
            "site": {**SITE, "view": view, "theme": request.args.get("theme", "")},
            "nav": NAV,
            "me": None,
            "c": content,
            "machines": MACHINES,
        }

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CSP
        return response

    @app.get("/<name>")
    def page(name: str) -> Any:
        if name not in PAGES:
            return "", 404
        more: dict[str, Any] = {"form": _form(), "bad": _form(errors=True)}
        if name == "desk":
            flash("已派回访给东片小虎队。", "ok")
            more |= {"nav": DESK_NAV, "me": ME, "desk": {"title": "值班台", "lead_topic": "湖漫水库搬迁安置进度"}}
        if name == "phone":
            more |= {"nav": PHONE_NAV, "me": ME, "sync": {"done": 3, "total": 5}}
        if name == "problem":
            more |= {
                "code": 409,
                "text": "你看到的页面已经不是最新的，这一步没有执行。",
                "target": "/case",
                "changes": ["林守拙 10:42 批准了延期"],
                "kept": [("text", "第②项没有完成，请在 25 日前冲洗并附照片。")],
                "resend": True,
            }
        return render_template(f"styleguide/{'front' if name == 'elder' else name}.html", **more)

    return app
