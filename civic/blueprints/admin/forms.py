"""Forms of the administrator's pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp

NEEDED = InputRequired("请填写。")
ROLE_CHOICES = [("intake", _l("受理员")), ("duty", _l("值班编辑")), ("reporter", _l("记者")), ("review1", _l("初审")),
                ("review2", _l("复审")), ("chief", _l("总编辑")), ("officer", _l("承办单位")),
                ("supervisor", _l("督查室")), ("admin", _l("管理员"))]
MEMBER_ROLES = [("reporter", _l("记者")), ("lead", _l("队长")), ("camera", _l("摄像")), ("editor", _l("编辑")),
                ("liaison", _l("联络"))]


class UserForm(FlaskForm):
    login = StringField("账号", validators=[NEEDED, Length(max=40, message="最多 40 个字符。")],
                        description="字母、数字或 . - _，登录时用。")
    name = StringField("姓名", validators=[NEEDED, Length(max=40, message="最多 40 字。")])
    email = StringField("邮箱", validators=[Optional(), Length(max=120), Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z",
                                                                           message="邮箱写得不对。")])
    role = SelectField("角色", choices=ROLE_CHOICES)
    department = SelectField("承办单位", choices=[], validate_choice=False, description="只有「承办单位」角色要选。")


class GrantForm(FlaskForm):
    role = SelectField("角色", choices=ROLE_CHOICES)
    department = SelectField("承办单位", choices=[], validate_choice=False)


class TeamForm(FlaskForm):
    name = StringField("名称", validators=[NEEDED, Length(max=40, message="最多 40 字。")])
    slug = StringField("网址里的名字", validators=[NEEDED, Regexp(r"[a-z0-9-]{2,40}\Z", message="用 2–40 个小写字母、数字或短横。")])
    kind = RadioField("类型", choices=[("squad", _l("小虎队（常设）")), ("taskforce", _l("专班（有期限）"))], default="squad")
    beat = StringField("报道方向", validators=[Optional(), Length(max=120)])
    charter = TextAreaField("职责", validators=[Optional(), Length(max=1000)])
    towns = SelectMultipleField("片区", choices=[], validate_choice=False)
    starts_on = DateField("开始", validators=[Optional()])
    ends_on = DateField("结束", validators=[Optional()])


class MemberForm(FlaskForm):
    user = SelectField("谁", choices=[], validate_choice=False)
    role = SelectField("任什么", choices=MEMBER_ROLES)
