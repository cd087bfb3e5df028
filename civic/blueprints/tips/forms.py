"""The fields of each step. They read and bound; what is enough is for `civic.tips` to say."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from civic.kit.text import clean
from civic.reference import lookup
from civic.tips import draft
from civic.workflow import tip as rules


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


class What(Form):
    text = TextAreaField(_l("发生了什么"), filters=[_cleaned], validators=[Optional(), Length(max=draft.TEXT_LIMIT)])
    photos = MultipleFileField(_l("照片、视频或录音"))


class Where(Form):
    """Each alone is enough. The village list is that of the chosen town, so that a phone need not load them all."""

    lng = HiddenField(filters=[_cleaned])
    lat = HiddenField(filters=[_cleaned])
    datum = HiddenField(filters=[_cleaned])
    source = HiddenField(filters=[_cleaned])
    accuracy = HiddenField(filters=[_cleaned])
    address = StringField(_l("地址或旁边的标志"), filters=[_cleaned],
                          validators=[Optional(), Length(max=draft.ADDRESS_LIMIT)])
    town = SelectField(_l("镇（街道）"), validate_choice=False)
    village = SelectField(_l("村（社区）"), validate_choice=False)
    unknown = BooleanField(_l("说不清在哪里"))

    def list_places(self, town: str) -> None:
        """Fills the two lists."""
        self.town.choices = [("", str(_l("请选择"))), *((row.code, row.name) for row in lookup.towns())]
        rows = lookup.villages(town) if town else []
        self.village.choices = [("", str(_l("不选也行")))] + [(row.code, row.name) for row in rows]


class ContactForm(Form):
    consent = RadioField(_l("选一种"), choices=[
        ("anonymous", _l("匿名")), ("editors", _l("只给编辑部")), ("pass_on", _l("可以转给承办单位"))],
        validate_choice=False)
    phone = StringField(_l("电话"), filters=[_cleaned])
    wechat = StringField(_l("微信号"), filters=[_cleaned])
    name = StringField(_l("怎么称呼您"), filters=[_cleaned], validators=[Optional(), Length(max=draft.NAME_LIMIT)])


class Code(Form):
    receipt = StringField(_l("查询码"), filters=[lambda value: _cleaned(value)[:60] if value else ""])


class Kept(Form):
    last4 = StringField(_l("查询码最后 4 位"))


def _limit(command: str, name: str) -> int:
    move = rules.MACHINE.move(command)
    return next(item.limit for item in move.fields if item.name == name)


class Reply(Form):
    text = TextAreaField(_l("您的回答"), filters=[_cleaned],
                         validators=[Optional(), Length(max=_limit("reply", "text"))])
    photos = MultipleFileField(_l("照片"))


class Appeal(Form):
    text = TextAreaField(_l("新的事实或理由"), filters=[_cleaned],
                         validators=[Optional(), Length(max=_limit("appeal", "text"))])
    photos = MultipleFileField(_l("照片"))


class Evaluate(Form):
    solved = RadioField(_l("问题解决了吗"), choices=[
        (value, label) for item in rules.MACHINE.move("evaluate").fields if item.name == "solved"
        for value, label in item.choices], validate_choice=False)
    stars = RadioField(_l("办得满意吗"), choices=[
        (value, label) for item in rules.MACHINE.move("evaluate").fields if item.name == "stars"
        for value, label in item.choices], validate_choice=False)
    text = TextAreaField(_l("想说的话"), filters=[_cleaned],
                         validators=[Optional(), Length(max=_limit("evaluate", "text"))])


class Contest(Form):
    text = TextAreaField(_l("为什么不同意"), filters=[_cleaned], validators=[Optional(), Length(max=1000)])


class Reopen(Form):
    reason = TextAreaField(_l("为什么要重开"), filters=[_cleaned], validators=[Optional(), Length(max=1000)])
    photos = MultipleFileField(_l("照片"))
