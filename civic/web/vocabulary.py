"""How every state looks: one word, one shape, one tone. The only place that decides it.

Words of states and choices come from the workflow tables; derived labels and words only
pages use are written here.
A colour never speaks alone, so within one kind no two values share a shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext

from civic.web.shapes import SHAPES
from civic.workflow import (
    answering,
    assignment,
    case,
    coverage,
    exposure,
    external,
    publication,
    referral,
    supervision,
    tip,
    verifying,
)
from civic.workflow.machine import N_, ROLE_NAMES
from civic.workflow.tables import MACHINES

TONES = ("news", "gov", "ball", "late", "ok", "plain", "quiet")


@dataclass(frozen=True, slots=True)
class Term:
    """A value as people see it. `message` is the untranslated Chinese; `word` is in the reader's language."""

    value: str
    message: str
    shape: str
    tone: str

    @property
    def word(self) -> str:
        return gettext(self.message) if self.message else ""


def _terms(words: Mapping[str, str] | Iterable[tuple[str, str]], looks: str = "") -> dict[str, Term]:
    """Words in their given order, each with its look: "value shape tone, …". A word without a look gets the dot."""
    found = {value: (shape, tone) for value, shape, tone in (look.split() for look in looks.split(",") if look)}
    return {value: Term(value, word, *found.get(value, ("dot", "plain"))) for value, word in dict(words).items()}


STAGES = _terms(
    {
        "queued": N_("待办"), "dispatching": N_("派单中"), "investigating": N_("调查中"),
        "with_department": N_("部门办理中"), "paused": N_("待补充"), "verifying": N_("回访中"),
        "wrapping": N_("待结案"), "closed": N_("已结案"), "merged": N_("已并案"), "archived": N_("已归档"),
    },
    "queued ring plain, dispatching arrow plain, investigating diamond news, with_department square gov, "
    "paused bars ball, verifying target news, wrapping flag gov, closed seal ok, merged join quiet, "
    "archived box quiet",
)

OUTCOMES = _terms(
    case.RESOLUTIONS,
    "resolved check ok, partly half ok, explained book gov, planned calendar ball, unfounded slash quiet, "
    "unanswered alert late, rerouted turn gov, stopped cross quiet",
)

NEWS = _terms(
    {
        "none": N_("未报道"), "planned": N_("已列选题"), "in_production": N_("采写中"), "signed": N_("已签发"),
        "published": N_("已报道"), "followed_up": N_("已回访报道"),
    },
    "none dash quiet, planned ring news, in_production pen news, signed stamp news, published diamond news, "
    "followed_up double news",
)

LATE = _terms(
    {"none": N_("按期"), "due_soon": N_("快到期"), "overdue": N_("超期"), "long_overdue": N_("严重超期")},
    "none clock plain, due_soon hourglass ball, overdue alert late, long_overdue alerts late",
)

CLOCKS = _terms(
    {"running": N_("在走"), "overdue": N_("已超期"), "kept": N_("按时"), "late": N_("迟了"), "stopped": N_("停着"),
     "over": N_("不再计")},
    "running clock plain, overdue alert late, kept check ok, late flag late, stopped bars ball, over dash quiet",
)

DAYS = _terms(
    {"received": N_("起算的那天，不计"), "workday": N_("工作日"), "makeup": N_("调休上班"), "weekend": N_("周末，不计"),
     "holiday": N_("放假，不计"), "paused": N_("停表等补充，不计"), "stopped": N_("应急停表，不计"), "natural": N_("计入")},
    "received ring plain, workday square gov, makeup double gov, weekend dash quiet, holiday slash quiet, "
    "paused bars ball, stopped hourglass ball, natural dot gov",
)

SUPERVISIONS = _terms(
    supervision.STATES,
    "open ring ball, answered book gov, returned turn late, accepted check ok, raised flag late, ended dash quiet",
)

