"""Text from outside: what cannot be seen is gone, what can be seen stays, and a name is a name."""

import unicodedata

import pytest
from django import forms
from django.utils.translation import override
from hypothesis import example, given
from hypothesis import strategies as st

from hrportal.kernel import texts
from hrportal.kernel.form_fields import NameField, TextField
from hrportal.kernel.texts import NameFault

BEYOND_BMP, SELECTOR, PRIVATE = "王𬬭", "葛\U000e0100", "王\ue863"
KEPT = {
    "a rare ideograph": "王䶮",
    "one beyond the BMP": BEYOND_BMP,
    "one that Python's table does not know": "王\U00031350",
    "an ideographic variation": SELECTOR,
    "a standardised variation": "神\ufe00",
    "a compatibility ideograph": "神",
    "a private-use character": PRIVATE,
    "a joiner in Persian": "می\u200cخواهم",
    "a joiner after a virama": "ന്\u200d",
    "a Mongolian selector": "ᠠ\u180bᠠ",
    "marks in Vietnamese": "Nguyễn Thị Hương",
    "marks without a composed letter": "M\u0331aria",
    "a family of emoji": "👨\u200d👩\u200d👧",
    "a keycap": "1\ufe0f\u20e3",
}


@pytest.mark.parametrize("what", KEPT)
def test_what_can_be_seen_stays(what: str) -> None:
    assert texts.line(KEPT[what]) == KEPT[what]
    assert texts.lines(KEPT[what]) == KEPT[what]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\u200b\u200b", ""),
        ("\ufeff", ""),
        ("\u202e张三\u202c", "张三"),
        ("张\u200d三", "张三"),
        ("138\u200b0013\u200d8000", "13800138000"),
        ("\x1b[31m张三\x1b[0m", "张三"),
        ("\x1bA\x07\x9b", "A"),
        ("\u3164\u115f\u2800", ""),
        ("e\u0301", "é"),
        ("A\ufe0f", "A"),
        ("a\tb\u00a0 \u3000c\u2028d", "a b c d"),
        ("soft\xadhyphen", "softhyphen"),
        ("\U000e0041\U000e007f", ""),
    ],
)
def test_what_cannot_be_seen_is_gone(sent: str, kept: str) -> None:
    assert texts.line(sent) == kept


def test_lines_are_kept_where_lines_are_typed() -> None:
    assert texts.lines(" 第一行 \r\n\u2029\n\n\n  第二行\x85末\u200b\r") == "第一行\n\n第二行\n末"


@given(st.text(max_size=40))
@example("a\ufe0f\u200d😀")
@example("e\u200d\u0301")
@example("\x1b\x1b[[31m")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for clean in (texts.line, texts.lines, texts.name):
        once = clean(text)
        assert clean(once) == once
        assert not any(
            unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in once.replace("\n", "")
        )
    assert "\n" not in texts.line(text)


@given(st.text(st.characters(categories=["L", "N"]), max_size=30))
def test_no_letter_and_no_number_is_ever_lost(text: str) -> None:
    fillers = "\u115f\u1160\u3164\uffa0"
    visible = [sign for sign in text if sign not in fillers]
    composed = unicodedata.normalize("NFKC", "".join(visible))
    assert unicodedata.normalize("NFKC", texts.line(text)) == " ".join(composed.split())


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("张\n三", "张三"),
        ("张　三", "张三"),
        ("王 小 明", "王小明"),
        (" 王小明", "王小明"),
        ("阿卜杜拉 买买提", "阿卜杜拉 买买提"),
        ("ZHANG  Wei", "ZHANG Wei"),
    ],
)
def test_a_stretched_name_is_closed_up(sent: str, name: str) -> None:
    assert texts.name(sent) == name


@pytest.mark.parametrize(
    "name",
    [
        *("王䶮", BEYOND_BMP, SELECTOR, "王〇", "阿卜杜拉·买买提", "卡莉娜•塞", "ZHANG Wei", "王五2"),
        *("O’Brien-Smith", "Ma. Teresa de la Cruz", "Kumar A/L Raj", "张三（女）", "Нұрлан", "ᠪᠠᠲᠤ", "อนันต์"),
        "John Ⅱ",
    ],
)
def test_these_are_names(name: str) -> None:
    assert texts.name(name) == name
    assert texts.name_fault(name) is None


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ("\u200b\u200b", NameFault.NO_LETTER),
        ("\ufeff", NameFault.NO_LETTER),
        ("---", NameFault.NO_LETTER),
        ("1234", NameFault.NO_LETTER),
        ("·", NameFault.NO_LETTER),
        ("=1+1", NameFault.NO_LETTER),
        ("<script>alert(1)</script>", NameFault.IMPLAUSIBLE),
        ("=HYPERLINK(A1)", NameFault.IMPLAUSIBLE),
        ("https://bank.example/x", NameFault.IMPLAUSIBLE),
        ("中奖 lucky.top/x", NameFault.IMPLAUSIBLE),
        ("李四\r\nBcc: x@y.example", NameFault.IMPLAUSIBLE),
        ("Z" + "\u0336\u0337\u0338" * 4, NameFault.IMPLAUSIBLE),
        ("\u0301张", NameFault.IMPLAUSIBLE),
        (PRIVATE, NameFault.UNSHOWABLE),
        ("王\U000f0001", NameFault.UNSHOWABLE),
        ("王?明", NameFault.UNSHOWABLE),
        ("王\ufffd", NameFault.UNSHOWABLE),
        ("王⿰金秀", NameFault.UNSHOWABLE),
        ("长" * 81, NameFault.TOO_LONG),
    ],
)
def test_these_are_none(sent: str, fault: NameFault) -> None:
    assert texts.name_fault(texts.name(sent)) == fault


def test_a_cut_takes_no_letter_apart() -> None:
    assert texts.cut("王葛\U000e0100明", 2) == "王"
    assert texts.cut("abe\u0331c", 3) == "ab"
    assert texts.cut("王小明", 2) == "王小"
    assert texts.cut("王", 5) == "王"


class Typed(forms.Form):
    line = TextField(max_length=5, min_length=2)
    area = TextField(widget=forms.Textarea, required=False)
    who = NameField()


@override("en")
def test_fields_clean_before_they_judge() -> None:
    form = Typed({"line": "\u200bab \u3000cd\u200b", "area": "a \r\n b", "who": " 张　三 "})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"line": "ab cd", "area": "a\nb", "who": "张三"}
    form = Typed({"line": "\u200b\u200b\u200b", "area": "\ufeff", "who": "\u200b"})
    assert set(form.errors) == {"line", "who"}
    assert form.cleaned_data == {"area": ""}
    assert "contains no letters" in str(form.errors["who"])
    assert "brackets only" in str(Typed({"line": "ab", "who": "<b>王</b>"}).errors["who"])
