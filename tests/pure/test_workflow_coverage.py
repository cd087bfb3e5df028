"""Coverage 报道 and publication 发布: signed by three people who did not write it, then out channel by channel."""

from __future__ import annotations

from datetime import timedelta

import pytest

from civic.workflow.coverage import SELF_CHECK, next_level
from civic.workflow.facts import CoverageFacts, PublicationFacts
from civic.workflow.publication import earliest
from tests.pure.workflow_kit import DAY, LEFT_OUT, NOW, YES, ask_for, says

DRAFT = CoverageFacts(authors=frozenset({"me"}), version=1, has_body=True)
ONE = CoverageFacts(authors=frozenset({"rep"}), version=1, signed={1: "first"})
TWO = CoverageFacts(authors=frozenset({"rep"}), version=1, signed={1: "first", 2: "second"})
SIGNED = PublicationFacts(coverage_state="approved", approved_version=1)
HOURS = timedelta(hours=1)
LINK = "https://example.org/1"


# -- writing ----------------------------------------------------------------------------------------------------------


def test_reporter_and_editor_pitch_with_or_without_a_case() -> None:
    assert ask_for("coverage", "pitch", "R").after == ask_for("coverage", "pitch", "D").after == "planned"
    assert ask_for("coverage", "start", "D").after == "drafting"


@pytest.mark.parametrize("field", ["title", "angle", "format"])
def test_a_pitch_has_a_title_an_angle_and_a_format(field: str) -> None:
    assert field in says("coverage", "pitch", "R", **{field: ""})


@pytest.mark.parametrize("command", ["save", "submit"])
def test_only_the_author_saves_and_submits(command: str) -> None:
    assert says("coverage", command, "R", facts=DRAFT) == YES
    assert "只有作者" in says("coverage", command, "R", facts=DRAFT, actor="colleague")


def test_an_empty_story_is_not_submitted() -> None:
    assert "还没有稿子" in says("coverage", "submit", "R", facts=CoverageFacts(authors=frozenset({"me"})))


@pytest.mark.parametrize("point", [item.name for item in SELF_CHECK])
def test_the_author_confirms_every_point_of_the_self_check(point: str) -> None:
    assert point in says("coverage", "submit", "R", facts=DRAFT, **{point: False})


def test_every_fact_names_its_source_and_the_bare_ones_are_numbered() -> None:
    bare = CoverageFacts(authors=frozenset({"me"}), has_body=True, unsourced=(2, 4))
    assert "第 2、4 条" in says("coverage", "submit", "R", facts=bare)


def test_a_critical_story_hears_the_other_side_first() -> None:
    deaf = CoverageFacts(authors=frozenset({"me"}), has_body=True, critical=True)
    assert "听取" in says("coverage", "submit", "R", facts=deaf)
    heard = CoverageFacts(authors=frozenset({"me"}), has_body=True, critical=True, reply_sought=True)
    assert says("coverage", "submit", "R", facts=heard) == YES


# -- three signatures -------------------------------------------------------------------------------------------------


def test_first_review_then_second_then_the_chief() -> None:
    fresh = CoverageFacts(authors=frozenset({"rep"}), version=1)
    assert (next_level(fresh), next_level(ONE), next_level(TWO)) == (1, 2, 3)
    assert says("coverage", "sign_off", "E1", facts=fresh) == YES
    assert "先由初审" in says("coverage", "sign_off", "E2", facts=fresh)
    assert says("coverage", "sign_off", "E2", facts=ONE) == YES
    assert "轮到复审" in says("coverage", "sign_off", "E1", facts=ONE)
    assert "轮到总编辑" in says("coverage", "sign_off", "E1 E2", facts=TWO)
    assert ask_for("coverage", "final_sign", "E3", facts=TWO).after == "approved"


@pytest.mark.parametrize("signed", [{}, {1: "first"}, {2: "second"}])
def test_the_chief_does_not_sign_before_the_two_others(signed: dict[int, str]) -> None:
    facts = CoverageFacts(authors=frozenset({"rep"}), signed=signed)
    assert "初审、复审签完" in says("coverage", "final_sign", "E3", facts=facts)


