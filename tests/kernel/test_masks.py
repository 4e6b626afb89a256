import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrportal.kernel.masks import mask_account, mask_email, mask_id_number, mask_phone


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_id_number, "11010519491231002X", "110105********002X"),
        (mask_id_number, "E87733759", "E8*****59"),
        (mask_phone, "+8613800000000", "138****0000"),
        (mask_phone, "+85261234567", "+85****4567"),
        (mask_phone, "1234", "****"),
        (mask_email, "someone@example.com", "s***@example.com"),
        (mask_account, "app-000123", "****0123"),
    ],
)
def test_masks(mask: object, value: str, shown: str) -> None:
    assert callable(mask)
    assert mask(value) == shown


@given(st.text(alphabet="0123456789", min_size=11, max_size=11))
def test_no_phone_shows_its_middle(number: str) -> None:
    assert mask_phone(number)[3:7] == "****"
