"""Segments as operators bill them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.rendering.sms import count_segments, with_link, with_link_html

GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà"


@pytest.mark.parametrize(
    ("text", "encoding", "characters", "segments"),
    [
        ("", "GSM-7", 0, 0),
        ("a", "GSM-7", 1, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("[x]", "GSM-7", 5, 1),
        # 153 is odd: the escape pair moves on whole, so 152 septets fit each segment.
        ("€" * 153, "GSM-7", 306, 3),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("你" * 70, "UCS-2", 70, 1),
        ("你" * 71, "UCS-2", 71, 2),
        ("你" * 134, "UCS-2", 134, 2),
        ("你" * 135, "UCS-2", 135, 3),
        ("a" * 69 + "`", "UCS-2", 70, 1),
        ("😀" * 35, "UCS-2", 70, 1),
        # 67 is odd: a surrogate pair is not split.
        ("😀" * 67, "UCS-2", 134, 3),
        ("ç", "UCS-2", 1, 1),
        ("【】", "UCS-2", 2, 1),
    ],
)
def test_segments(text: str, encoding: str, characters: int, segments: int) -> None:
    counted = count_segments(text)
    assert (counted.encoding, counted.characters, counted.segments) == (encoding, characters, segments)


@given(st.text(alphabet=GSM + "^{}\\[~]|€", max_size=700))
def test_gsm_properties(text: str) -> None:
    counted = count_segments(text)
    assert counted.encoding == "GSM-7"
    assert counted.characters == len(text) + sum(text.count(sign) for sign in "^{}\\[~]|€")
    assert counted.segments * 160 >= counted.characters
    if counted.segments > 1:
        # No segment but the last wastes more than the one septet before a pair.
        assert (counted.segments - 1) * 152 < counted.characters <= counted.segments * 153


@given(st.text(max_size=300), st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF))
def test_ucs2_properties(text: str, chinese: str) -> None:
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") + chinese
    counted = count_segments(text)
    assert counted.encoding == "UCS-2"
    assert counted.characters == len(text.encode("utf-16-le")) // 2
    if counted.segments > 1:
        assert (counted.segments - 1) * 66 < counted.characters <= counted.segments * 67
    else:
        assert counted.characters <= 70


@given(st.text(max_size=200), st.text(max_size=20))
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert count_segments(text + more).segments >= count_segments(text).segments


def test_link() -> None:
    assert with_link("见 [[link]]。", "https://b.example/n/x?a=1&b=2") == "见 https://b.example/n/x?a=1&b=2。"
    assert with_link_html('<a href="[[link]]">', 'x"&') == '<a href="x&quot;&amp;">'
