from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitment.identity import IdFault, IdNumberImpossible, check_character, normalise_id_number

TODAY = date(2026, 11, 4)


def fault_of(value: str, id_type: str = "resident_id") -> IdFault:
    with pytest.raises(IdNumberImpossible) as caught:
        normalise_id_number(value, id_type=id_type, today=TODAY)
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
    assert normalise_id_number(written, id_type="resident_id", today=TODAY) == stored


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
    assert normalise_id_number(number, id_type="resident_id", today=TODAY) == number
    wrong = str((int(number[place]) + step) % 10)
    fault_of(number[:place] + wrong + number[place + 1 :])


@given(st.text(max_size=30), st.sampled_from(["resident_id", "passport", "hk_macau_permit", "taiwan_permit"]))
def test_any_text_is_either_normalised_for_good_or_refused(text: str, id_type: str) -> None:
    try:
        number = normalise_id_number(text, id_type=id_type, today=TODAY)
    except IdNumberImpossible:
        return
    assert normalise_id_number(number, id_type=id_type, today=TODAY) == number
    assert number.isascii()


def test_passports_are_kept_as_they_are() -> None:
    assert normalise_id_number("e87733759", id_type="passport", today=TODAY) == "E87733759"
    assert fault_of("!!", "passport") == IdFault.CHARACTERS
