"""Tables, relationships and constraints. No rules, no queries, no commits."""

from civic.models.base import Base, db
from civic.models.cases import Case, Media, Support, Verification, Watermark
from civic.models.field import Assignment, CheckIn, Note
from civic.models.insight import FigureCase, FigureOrder, FigureState
from civic.models.ledger import Event, FormNonce, Notice, Outbox, Stream, Timer
from civic.models.newsroom import Coverage, DailyList, Publication, Signature, Version
from civic.models.orders import Answer, AnswerItem, DemandItem, Extension, Objection, Pause, Referral
from civic.models.people import Grant, Invitation, LoginFailure, Member, Shift, Team, User
from civic.models.reference import (
    CalendarDay,
    CalendarYear,
    Category,
    CountySetting,
    Department,
    Redirect,
    SlaClass,
    Town,
    Village,
)
from civic.models.tips import Evaluation, Identity, IdentityAccess, Tip, TipLink, TipMessage

__all__ = [
    "Answer", "AnswerItem", "Assignment", "Base", "CalendarDay", "CalendarYear", "Case", "Category", "CheckIn",
    "CountySetting", "Coverage", "DailyList", "DemandItem", "Department", "Evaluation", "Event", "Extension",
    "FigureCase", "FigureOrder", "FigureState", "FormNonce", "Grant", "Identity", "IdentityAccess", "Invitation",
    "LoginFailure", "Media", "Member", "Note", "Notice", "Objection", "Outbox", "Pause", "Publication", "Redirect",
    "Referral", "Shift", "Signature", "SlaClass", "Stream", "Support", "Team", "Timer", "Tip", "TipLink",
    "TipMessage", "Town", "User", "Verification", "Version", "Village", "Watermark", "db",
]
