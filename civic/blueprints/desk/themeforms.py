"""Forms of the themes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from civic.cases import themes


class ThemeForm(FlaskForm):
    kind = RadioField(_l("哪一种"), choices=[("month", _l("月度主攻题")), ("column", _l("专栏")), ("long", _l("长篇系列"))], default="month",
                      validate_choice=False)
    month = StringField(_l("月份"), validators=[Optional(), Length(max=7)], description=_l("写成 2026-11 这样。"))
    title = StringField(_l("主攻什么"), validators=[Optional(), Length(max=themes.TITLE)])
    starts_on = StringField(_l("从哪天"), validators=[Optional(), Length(max=10)], description=_l("写成 2026-11-01 这样；按月的可以不写。"))
    ends_on = StringField(_l("到哪天"), validators=[Optional(), Length(max=10)], description=_l("长期的专栏不写。"))
    target_cases = StringField(_l("要解决几件"), validators=[Optional(), Length(max=4)], description=_l("没有指标就留空。"))
    target_stories = StringField(_l("要播几篇"), validators=[Optional(), Length(max=4)], description=_l("没有指标就留空。"))
    lead = SelectField(_l("牵头单位"), choices=[], validate_choice=False)
    goal = TextAreaField(_l("做到什么"), validators=[Optional(), Length(max=themes.WORDS)],
                         description=_l("月底能数得出来：几件办成、哪条路修好、哪项规定出台。"))


class CaseForm(FlaskForm):
    number = StringField(_l("案件号"), validators=[Optional(), Length(max=30)])


class ReportForm(FlaskForm):
    report = TextAreaField(_l("结题报告"), validators=[Optional(), Length(max=themes.WORDS)],
                           description=_l("做到了什么、没做到什么、接下来怎么办。公开主攻题时大家都看得到。"))


class StoryForm(FlaskForm):
    story = SelectField(_l("报道"), choices=[], validate_choice=False)
