"""The list of safeguards is true of the tree as it stands; that each is missed, ``make mutants`` shows."""

import pytest

from tests.mutants.catalogue import Mutant, StaleMutant, mutants

RULES = set(range(1, 21))


@pytest.mark.parametrize("each", mutants(), ids=lambda each: each.name)
def test_a_mutant_changes_what_is_there_and_names_its_tests(each: Mutant) -> None:
    each.check()


def test_every_rule_has_a_safeguard_that_is_tried() -> None:
    assert {each.rule for each in mutants()} == RULES
    names = [each.name for each in mutants()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "changes",
    [
        {"old": "not in the file"},
        {"file": ""},
        {"tests": ()},
        {"tests": ("tests/missing.py",)},
    ],
)
def test_a_stale_mutant_is_named(changes: dict[str, object]) -> None:
    sound = {
        "name": "one",
        "rule": 11,
        "file": "hrportal/kernel/encryption.py",
        "old": "NONCE_BYTES = 12",
        "new": "NONCE_BYTES = 11",
        "tests": ("tests/kernel/test_encryption.py",),
    }
    Mutant(**sound).check()  # type: ignore[arg-type]  # one dictionary for all arguments
    with pytest.raises(StaleMutant):
        Mutant(**(sound | changes)).check()  # type: ignore[arg-type]  # the same
