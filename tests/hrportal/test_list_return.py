"""A list that was left for an action comes back with its filters and its page."""

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from recruitment.enums import ClassificationState
from recruitment.models import OnboardingTask, Reply
from recruitment.operations.ingest import ingest_waiting
from recruitment.operations.replies import accept_offer, ask
from tests.factories import NOW, make_world, signal_payload, store_payload
from tests.recruitment.steps import passed_application
from tests.staff import Staff, failed_sms, make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
HOST = "http://testserver"


@pytest.fixture
def staff(db: None) -> Staff:
    make_world()
    return make_everybody()


def opened(client: Client, row: str, *, from_list: str) -> None:
    """Open a row from a page of its list, as a browser does."""
    client.get(from_list)
    assert client.get(row, headers={"referer": f"{HOST}{from_list}"}).status_code == 200


def sent(client: Client, action: str, data: dict[str, object], *, from_page: str) -> str:
    answer = client.post(action, data, headers={"referer": f"{HOST}{from_page}"})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def a_follow_up(staff: Staff) -> tuple[Client, str, str, str, dict[str, object]]:
    task = failed_sms(sent_notice())
    row = reverse("follow_up", args=[task.pk])
    done: dict[str, object] = {"outcome": "reached", "note": "已电话联系"}
    return staff.client("city_hr"), reverse("follow_ups"), row, f"{row}complete/", done


def a_signal(staff: Staff) -> tuple[Client, str, str, str, dict[str, object]]:

    signal = store_payload(signal_payload(position_code="NOBODY"))
    ingest_waiting(now=NOW)
    row = reverse("quarantine_signal", args=[signal.pk])
    done: dict[str, object] = {"position_code": "TELLER", "why": "电话确认"}
    return staff.client("hq_hr"), reverse("quarantine"), row, f"{row}correct/", done


@pytest.mark.parametrize("case", [a_follow_up, a_signal])
def test_from_the_page_of_a_row(
    staff: Staff, case: Callable[[Staff], tuple[Client, str, str, str, dict[str, object]]]
) -> None:
    client, path, row, action, data = case(staff)
    filtered = f"{path}?branch=440000&cursor="
    opened(client, row, from_list=filtered)
    # Another tab looks at the same list otherwise.
    client.get(f"{path}?branch=440200")
    assert sent(client, action, data, from_page=row) == filtered


def test_after_a_form_that_was_refused(staff: Staff) -> None:
    client, path, row, action, data = a_follow_up(staff)
    opened(client, row, from_list=f"{path}?kind=sms_failed")
    assert client.post(action, {}, headers={"referer": f"{HOST}{row}"}).status_code == 422
    # The page that came back has the address of the form.
    assert sent(client, action, data, from_page=action) == f"{path}?kind=sms_failed"


def test_two_rows_in_two_tabs_lead_each_to_its_list(staff: Staff) -> None:
    client, path, row, action, data = a_follow_up(staff)
    other = failed_sms(sent_notice(name="王二"))
    other_row = reverse("follow_up", args=[other.pk])
    opened(client, row, from_list=f"{path}?kind=sms_failed")
    opened(client, other_row, from_list=f"{path}?branch=440200")
    assert sent(client, action, data, from_page=row) == f"{path}?kind=sms_failed"
    assert sent(client, f"{other_row}complete/", data, from_page=other_row) == f"{path}?branch=440200"


def test_a_list_without_filters_stays_so(staff: Staff) -> None:
    client, path, row, action, data = a_follow_up(staff)
    opened(client, row, from_list=f"{path}?kind=sms_failed")
    opened(client, row, from_list=path)
    assert sent(client, action, data, from_page=row) == path


def test_from_the_list_itself(staff: Staff) -> None:
    """Ticks, answers, retries: the form stands on the list, and the browser says on which of its pages."""
    notice = sent_notice()
    accept_offer(notice_id=notice.pk, now=NOW)
    item = OnboardingTask.objects.first()
    assert item is not None
    place = "/onboarding/?view=prepared"
    tick = reverse("onboarding_tick", args=[item.pk])
    assert sent(staff.client("administration"), tick, {}, from_page=place) == place

    reply = ask(notice_id=notice.pk, text="我再想想", now=NOW)
    Reply.objects.filter(pk=reply.pk).update(
        classification_state=ClassificationState.WAITING,
        model_version="m",
        read_at=NOW,
        target_attitude="none",
    )
    place = "/replies/?cursor=abc"
    confirm = reverse("replies_confirm")
    assert sent(staff.client("city_hr"), confirm, {"chosen": str(reply.pk)}, from_page=place) == place

    signal = store_payload(signal_payload(position_code="NOBODY"))

    ingest_waiting(now=NOW)
    place = "/quarantine/?reason=unknown_position&cursor="
    retry = reverse("quarantine_retry_chosen")
    assert sent(staff.client("hq_hr"), retry, {"chosen": str(signal.pk)}, from_page=place) == place


def test_another_site_leads_nowhere(staff: Staff) -> None:
    client, path, row, action, data = a_follow_up(staff)
    client.get(row, headers={"referer": f"https://elsewhere.example{path}?kind=sms_failed"})
    answer = client.post(action, data, headers={"referer": f"https://elsewhere.example{path}?kind=x"})
    assert answer.headers["Location"] == path


def test_what_was_searched_for_is_not_kept_readable(staff: Staff) -> None:
    application = passed_application(name="李传")
    client = staff.client("city_hr")
    opened(client, reverse("candidate", args=[application.pk]), from_list="/candidates/?q=13800138000")
    kept = repr([session.get_decoded() for session in Session.objects.all()])
    assert "list_places" in kept
    assert "13800138000" not in kept
