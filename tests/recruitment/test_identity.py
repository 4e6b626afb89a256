from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitment.identity import IdFault, IdNumberImpossible, check_character, document_as_sent, read_document

TODAY = date(2026, 11, 4)


def fault_of(value: str, id_type: str = "resident_id") -> IdFault:
    with pytest.raises(IdNumberImpossible) as caught:
        read_document(value, id_type=id_type, today=TODAY)
    return caught.value.fault


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        ("110105 19491231 002X", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
    ],
)
def test_the_published_example_is_one_number_however_it_is_written(written: str, stored: str) -> None:
    assert read_document(written, id_type="resident_id", today=TODAY).number == stored


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("11010519491231002", IdFault.LENGTH),
        ("110105194912310021", IdFault.CHECKSUM),
        ("110105194913310025", IdFault.BIRTH_DATE),
        ("110105189912310020", IdFault.BIRTH_DATE),
        ("1101A519491231002X", IdFault.CHARACTERS),
        ("٠١٠١٠٥١٩٤٩١٢٣١٠٠٢X", IdFault.CHARACTERS),
    ],
)
def test_impossible_numbers_name_their_fault(value: str, fault: IdFault) -> None:
    assert fault_of(value) == fault


def test_nobody_is_born_tomorrow() -> None:
    first_17 = "11010520261105001"
    assert fault_of(first_17 + check_character(first_17)) == IdFault.BIRTH_DATE


@given(
    region=st.integers(110000, 659999),
    born=st.dates(date(1930, 1, 1), date(2008, 1, 1)),
    order=st.integers(0, 999),
    place=st.integers(0, 16),
    step=st.integers(1, 9),
)
def test_any_single_wrong_digit_is_found(region: int, born: date, order: int, place: int, step: int) -> None:
    first_17 = f"{region}{born:%Y%m%d}{order:03d}"
    number = first_17 + check_character(first_17)
    assert read_document(number, id_type="resident_id", today=TODAY).number == number
    wrong = str((int(number[place]) + step) % 10)
    fault_of(number[:place] + wrong + number[place + 1 :])


@given(st.text(max_size=30), st.sampled_from(["resident_id", "passport", "hk_macau_permit", "taiwan_permit"]))
def test_any_text_is_either_normalised_for_good_or_refused(text: str, id_type: str) -> None:
    try:
        number = read_document(text, id_type=id_type, today=TODAY).number
    except IdNumberImpossible:
        return
    assert read_document(number, id_type=id_type, today=TODAY).number == number
    assert number.isascii()


@pytest.mark.parametrize(
    ("one", "other", "id_type"),
    [
        ("H1234567800", "H1234567801", "hk_macau_permit"),
        ("H12345678", "h12345678 01", "hk_macau_permit"),
        ("M0123456702", "M01234567", "hk_macau_permit"),
        ("12345678", "1234567802", "taiwan_permit"),
        ("1234567801(B)", "1234567802(A)", "taiwan_permit"),
        ("440301790215123", "44030119790215123X", "resident_id"),
    ],
)
def test_a_renewal_leaves_the_lifelong_part(one: str, other: str, id_type: str) -> None:
    if id_type == "resident_id":
        first_17 = other[:17]
        other = first_17 + check_character(first_17)
    found = {read_document(number, id_type=id_type, today=TODAY).lifelong for number in (one, other)}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("one", "other", "id_type"),
    [
        ("H1234567800", "M1234567800", "hk_macau_permit"),
        ("H1234567800", "H1234567900", "hk_macau_permit"),
        ("E12345678", "E12345679", "passport"),
        ("1234567801", "1234567901", "taiwan_permit"),
    ],
)
def test_other_people_stay_others(one: str, other: str, id_type: str) -> None:
    found = {read_document(number, id_type=id_type, today=TODAY).lifelong for number in (one, other)}
    assert len(found) == 2


@pytest.mark.parametrize(
    ("number", "sent_as", "kind"),
    [
        ("123456789", "passport", "passport"),
        ("925665416", "passport", "passport"),
        ("12AB34567", "passport", "passport"),
        ("USA310081121901", "passport", "permanent_residence"),
        ("USA310081121901", "resident_id", "permanent_residence"),
        ("440301790215123", "resident_id", "resident_id"),
        ("810000199602290124", "resident_id", "residence_permit"),
        ("820000199912310030", "hk_macau_permit", "residence_permit"),
        ("830000200002290074", "taiwan_permit", "residence_permit"),
        ("911124198801010013", "permanent_residence", "permanent_residence"),
        ("440301\u200b199802150058", "resident_id", "resident_id"),
        ("\ufeffH1234567800\u00a0", "hk_macau_permit", "hk_macau_permit"),
        ("C12345678", "hk_macau_permit", "hk_macau_permit"),
    ],
)
def test_documents_of_the_world_are_recognised_whatever_was_said(
    number: str, sent_as: str, kind: str
) -> None:
    found = read_document(number, id_type=sent_as, today=TODAY)
    assert found.id_type == kind
    assert found.number.isprintable()


def test_a_number_taken_as_it_is_finds_itself_again() -> None:
    sent = document_as_sent(" a123456(7) ", id_type="hk_macau_permit")
    assert (sent.number, sent.lifelong) == ("A1234567", "hk_macau_permit:A1234567")


def test_passports_are_kept_as_they_are() -> None:
    assert read_document("e87733759", id_type="passport", today=TODAY).number == "E87733759"
    assert fault_of("!!", "passport") == IdFault.CHARACTERS
