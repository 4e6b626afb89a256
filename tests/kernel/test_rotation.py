"""The keys turn while the portal works, and whoever has the wrong ones is told which."""

import base64
import logging
import secrets
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import Settings

from branches.models import AccessEntry
from hrportal.kernel import rotation
from hrportal.kernel.encryption import DecryptionFailed
from hrportal.kernel.rotation import KeyMissing, encrypted_columns, rotate, stale_values, values_by_key
from hrportal.kernel.scopes import bank_wide
from notifications.models import Address
from recruitment.models import InterviewSignal, Person
from tests.factories import make_world
from tests.recruitment.steps import passed_application
from tests.staff import make_everybody

pytestmark = pytest.mark.django_db
NEW = f"new:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def plain() -> set[str]:
    people = {person.id_number.decrypt() for person in Person.objects.all()}
    return (
        people
        | {address.value.decrypt() for address in Address.objects.all()}
        | {signal.body.decrypt() for signal in InterviewSignal.objects.all()}
    )


@pytest.fixture
def filled(db: None, settings: Settings) -> set[str]:
    make_world()
    for _ in range(3):
        passed_application()
    return plain()


def test_every_sealed_column_is_known() -> None:
    names = {f"{model._meta.db_table}.{name}" for model, name in encrypted_columns()}
    assert names >= {
        "recruitment_person.id_number",
        "recruitment_interviewsignal.body",
        "notifications_address.value",
    }


def test_all_values_open_with_the_new_key_alone(filled: set[str], settings: Settings) -> None:
    settings.DATA_KEYS = f"{NEW},{settings.DATA_KEYS}"
    stale = stale_values()
    assert stale > 6
    steps = list(rotate(batch=2))
    assert len(steps) > stale / 2 - 3
    assert {step.column: step.done for step in steps} == {step.column: step.total for step in steps}
    settings.DATA_KEYS = NEW
    assert plain() == filled
    assert list(rotate(batch=2)) == []


def test_a_stopped_run_goes_on(filled: set[str], settings: Settings) -> None:
    settings.DATA_KEYS = f"{NEW},{settings.DATA_KEYS}"
    stale, run = stale_values(), rotate(batch=1)
    next(run)
    next(run)
    run.close()
    assert stale_values() == stale - 2
    call_command("rotate_keys", "--batch", "4", verbosity=0)
    assert stale_values() == 0
    assert plain() == filled
    assert AccessEntry.objects.get(action="rotate_keys").subject == "key:new"


def test_a_missing_key_is_named_before_anything_changes(filled: set[str], settings: Settings) -> None:
    old = settings.DATA_KEYS
    settings.DATA_KEYS = NEW
    with pytest.raises(KeyMissing) as missing:
        list(rotate(batch=2))
    key_id = old.split(":")[0]
    assert set(missing.value.counts) == {key_id}
    with pytest.raises(CommandError, match=key_id):
        call_command("rotate_keys", verbosity=0)
    settings.DATA_KEYS = old
    assert plain() == filled


def test_a_wrong_key_of_the_right_name_stops_the_run(filled: set[str], settings: Settings) -> None:
    key_id = settings.DATA_KEYS.split(":")[0]
    wrong = base64.b64encode(secrets.token_bytes(32)).decode()
    settings.DATA_KEYS = f"{NEW},{key_id}:{wrong}"
    with pytest.raises(DecryptionFailed, match=key_id):
        list(rotate(batch=2))
    assert values_by_key(Person, "id_number") == {key_id: 3}


def test_a_value_that_moved_to_another_row_does_not_open(filled: set[str], settings: Settings) -> None:
    first, second = Person.objects.order_by("pk")[:2]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recruitment_person SET id_number = %s WHERE id = %s", [first.id_number.blob, second.pk]
        )
    settings.DATA_KEYS = f"{NEW},{settings.DATA_KEYS}"
    others = stale_values() - 1
    assert others > 3
    with pytest.raises(DecryptionFailed, match=str(second.pk)):
        list(rotate(batch=2))
    # Whatever stands before or behind it is encrypted with the new key.
    assert stale_values() == 1


@pytest.mark.usefixtures("business_clock")
def test_no_screen_shows_what_does_not_open(
    filled: set[str], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The page is the page of a fault, and the log says which key is missing."""
    client = make_everybody().client("city_hr")
    client.raise_request_exception = False
    person = Person.objects.first()
    assert person is not None
    key_id = settings.DATA_KEYS.split(":")[0]
    settings.DATA_KEYS = NEW
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"/candidates/{person.applications.get().pk}/")
    assert answer.status_code == 500
    for shown in (person.id_number.blob.hex(), base64.b64encode(person.id_number.blob).decode(), "•••"):
        assert shown not in answer.text
    assert f"No key '{key_id}' on the ring" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_rows_in_use_are_left_to_the_next_round(settings: Settings) -> None:
    """A second connection holds a row; the run takes the others and does not wait."""
    make_world()
    for _ in range(2):
        passed_application()
    settings.DATA_KEYS = f"{NEW},{settings.DATA_KEYS}"
    held = Person.objects.order_by("pk").first()
    assert held is not None

    def run() -> None:
        try:
            with bank_wide("a test"):
                assert rotation._batch(Person, "id_number", size=10) == 1
        finally:
            connection.close()

    with transaction.atomic():
        Person.objects.select_for_update().get(pk=held.pk)
        thread = Thread(target=run)
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert values_by_key(Person, "id_number")["new"] == 1
    list(rotate(batch=10))
    assert stale_values() == 0
