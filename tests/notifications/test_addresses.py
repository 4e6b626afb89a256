"""Addresses as people write them all over the world: one form, or a refusal that says what to write."""

import pytest

from notifications.addresses import AddressImpossible, LandlineOnly, form_of, is_landline, normalise_address


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("13800138000", "+8613800138000"),
        ("１３８ ００１３ ８０００", "+8613800138000"),
        ("＋８６－１３８－００１３－８０００", "+8613800138000"),
        ("\u202d+86 138 0013 8000\u202c", "+8613800138000"),
        ("13800138000转1", "+8613800138000"),
        ("13800138000 ext. 5", "+8613800138000"),
        ("13800138000（微信同号）", "+8613800138000"),
        ("手机：13800138000", "+8613800138000"),
        ("13800138000/13900139000", "+8613800138000"),
        ("13800138000 13900139000", "+8613800138000"),
        ("010-12345678 / 138 0013 8000", "+8613800138000"),
        ("+852 5123-4567", "+85251234567"),
        ("852-5123-4567", "+85251234567"),
        ("00852 51234567", "+85251234567"),
        ("+853 6612 3456", "+85366123456"),
        ("886 0912 345 678", "+886912345678"),
        ("+886-912-345-678", "+886912345678"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+44 7911 123456", "+447911123456"),
    ],
)
def test_a_mobile_number_is_taken_however_it_is_written(written: str, stored: str) -> None:
    assert normalise_address(written, kind="phone") == stored
    assert not is_landline(stored)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("010-12345678", "+861012345678"),
        ("010-12345678转801", "+861012345678;ext=801"),
        ("(0755) 8234 5678 分机 12", "+8675582345678;ext=12"),
        ("+852 2345 6789", "+85223456789"),
        ("+886-2-2345-6789", "+886223456789"),
        ("400-880-8820", "+864008808820"),
    ],
)
def test_a_landline_is_known_as_one_that_people_can_call(written: str, stored: str) -> None:
    with pytest.raises(LandlineOnly) as landline:
        normalise_address(written, kind="phone")
    assert landline.value.number == form_of(stored, kind="phone") == stored
    assert "mobile" in str(landline.value)
    assert is_landline(stored)


@pytest.mark.parametrize(
    "written", ["12345678901", "1380013800", "14155552671", "95588", "none", "", "转801"]
)
def test_what_is_no_number_is_not_guessed_at(written: str) -> None:
    """A slip in a number of the mainland must not become somebody's number abroad."""
    with pytest.raises(AddressImpossible) as impossible:
        normalise_address(written, kind="phone")
    assert not isinstance(impossible.value, LandlineOnly)
    assert form_of(written, kind="phone") is None


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Wang.Xiao+Offer@Mail.Example.COM", "wang.xiao+offer@mail.example.com"),
        ("ｗａｎｇ＠ｑｑ．ｃｏｍ", "wang@qq.com"),
        ("li@cs.pku.edu.cn", "li@cs.pku.edu.cn"),
        ("li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"),
        ("li@例子。中国", "li@xn--fsqu00a.xn--fiqs8s"),
        ("li@München.de", "li@xn--mnchen-3ya.de"),
        ("mailto:o'brien@x.ie", "o'brien@x.ie"),
        ("<123456@qq.com>;", "123456@qq.com"),
    ],
)
def test_a_mailbox_has_one_form(written: str, stored: str) -> None:
    assert normalise_address(written, kind="email") == stored


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("王芳@qq.com", "Latin letters before the @"),
        ("a@b", "name@domain"),
        ("a b@c.cn", "name@domain"),
        ("a@" + "例" * 70 + ".cn", "name@domain"),
        ("nobody", "name@domain"),
    ],
)
def test_a_mailbox_that_cannot_be_is_told_what_to_write(written: str, remedy: str) -> None:
    with pytest.raises(AddressImpossible, match=remedy):
        normalise_address(written, kind="email")
