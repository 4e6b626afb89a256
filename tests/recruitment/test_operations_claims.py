from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from branches.roles import Role
from hrportal.kernel.scopes import Scope, scoped
from notifications.models import Notice
from notifications.operations.review import cancel
from recruitment.enums import ApplicationState, ClaimRelease
from recruitment.guards import claim_is_live
from recruitment.models import Application, Claim, Confirmation
from recruitment.operations.claims import live_claim
from recruitment.operations.confirmations import decline_need
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.events import consume_notice_events
from tests.factories import NOW, make_staff, resident_id, signal_payload
from tests.recruitment.steps import confirm, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def two_passes(*, first_preference: int = 1, second_preference: int = 2) -> tuple[Application, Application]:
    number = resident_id(11)
    first, second = take_in(
        signal_payload(1, id_number=number, name="同一人", branch_code="440200", preference=first_preference),
        signal_payload(
            2, id_number=number, name="同一人", branch_code="320100", preference=second_preference
        ),
    )
    first.refresh_from_db()
    second.refresh_from_db()
    return first, second


def test_the_preferred_application_goes_on_and_the_other_is_held() -> None:
    first, second = two_passes(first_preference=2, second_preference=1)
    assert second.state == ApplicationState.CONFIRMING
    assert first.state == ApplicationState.HELD
    assert Claim.objects.get().application == second


def test_the_duplicate_check_sees_beyond_the_scope_in_which_it_is_asked() -> None:
    first, second = two_passes()
    with scoped(Scope(reason="a test", branch_ids=frozenset({second.branch_id}))):
        assert not Claim.objects.exists()
        claim = live_claim(first.person)
    assert claim is not None
    assert claim.application_id == first.pk


def test_the_database_itself_refuses_a_second_live_claim() -> None:
    first, second = two_passes()
    with pytest.raises(IntegrityError, match="one_live_claim_per_person"), transaction.atomic():
        Claim.objects.create(person=first.person, application=second, made_at=NOW)


def test_a_declined_need_lets_the_next_branch_go_on() -> None:
    first, second = two_passes()
    clerk = make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")
    confirmation = Confirmation.objects.get(application=first)
    decline_need(confirmation_id=confirmation.pk, reason="headcount filled", now=NOW, by=clerk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == ApplicationState.NEED_DECLINED
    assert second.state == ApplicationState.TO_DECIDE
    decide_waiting(now=NOW)
    second.refresh_from_db()
    assert second.state == ApplicationState.CONFIRMING
    assert Claim.objects.get(application=first).release == ClaimRelease.NEED_DECLINED
    assert Claim.objects.get(application=second).released_at is None


def test_after_a_release_preference_decides_then_time() -> None:
    number = resident_id(12)
    applications = take_in(
        *(
            signal_payload(
                10 + index, id_number=number, name="同一人", branch_code=code, preference=preference
            )
            for index, (code, preference) in enumerate([("440200", 1), ("440300", 3), ("320100", 2)])
        )
    )
    confirmation = Confirmation.objects.get(application=applications[0])
    decline_need(
        confirmation_id=confirmation.pk, reason="no need", now=NOW, by=make_staff(Role.HQ_HR, "000000")
    )
    states = [Application.objects.get(pk=application.pk).state for application in applications]
    assert states == [ApplicationState.NEED_DECLINED, ApplicationState.HELD, ApplicationState.TO_DECIDE]


def test_a_cancelled_notice_releases_the_claim_when_its_news_is_taken() -> None:
    first, second = two_passes()
    notice = confirm(first)
    cancel(notice_id=notice.pk, reason="position closed", now=NOW, by=make_staff(Role.CITY_HR, "440200"))
    assert consume_notice_events(now=NOW + timedelta(seconds=1)) >= 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == ApplicationState.STOPPED
    assert second.state == ApplicationState.TO_DECIDE


def test_the_guard_objects_without_a_live_claim() -> None:
    first, second = two_passes()
    assert claim_is_live({first.pk, second.pk}) == {second.pk: "no_live_claim"}


def test_the_database_refuses_a_second_live_notice_for_one_recipient() -> None:
    first, _second = two_passes()
    notice = confirm(first)
    versions = list(notice.versions.all())
    twin = Notice.objects.get(pk=notice.pk)
    twin.pk = None
    twin._state.adding = True
    twin.id = first.pk
    twin.link_digest = b"x" * 32
    with pytest.raises(IntegrityError, match="one_live_notice_per_recipient"), transaction.atomic():
        twin.save()
    assert versions
