"""Who is a second person to whom, on plain values."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from branches.rules import Account, DelegatedRight, Origins, Right, hands_of, is_independent

NOON = datetime(2026, 11, 4, 4, tzinfo=UTC)
ALICE, BOB, CAROL, DAVE, ERIN = range(1, 6)
ROOTS = {ALICE: [None], BOB: [None]}


def independent(second: int, first: set[int], right: Right, origins: Origins) -> bool:
    return is_independent(second, first=first, rights=[right], origins=origins)


def test_two_whom_the_operator_made_are_each_others_second() -> None:
    origins = Origins({ALICE: Account(), BOB: Account()}, ROOTS)
    assert independent(BOB, {ALICE}, Right(None), origins)
    assert not independent(ALICE, {ALICE}, Right(None), origins)


def test_a_right_that_leads_back_is_none_however_far() -> None:
    accounts = {CAROL: Account(ALICE), DAVE: Account(CAROL), ERIN: Account(BOB)}
    origins = Origins(accounts, ROOTS | {CAROL: [ALICE], DAVE: [CAROL]})
    assert not independent(DAVE, {ALICE}, Right(CAROL), origins)
    assert independent(DAVE, {BOB}, Right(CAROL), origins)
    # Invited by one, granted by the other: both stand on the way.
    assert not independent(ERIN, {ALICE}, Right(ALICE), origins)
    assert not independent(ERIN, {BOB}, Right(ALICE), origins)


def test_one_clean_way_is_enough() -> None:
    origins = Origins({CAROL: Account()}, ROOTS)
    rights = [Right(ALICE), Right(BOB)]
    assert is_independent(CAROL, first={ALICE}, rights=rights, origins=origins)
    assert not is_independent(CAROL, first={ALICE, BOB}, rights=rights, origins=origins)


def test_what_is_lent_comes_from_the_lender_and_from_who_arranged_it() -> None:
    origins = Origins({}, ROOTS)
    assert not independent(CAROL, {ALICE}, Right(None, delegated_by=ALICE), origins)
    assert not independent(CAROL, {ALICE}, Right(None, delegated_by=BOB, arranged_by=ALICE), origins)
    assert independent(CAROL, {ALICE}, Right(None, delegated_by=BOB, arranged_by=BOB), origins)


def test_hands_are_whoever_lent_at_that_moment_and_whoever_made_the_account_alone() -> None:
    origins = Origins({CAROL: Account(ALICE, is_vouched=False), DAVE: Account(CAROL, is_vouched=False)})
    delegation = DelegatedRight(BOB, DAVE, ERIN, NOON, NOON + timedelta(hours=1))
    assert hands_of(DAVE, at=NOON, origins=origins, delegations=[delegation]) == {
        DAVE,
        CAROL,
        ALICE,
        BOB,
        ERIN,
    }
    late = NOON + timedelta(hours=1)
    assert hands_of(DAVE, at=late, origins=origins, delegations=[delegation]) == {DAVE, CAROL, ALICE}


PEOPLE = st.integers(1, 6)
MAKERS = st.none() | PEOPLE


@given(
    invited=st.dictionaries(PEOPLE, MAKERS, max_size=6),
    managers=st.dictionaries(PEOPLE, st.lists(MAKERS, max_size=3), max_size=6),
    right=st.builds(Right, MAKERS, MAKERS, MAKERS),
    first=st.sets(PEOPLE, min_size=1, max_size=3),
    second=PEOPLE,
)
def test_nobody_is_a_second_person_by_what_the_first_alone_made(
    invited: dict[int, int | None],
    managers: dict[int, list[int | None]],
    right: Right,
    first: set[int],
    second: int,
) -> None:
    """Circles end; a second person is never of the first, nor invited, granted, delegated to or arranged for by them."""
    origins = Origins({one: Account(by) for one, by in invited.items()}, managers)
    if independent(second, first, right, origins):
        assert second not in first
        assert invited.get(second) not in first
        assert not {right.granted_by, right.delegated_by, right.arranged_by} & first
        # More first persons never make somebody a second one.
    else:
        assert not independent(second, first | {99}, right, origins)
