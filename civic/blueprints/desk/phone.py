"""The telephone form: one page for the clerk, in the order people tell things."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from civic.kit.text import clean
from civic.reference import lookup
from civic.tips import draft as rules
from civic.tips import places
from civic.tips.draft import Draft
from civic.web import options


def _cleaned(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


class PhoneForm(FlaskForm):
    """What the clerk writes down."""

    sealed = HiddenField()
    emergency = BooleanField(_l("有人正处在危险中"), description=_l("先请对方挂断、直接拨打下面的号码，再登记。"))
    text = TextAreaField(_l("发生了什么"), description=_l("按对方的话写；不写姓名和电话，那两样填在下面。"), filters=[_cleaned],
                         validators=[Optional(), Length(max=rules.TEXT_LIMIT)])
    address = StringField(_l("地址或旁边的标志"), filters=[_cleaned], validators=[Optional(), Length(max=rules.ADDRESS_LIMIT)])
    area = SelectField(_l("镇街、村社"), validate_choice=False)
    unknown = BooleanField(_l("对方说不清在哪里"))
    category = SelectField(_l("类别"), validate_choice=False, description=_l("拿不准就不选。"))
    consent = RadioField(_l("联系方式怎么用"), choices=[
        ("editors", _l("只给编辑部")), ("pass_on", _l("可以转给承办单位")), ("anonymous", _l("匿名，不留"))],
        validate_choice=False)
    phone = StringField(_l("电话"), filters=[_cleaned], validators=[Optional(), Length(max=40)])
    name = StringField(_l("怎么称呼"), filters=[_cleaned], validators=[Optional(), Length(max=rules.NAME_LIMIT)])

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        listed: dict[str, list[tuple[str, str]]] = {"": [("", "请选择")]}
        for town in lookup.towns():
            listed[town.name] = [(town.code, f"{town.name}（不知道哪个村）"),
                                 *((row.code, row.name) for row in lookup.villages(town.code))]
        self.area.choices = listed
        groups: dict[str, list[tuple[str, str]]] = {"": [("", "请选择")]}
        for group, rows in options.categories():
            groups[str(group)] = [(str(code), str(name)) for code, name in rows]
        self.category.choices = groups


def draft(form: PhoneForm, nonce: str, code: str) -> tuple[Draft, dict[str, str]]:
    """The tip as `tips.submit` takes it, and what is wrong with the place, by field."""
    area = str(form.area.data or "")
    found = places.read(places.Given(
        address=str(form.address.data or ""), town=area if len(area) != 12 else "", village=area if len(area) == 12 else "",
        unknown=bool(form.unknown.data)))
    problems = dict(found.errors or {})
    if found.question:
        problems["address"] = found.question
    anonymous = form.consent.data == "anonymous"
    return Draft(
        text=str(form.text.data or ""), nonce=nonce, emergency=bool(form.emergency.data),
        category=str(form.category.data or "") or None, place=found.columns or {}, consent=str(form.consent.data or ""),
        name="" if anonymous else str(form.name.data or ""), phone="" if anonymous else str(form.phone.data or ""),
        receipt=code, channel="phone"), {("area" if name in ("town", "village") else name): text
                                         for name, text in problems.items()}
