"""The text of a story: small markup, facts with sources, checklists and factors as data, boxes over an upright photo."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from civic.files import clean
from civic.kit import markup
from civic.kit.result import Invalid
from civic.newsroom import facts_text, parties
from civic.workflow.coverage import MACHINE
from civic.workflow.facts import CoverageFacts, PublicationFacts
from civic.workflow.reviewing import CHECKS, FACTORS, PROOFS, TOPICS, Check, missing_factors, of_level
from tests.pure.workflow_kit import YES, says

CRITICAL = {"authors": frozenset({"me"}), "version": 1, "has_body": True, "critical": True, "reply_sought": True}


def test_each_mark_makes_its_block_and_the_rest_are_paragraphs():
    body = "第一段。\n\n## 小标题\n> 我们会改。—— 环卫所\n- 一\n\n- 二\n[图1]\n#没有空格\n>\n"
    found = markup.blocks(body)
    assert [block.kind for block in found] == ["p", "h", "quote", "list", "picture", "p", "p"]
    assert (found[2].text, found[2].by) == ("我们会改。", "环卫所") and found[3].items == ("一", "二")
    assert [block.number for block in found] == [1, 2, 3, 4, 5, 6, 7] and found[4].slot == 1
    assert markup.slots_used(body) == {1} and markup.left_over(body, 3) == [2, 3]
    assert "##" not in markup.plain(body) and "（环卫所）" in markup.plain(body) and "[图1]" not in markup.plain(body)


@given(st.text(max_size=400))
def test_no_text_breaks_the_markup_and_no_word_is_lost(body):
    found = markup.blocks(body)
    assert [block.number for block in found] == list(range(1, len(found) + 1))
    said = "".join(block.text + block.by + "".join(block.items) + (str(block.slot) if block.kind == "picture" else "") for block in found)
    letters = [sign for sign in body if sign.isalpha() and sign not in "图"]
    assert all(sign in said for sign in letters)


@given(st.lists(st.fixed_dictionaries({
    "fact": st.text("事实甲乙丙 ", min_size=1, max_size=20).filter(str.strip), "source": st.text("来源丁戊", max_size=10),
    "kind": st.sampled_from(["", "file", "note", "answer", "paper", "visit"]), "ref": st.text("ab12", max_size=6),
    "checked": st.booleans()}), max_size=8))
def test_rows_of_facts_come_back_as_they_went(rows):
    once = facts_text.parse(rows)
    assert facts_text.parse(once) == once and len(once) == len(rows)


@pytest.mark.parametrize(("row", "words"), [
    ({"fact": "", "source": "蹲守"}, "只有来源"), ({"fact": "一", "kind": "url", "source": "example.org"}, "网址要以"),
    ({"fact": "一", "kind": "rumour"}, "没有这一项"), ({"fact": "字" * 501}, "太长")])
def test_a_row_that_cannot_be_is_named_by_its_number(row, words):
    with pytest.raises(Invalid, match=f"第 2 条.*{words}"):
        facts_text.parse([{"fact": "好的一条", "source": "有"}, row])


def test_the_checklists_cover_every_topic_and_no_line_stands_twice():
    assert len({item.code for item in CHECKS}) == len({item.label for item in CHECKS}) == len(CHECKS)
    for level in PROOFS:
        topics = {item.topic for item in of_level(level)}
        assert topics <= set(TOPICS) and len(topics) >= 5
    assert of_level(1, (Check("x.1", 1, "words", "本地的一项"), Check("x.2", 2, "words", "别处的一项")))[-1].label == "本地的一项"
    assert {item.topic for item in CHECKS} == set(TOPICS)


def test_the_six_factors_are_six_and_each_wants_words():
    assert len(FACTORS) == 6 == len(missing_factors(None)) == len(missing_factors({}))
    words = {item.code: "说得清的几个字" for item in FACTORS}
    assert missing_factors(words) == () and missing_factors({**words, "harm": " 略 "}) == ("受害人名誉受贬损的可能性",)


def test_a_critical_story_is_handed_in_only_with_everything_behind_it():
    assert says("coverage", "submit", "R", facts=CoverageFacts(**CRITICAL)) == YES
    for more, words in (({"unheard": ("环卫所",)}, "环卫所"), ({"no_factors": ("时限性",)}, "缺 1 项"), ({"unchecked": (2,)}, "第 2 条"),
                        ({"bare_faces": ("图 1",)}, "图 1")):
        assert words in says("coverage", "submit", "R", facts=CoverageFacts(**CRITICAL, **more))
    calm = {**CRITICAL, "critical": False}
    assert says("coverage", "submit", "R", facts=CoverageFacts(**calm, unchecked=(1,), no_factors=("x",), unheard=("y",))) == YES
    assert "图 1" in says("coverage", "submit", "R", facts=CoverageFacts(**calm, bare_faces=("图 1",)))


def test_a_signature_wants_every_line_of_its_list():
    facts = CoverageFacts(authors=frozenset({"rep"}), version=1, must_check=(("1.a", "甲"), ("1.b", "乙")))
    assert "甲；乙" in MACHINE.move("sign_off").checks[0](facts, _ask([]))["checked"]
    assert "checked" in says("coverage", "sign_off", "E1", facts=facts, checked=["1.a"])
    assert says("coverage", "sign_off", "E1", facts=facts, checked=["1.a", "1.b", "9.z"]) == YES


def _ask(ticked):
    from civic.workflow.machine import Ask
    from tests.pure.workflow_kit import NOW

    return Ask(frozenset({"E1"}), "me", NOW, {"checked": ticked})


def test_nothing_goes_out_past_somebody_untold_or_unmasked():
    ready = {"coverage_state": "approved", "approved_version": 1}
    assert "王某" in says("publication", "queue", "D", facts=PublicationFacts(**ready, critical=True, untold=("王某",)))
    assert "图 2" in says("publication", "go_live", "D", facts=PublicationFacts(**ready, bare_faces=("图 2",)), slot="首页")


def test_names_on_one_line_are_told_apart():
    assert parties.split("环卫所、保洁公司，王某; 环卫所") == ["环卫所", "保洁公司", "王某"]
    assert parties.split("  ") == []


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_box_covers_what_the_eye_sees_however_the_camera_was_held(form):
    image = Image.new("RGB", (400, 200), (240, 240, 240))
    image.paste((200, 0, 0), (0, 0, 100, 100))  # held sideways: on the upright picture it stands at the top right
    exif = Image.Exif()
    exif[274] = 6
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    made = clean.mask(out.getvalue(), [(5000, 0, 5000, 2500, "fill")])
    shown = Image.open(io.BytesIO(made.main)).convert("RGB")
    assert shown.size == (200, 400) and max(shown.getpixel((150, 50))) < 70 and min(shown.getpixel((50, 300))) > 200
    assert not any(r > 120 and g < 80 for r, g, _b in shown.get_flattened_data())


def test_a_mosaic_is_coarse_and_a_box_over_the_edge_does_no_harm():
    image = Image.effect_noise((400, 400), 90).convert("RGB")
    out = io.BytesIO()
    image.save(out, "PNG")
    made = clean.mask(out.getvalue(), [(2500, 2500, 5000, 5000, "pixel"), (9000, 9000, 5000, 5000, "fill"), (0, 0, 0, 0, "fill")])
    inside = Image.open(io.BytesIO(made.main)).convert("L").crop((104, 104, 136, 136))
    low, high = inside.getextrema()
    assert high - low < 40, "one block, not the noise beneath"