@pytest.mark.parametrize(("command", "roles", "signed"), [
    ("sign_off", "E1", {}), ("sign_off", "E2", {1: "first"}), ("final_sign", "E3", {1: "first", 2: "second"})])
def test_nobody_signs_what_they_wrote(command: str, roles: str, signed: dict[int, str]) -> None:
    facts = CoverageFacts(authors=frozenset({"rep", "me"}), signed=signed)
    assert "自己写的" in says("coverage", command, roles, facts=facts)


@pytest.mark.parametrize(("command", "signed"), [
    ("sign_off", {1: "me"}), ("final_sign", {1: "me", 2: "second"}), ("final_sign", {1: "first", 2: "me"})])
def test_nobody_signs_twice_whatever_hats_they_wear(command: str, signed: dict[int, str]) -> None:
    facts = CoverageFacts(authors=frozenset({"rep"}), signed=signed)
    assert "三个人" in says("coverage", command, "E1 E2 E3", facts=facts)


def test_an_editor_who_only_edits_signs_nothing() -> None:
    assert says("coverage", "sign_off", "D R I L") == "not allowed"
    assert says("coverage", "final_sign", "E1 E2 D", facts=TWO) == "not allowed"


def test_a_reviewer_returns_a_story_with_notes() -> None:
    for role in ("E1", "E2", "E3"):
        assert ask_for("coverage", "return", role).after == "drafting"
    assert "note" in says("coverage", "return", "E1", note="")
    assert "自己写的" in says("coverage", "return", "E1", facts=DRAFT), "an author takes it back by asking a reviewer"


def test_a_signed_story_is_taken_back_to_be_changed_with_a_reason() -> None:
    for role in ("R", "D", "E3"):
        assert ask_for("coverage", "recall", role).after == "drafting"
    assert "reason" in says("coverage", "recall", "D", reason="")


@pytest.mark.parametrize("state", ["planned", "drafting", "in_review", "approved"])
def test_a_story_is_dropped_only_when_nothing_of_it_is_out(state: str) -> None:
    assert ask_for("coverage", "drop", "D", state).after == "dropped"
    assert "先撤下" in says("coverage", "drop", "E3", state, CoverageFacts(queued_or_live=1))
    assert says("coverage", "drop", "R", state) == "not allowed"


def test_a_dropped_story_comes_back_as_a_plan() -> None:
    assert ask_for("coverage", "revive", "D").after == "planned"
    assert "reason" in says("coverage", "revive", "D", reason="")


def test_only_the_chief_waives_the_notice_of_a_critical_story() -> None:
    critical = CoverageFacts(critical=True)
    assert says("coverage", "waive_notice", "E3", facts=critical) == YES
    assert says("coverage", "waive_notice", "D", facts=critical) == "not allowed"
    assert "不需要" in says("coverage", "waive_notice", "E3")
    assert "reason" in says("coverage", "waive_notice", "E3", facts=critical, reason="")


# -- putting out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["planned", "drafting", "in_review", "dropped"])
def test_only_a_signed_story_is_queued_or_goes_out(state: str) -> None:
    unsigned = PublicationFacts(coverage_state=state)
    assert "终审签发" in says("publication", "queue", "D", facts=unsigned)
    assert "终审签发" in says("publication", "go_live", "D", facts=unsigned, link=LINK), "recalled after queueing"


def test_one_story_is_once_on_a_channel() -> None:
    taken = PublicationFacts(coverage_state="approved", channel_taken=True)
    assert "已经有" in says("publication", "queue", "D", facts=taken)
    assert ask_for("publication", "queue", "D", facts=SIGNED).after == "queued"
    assert "channel" in says("publication", "queue", "D", facts=SIGNED, channel=LEFT_OUT)


def test_an_embargo_and_a_chosen_time_never_exclude_each_other_the_later_one_counts() -> None:
    quiet = PublicationFacts(coverage_state="approved", embargo_until=NOW + 2 * DAY)
    for chosen in (None, NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY):
        assert says("publication", "queue", "D", facts=quiet, not_before=chosen) == YES
    assert earliest(NOW + DAY, NOW + 2 * DAY) == earliest(NOW + 2 * DAY, NOW + DAY) == NOW + 2 * DAY
    assert earliest(NOW, None) == earliest(None, NOW) == NOW and earliest(None, None) is None


