"""Forms of the account pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

NEEDED = InputRequired("请填写。")


class LoginForm(FlaskForm):
    login = StringField("账号", validators=[NEEDED])
    password = PasswordField("密码", validators=[NEEDED])
    next = HiddenField()


class PasswordForm(FlaskForm):
    password = PasswordField("新密码", validators=[NEEDED],
                             description="至少 12 个字符，可以是一句话；不要用姓名、生日、123456。")
    password2 = PasswordField("再输入一次", validators=[NEEDED])


class ChangeForm(PasswordForm):
    current = PasswordField("现在的密码", validators=[NEEDED])
