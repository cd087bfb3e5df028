"""Monthly themes 月度主攻题 as everybody sees them (R41)."""

from __future__ import annotations

import uuid

from flask import render_template

from civic.blueprints.public import bp, page
from civic.cases import public
from civic.web import guard


@bp.get("/themes")
@guard.public
def theme_list() -> str:
    found = public.theme_list()
    return render_template("public/themes.html", rows=found.rows, fresh=found.fresh)


@bp.get("/themes/<uuid:key>")
@guard.public
def theme(key: uuid.UUID) -> str:
    found = public.theme(key)
    return render_template("public/theme.html", theme=found, row=found.row, cards=page.cards(found.cards), fresh=found.fresh)