def test_words_for_a_channel_beyond_the_signed_version_keep_it_back_until_they_are_signed() -> None:
    added = PublicationFacts(coverage_state="approved", approved_version=1, words_unsigned=True)
    assert says("publication", "queue", "D", facts=added) == YES
    assert "补签" in says("publication", "go_live", "D", facts=added, link=LINK)
    behind = PublicationFacts(coverage_state="approved", version=1, approved_version=2, words_unsigned=True)
    assert "补签" in says("publication", "correct", "D", facts=behind)


def test_an_upstream_medium_has_a_name_and_a_level() -> None:
    above = PublicationFacts(coverage_state="approved", upstream=True)
    assert "outlet" in says("publication", "queue", "D", facts=above, outlet="", level="state")
    assert "level" in says("publication", "queue", "D", facts=above, outlet="省台", level="")
    assert says("publication", "queue", "D", facts=above, outlet="省台", level="province") == YES


def test_an_embargo_set_after_queueing_still_holds_the_story() -> None:
    quiet = PublicationFacts(coverage_state="approved", embargo_until=NOW + HOURS)
    for role in ("D", "Y"):
        assert "保密期" in says("publication", "go_live", role, facts=quiet, link=LINK)


def test_a_critical_story_is_announced_to_those_it_criticises_and_they_have_their_time() -> None:
    critical = PublicationFacts(coverage_state="approved", critical=True)
    assert "告知" in says("publication", "queue", "D", facts=critical)
    assert "告知" in says("publication", "go_live", "D", facts=critical, link=LINK)
    for waited, out in ((2.4, False), (2.5, True)):
        told = PublicationFacts(coverage_state="approved", critical=True, notice_at=NOW - waited * HOURS)
        assert says("publication", "queue", "D", facts=told) == YES
        assert (says("publication", "go_live", "D", facts=told, link=LINK) == YES) == out
    waived = PublicationFacts(coverage_state="approved", critical=True, waived=True)
    assert says("publication", "queue", "D", facts=waived) == YES
    assert says("publication", "go_live", "D", facts=waived, link=LINK) == YES


def test_a_story_waits_for_its_time() -> None:
    early = PublicationFacts(coverage_state="approved", not_before=NOW + HOURS)
    assert "还没到" in says("publication", "go_live", "Y", facts=early)
    assert ask_for("publication", "go_live", "Y", facts=SIGNED).after == "live"


def test_a_person_who_puts_it_out_gives_the_link_or_the_slot() -> None:
    assert "link" in says("publication", "go_live", "D", facts=SIGNED)
    assert says("publication", "go_live", "D", facts=SIGNED, slot="18:30 新闻") == YES


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/relative", "example.org", "data:text/html,x"])
def test_a_link_that_is_no_web_address_is_refused(link: str) -> None:
    assert "link" in says("publication", "go_live", "D", facts=SIGNED, link=link, slot="18:30 新闻")


def test_a_correction_needs_a_newer_signed_version_and_a_note() -> None:
    newer = PublicationFacts(coverage_state="approved", version=1, approved_version=2)
    assert ask_for("publication", "correct", "D", facts=newer).after == "live"
    assert "note" in says("publication", "correct", "D", facts=newer, note="")
    for same in (PublicationFacts(coverage_state="approved", version=2, approved_version=2),
                 PublicationFacts(coverage_state="drafting", version=1, approved_version=2)):
        assert "新的签发版本" in says("publication", "correct", "E3", facts=same)


def test_what_was_live_is_pulled_with_a_public_note_and_what_was_queued_without_a_trace() -> None:
    pulled, dequeued = ask_for("publication", "pull", "D"), ask_for("publication", "unqueue", "D")
    assert pulled.after == dequeued.after == "pulled"
    assert pulled.move.public and not dequeued.move.public
    assert "reason" in says("publication", "pull", "E3", reason="")
    assert "现在是「待发」" in says("publication", "pull", "D", "queued")
