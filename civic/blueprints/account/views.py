"""Pages of the account: the same answer for every failed login, links opened by GET and used by POST."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

from flask import Response, flash, g, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from civic.access import accounts
from civic.blueprints.account import bp
from civic.blueprints.account.forms import ChangeForm, LoginForm, PasswordForm
from civic.kit.passwords import COMMON_FILE, Rules
from civic.kit.result import Invalid
from civic.models import db
from civic.notify import inbox
from civic.reference import county
from civic.web import guard, session
from civic.web.language import LANGUAGES

Answer = str | BaseResponse | tuple[str, int]


def local_path(target: str | None) -> str:
    """The target when it is a path of this site, the role's home otherwise (W5: no redirect off-site)."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target:
        parts = urlsplit(target)
        if not parts.scheme and not parts.netloc and target.isprintable():
            return target
    return "/account/home"


def _rules() -> Rules:
    here = county.current()
    local = here.folder / "passwords.txt"
    return Rules.load((here.brand.squad, here.short_name, here.name), (COMMON_FILE, *([local] if local.is_file() else [])))


@bp.get("/login")
@guard.public
def login() -> Answer:
    """The login form."""
    if current_user.is_authenticated:
        return redirect("/account/home")
    return render_template("account/login.html", form=LoginForm(data={"next": request.args.get("next", "")}))


@bp.post("/login")
@guard.public
def do_login() -> Answer:
    """Tries a login; unknown, wrong and switched off look the same."""
    form = LoginForm()
    if not form.validate():
        return render_template("account/login.html", form=form), 422
    name = str(form.login.data)
    wait = accounts.wait_for(name)
    if wait:
        problem = _("试得太多了，请 %(n)s 秒后再试。", n=math.ceil(wait.total_seconds()))
        return render_template("account/login.html", form=form, problem=problem), 429
    user = accounts.authenticate(name, str(form.password.data))
    if user is None:
        db.session.commit()  # the failed try must count although the answer is an error
        return render_template("account/login.html", form=form, problem=_("账号或密码不对。")), 401
    session.log_in(user)
    return redirect(local_path(form.next.data), 303)


@bp.post("/logout")
@guard.public
def logout() -> Answer:
    """Ends the session and has the browser throw away what the field kit kept on this device: pages, outbox, helper script."""
    session.log_out()
    response = redirect("/", 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


HOMES = (("duty", "/desk"), ("chief", "/desk"), ("intake", "/desk"), ("review1", "/stories"), ("review2", "/stories"),
         ("officer", "/orders"), ("supervisor", "/supervision"), ("reporter", "/tasks"), ("admin", "/admin"))


@bp.get("/account/home")
@guard.staff("account")
def home() -> Answer:
    """Leads to the page that lists what waits for this person."""
    target = next((path for role, path in HOMES if role in g.actor.grants), "/account")
    if target == "/account" and g.actor.member_of:
        target = "/tasks"
    return redirect(target)


@bp.get("/account")
@guard.staff("account")
def page() -> Answer:
    """One's own account: roles, notices, password."""
    return render_template("account/page.html", form=ChangeForm(), notices=inbox.latest(g.actor))


@bp.post("/account/password")
@guard.staff("account")
def change_password() -> Answer:
    """Changes the own password; every other session ends."""
    form, user = ChangeForm(), current_user.user
    if form.validate():
        if not accounts.hasher.verify(user.password_hash or "", str(form.current.data)):
            form.current.errors = [_("现在的密码不对。")]
        else:
            try:
                accounts.set_password(user, str(form.password.data), str(form.password2.data), _rules())
            except Invalid as error:
                _put(form, error)
            else:
                session.log_in(user)
                flash(_("密码已改，其他地方的登录都已退出。"), "ok")
                return redirect("/account", 303)
    return render_template("account/page.html", form=form, notices=inbox.latest(g.actor)), 422


def _put(form: PasswordForm, error: Invalid) -> None:
    for name, message in error.errors.items():
        form[name].errors = [message]


@bp.get("/invite/<token>")
@guard.public
def invitation(token: str) -> Answer:
    """Opens an invitation; nothing is used up by looking (mail scanners open every link)."""
    row = accounts.invitation(token)
    return render_template("account/invite.html", form=PasswordForm(), user=row.user)


@bp.post("/invite/<token>")
@guard.public
def accept(token: str) -> Answer:
    """Sets the password and logs in."""
    form, row = PasswordForm(), accounts.invitation(token)
    if form.validate():
        try:
            user = accounts.accept(token, str(form.password.data), str(form.password2.data), _rules())
        except Invalid as error:
            _put(form, error)
        else:
            session.log_in(user)
            return redirect("/account/home", 303)
    return render_template("account/invite.html", form=form, user=row.user), 422


@bp.get("/prefer")
@guard.public
def prefer() -> Answer:
    """Keeps the reader's choice of language, elder view and theme in cookies that say nothing else.

    A plain link: it needs no token, so a page with the switches needs no session cookie.
    """
    response: Response = make_response(redirect(local_path(request.args.get("next") or "/"), 303))
    allowed = {"lang": LANGUAGES, "view": ("elder", ""), "theme": ("light", "dark", "")}
    for name, values in allowed.items():
        value = request.args.get(name)
        if value in values:
            response.set_cookie(name, value or "", max_age=365 * 86400 if value else 0, samesite="Lax", httponly=True)
    return response