VOCABULARY: Mapping[str, Mapping[str, Term]] = {
    "clock": CLOCKS, "clock_day": DAYS, "supervision": SUPERVISIONS,
    "stage": STAGES,
    "outcome": OUTCOMES,
    "news": NEWS,
    "late": LATE,
    "tip": _terms(
        tip.STATES,
        "new ring news, asking bars ball, accepted check ok, declined slash quiet, withdrawn turn quiet",
    ),
    "tip_reason": _terms(
        {**dict(tip.DECLINE_REASONS), "no_reply": N_("逾期未补充")},
        "emergency_redirect alert late, out_of_area pin quiet, out_of_scope dash quiet, legal_route book gov, "
        "commercial stamp quiet, private_dispute half quiet, spam cross quiet, unfounded slash quiet, "
        "already_settled seal quiet, no_reply hourglass quiet",
    ),
    "assignment": _terms(
        assignment.STATES,
        "offered arrow ball, accepted diamond news, submitted flag news, done check ok, declined turn quiet, "
        "cancelled cross quiet",
    ),
    "assignment_kind": _terms(
        assignment.KINDS,
        "investigate diamond news, mediate join gov, cover pen news, verify target news",
    ),
    "assignment_reason": _terms(
        {**dict(assignment.DECLINE_REASONS), "no_answer": N_("未回应")},
        "load box quiet, leave calendar quiet, conflict_of_interest slash quiet, skill half quiet, "
        "safety alert quiet, no_answer hourglass quiet",
    ),
    "referral": _terms(
        referral.STATES,
        "draft pen quiet, sent arrow gov, working square gov, answered flag gov, settled check ok, "
        "returned turn quiet, unanswered alert late, withdrawn cross quiet",
    ),
    "external": _terms(
        dict(external.CHANNELS), "12345 arrow quiet, mhws join quiet, 12315 book quiet, letters stamp quiet, other dash quiet"),
    "referral_role": _terms(
        {"lead": N_("主办"), "partner": N_("协办"), "joint": N_("会办")},
        "lead square gov, partner half gov, joint join gov",
    ),
    "answer": _terms(
        referral.RESULTS,
        "done check ok, plan calendar ball, explain book gov, not_ours turn quiet, refuse cross late",
    ),
    "coverage": _terms(
        coverage.STATES,
        "planned ring news, drafting pen news, in_review hourglass ball, approved stamp ok, dropped slash quiet",
    ),
    "format": _terms(
        coverage.FORMATS,
        "text book plain, tv square plain, radio target plain, video arrow plain, memo box plain",
    ),
    "publication": _terms(
        publication.STATES,
        "queued hourglass ball, live diamond news, pulled slash quiet",
    ),
    "verdict": _terms(
        assignment.VERDICTS,
        "confirmed check ok, partial half ball, not_fixed cross late, cannot_tell dash quiet",
    ),
    "method": _terms(
        assignment.METHODS,
        "on_site pin plain, call ring plain, citizen seal plain, observer target plain",
    ),
    "exposure": _terms(
        exposure.STATES,
        "internal lock quiet, public eye plain",
    ),
    "precision": _terms(
        exposure.PRECISIONS,
        "exact pin plain, grid square plain, village half plain, town ring plain",
    ),
    "consent": _terms(
        {"anonymous": N_("匿名"), "editors": N_("只给编辑部"), "pass_on": N_("可转承办单位")},
        "anonymous slash quiet, editors lock plain, pass_on arrow gov",
    ),
    "grade": _terms(
        case.GRADES,
        "A alerts news, B diamond news, C ring plain",
    ),
    "urgency": _terms(
        case.URGENCIES,
        "normal dot plain, urgent hourglass ball, emergency alert late",
    ),
    "ball": _terms(
        {
            "newsroom": N_("融媒体中心"), "department": N_("承办单位"), "citizen": N_("反映人"),
            "nobody": N_("无人待办"),
        },
        "newsroom diamond news, department square gov, citizen ring ball, nobody seal quiet",
    ),
    "machine": _terms(
        {name: machine.label for name, machine in MACHINES.items()},
        "tip ring news, case square plain, exposure eye plain, assignment diamond news, referral flag gov, "
        "coverage pen news, publication stamp news",
    ),
    "role": _terms(
        ROLE_NAMES,
    ),
    "promise": _terms(
        {"kept": N_("已兑现"), "open": N_("承诺中"), "due_soon": N_("快到期"), "broken": N_("未兑现"), "settled": N_("了结")},
        "settled slash quiet, kept check ok, open calendar plain, due_soon hourglass ball, broken alert late",
    ),
    "mark": _terms(
        answering.MARKS, "unreasonable slash quiet, beyond_duty turn quiet",
    ),
    "ground": _terms(
        verifying.GROUNDS, "flood bars plain, abuse cross late, threat alert late",
    ),
    "call": _terms(
        verifying.OUTCOMES,
        "reached check ok, no_answer ring plain, refused slash late, wrong_number cross late",
    ),
    "item": _terms(
        {
            "open": N_("待答复"), "done": N_("已办好"), "plan": N_("承诺办理"), "explain": N_("依规解释"),
            "not_ours": N_("不属本单位"), "refuse": N_("无法办理"), "unanswered": N_("未答复"),
            "kept": N_("答了，还没公开"), "gone": N_("不再由它答"),
        },
        "kept flag gov, gone dash quiet, open ring plain, done check ok, plan calendar ball, explain book gov, not_ours turn quiet, "
        "refuse cross late, unanswered alert late",
    ),
    "upload": _terms(
        {
            "waiting": N_("待传"), "sending": N_("在传"), "done": N_("已传"), "failed": N_("没传上"),
            "refused": N_("不能收"),
        },
        "waiting ring quiet, sending half ball, done check ok, failed alert late, refused cross late",
    ),
    "signature": _terms(
        {"signed": N_("已签"), "waiting": N_("待签"), "returned": N_("退回"), "void": N_("作废")},
        "signed stamp ok, waiting ring ball, returned turn late, void slash quiet",
    ),
    "solved": _terms(
        {"yes": N_("已解决"), "partly": N_("部分解决"), "no": N_("未解决")},
        "yes check ok, partly half ball, no cross late",
    ),
    "rating": _terms(
        {"5": N_("很满意"), "4": N_("满意"), "3": N_("基本满意"), "2": N_("不满意"), "1": N_("很不满意")},
        "5 double ok, 4 check ok, 3 half plain, 2 slash late, 1 cross late",
    ),
}

LANES = {"news": N_("新闻这一路"), "gov": N_("办理这一路"), "both": N_("两路")}


def term(kind: str, value: object) -> Term:
    """The term of a value; a value the vocabulary does not know is shown as it is, with the plain dot."""
    text = "" if value is None else str(value)
    return VOCABULARY.get(kind, {}).get(text) or Term(text, text, "dot", "plain")


def words(kind: str) -> list[tuple[str, str]]:
    """(value, word) of a kind in its order, for selects and facets."""
    return [(found.value, found.word) for found in VOCABULARY[kind].values()]


def shape_path(name: str) -> str:
    """SVG path data on a 16 × 16 grid, to be filled with the even-odd rule."""
    return SHAPES.get(name, SHAPES["dot"])
