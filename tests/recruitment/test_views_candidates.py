"""The list of candidates and the page of one, through HTTP."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branches.models import AccessEntry, Branch
from notifications.enums import FollowUpKind, FollowUpState
from notifications.models import FollowUp
from recruitment.enums import ApplicationState
from recruitment.models import Application, Reply
from recruitment.operations.replies import ask
from tests.factories import NOW, resident_id, signal_payload
from tests.recruitment.steps import passed_application, take_in
from tests.staff import Staff, application_of, failed_sms, make_everybody, sent_notice

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    return make_everybody()


def held_pair() -> tuple[Application, Application]:
    """One person twice: admitted at Shenzhen, held at Zhuhai."""
    number = resident_id(7)
    first = signal_payload(branch_code="440200", id_number=number, preference=1, name="王小明")
    second = signal_payload(branch_code="440300", id_number=number, preference=2, name="王小明")
    winner, held = take_in(first, second)
    winner.refresh_from_db()
    held.refresh_from_db()
    assert held.state == ApplicationState.HELD
    return winner, held


def many_applications(count: int) -> None:
    """Passed applications, in batches as the workers take them."""
    payloads = [signal_payload() for _ in range(count)]
    for start in range(0, count, 30):
        take_in(*payloads[start : start + 30])


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("hq_hr", True),
        ("province_hr", True),
        ("city_hr", True),
        ("department", True),
        ("foreign_province_hr", False),
        ("foreign_city_hr", False),
        ("foreign_department", False),
    ],
)
def test_list_and_page_are_there_for_the_own_scope_only(staff: Staff, who: str, *, sees: bool) -> None:
    application = passed_application(name="陈一一")
    client = staff.client(who)
    page = client.get("/candidates/")
    assert page.status_code == 200
    assert ("陈一一" in page.text) is sees
    assert client.get(f"/candidates/{application.pk}/").status_code == (200 if sees else 404)
    assert client.get(f"/candidates/{uuid4()}/").status_code == 404


@pytest.mark.parametrize("who", ["administration", "it_ops", "auditor"])
def test_roles_without_candidates_are_refused(staff: Staff, who: str) -> None:
    application = passed_application()
    client = staff.client(who)
    assert client.get("/candidates/").status_code == 403
    assert client.get(f"/candidates/{application.pk}/").status_code == 404


def test_a_visitor_is_led_to_the_sign_in(client: Client, world: dict[str, Branch]) -> None:
    answer = client.get("/candidates/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/?next=/candidates/")


def test_department_sees_passed_ones_without_contacts_and_history_of_others(staff: Staff) -> None:
    notice = sent_notice(name="李传", phone="+8613812345678")
    ask(notice_id=notice.pk, text="call 13999999999", now=NOW)
    take_in(signal_payload(name="没过", verdict="fail", score=40))
    client = staff.client("department")
    assert "没过" not in client.get("/candidates/").text
    page = client.get(f"/candidates/{notice.subject_ref}/").text
    assert "Stress tolerance" in page
    assert "****" not in page
    assert "13999999999" not in page
    assert "Why this notice" not in page


def test_hr_sees_masks_and_never_what_is_sealed(staff: Staff) -> None:
    number = resident_id(8)
    notice = sent_notice(name="李传", phone="+8613812345678", email="lichuan@example.com", id_number=number)
    page = staff.client("city_hr").get(f"/candidates/{notice.subject_ref}/").text
    assert "138****5678" in page
    assert "l***@example.com" in page
    assert number[:6] + "********" + number[14:] in page
    for secret in ("13812345678", "lichuan@", number, "app-"):
        assert secret not in page


def test_fifty_rows_cost_as_many_queries_as_one(staff: Staff) -> None:
    sent_notice(name="李传")
    client = staff.client("hq_hr")
    with CaptureQueriesContext(connection) as one:
        client.get("/candidates/")
    many_applications(60)
    with CaptureQueriesContext(connection) as fifty:
        page = client.get("/candidates/")
    assert page.text.count('class="lead-cell"') == 50
    assert len(fifty) == len(one) <= MOST_QUERIES, [query["sql"][:120] for query in fifty]


def test_pages_follow_each_other_without_gap(staff: Staff) -> None:
    many_applications(60)
    client = staff.client("city_hr")
    first = client.get("/candidates/")
    cursor = first.context["page"].next
    second = client.get("/candidates/", {"cursor": cursor})
    names = [row.pk for answer in (first, second) for row in answer.context["page"].rows]
    assert len(set(names)) == len(names) == 60
    assert client.get("/candidates/", {"cursor": "nonsense"}).status_code == 400


def test_filters(staff: Staff) -> None:
    sent_notice(name="李传")
    take_in(
        signal_payload(name="低分", score=70),
        signal_payload(name="没过", verdict="fail", score=40),
        signal_payload(name="珠海人", branch_code="440300"),
    )
    client = staff.client("hq_hr")

    def names(**wanted: str) -> set[str]:
        return {
            row.person.name for row in client.get("/candidates/", wanted, follow=True).context["page"].rows
        }

    assert names() == {"李传", "低分", "没过", "珠海人"}
    assert names(q="李") == {"李传"}
    assert names(q="传") == {"李传"}
    assert names(q="燕") == set()
    assert names(q=Application.objects.get(person__name="低分").ref) == {"低分"}
    assert names(view="passed") == {"李传", "低分", "珠海人"}
    assert names(view="no_rule") == {"低分"}
    assert names(view="unread") == {"李传"}
    assert names(view="accepted") == set()
    assert names(state="failed") == {"没过"}
    assert names(branch="440300") == {"珠海人"}
    assert names(branch="440000", position="TELLER") == {"李传", "低分", "没过", "珠海人"}
    assert names(position="TECH_ENGINEER") == set()
    assert names(season="2026-autumn", since="2026-11-04", until="2026-11-04") == {
        "李传",
        "低分",
        "没过",
        "珠海人",
    }
    assert names(until="2026-11-03") == set()
    assert names(branch="999999") == set()


def test_the_branch_filter_offers_only_the_own_subtree(staff: Staff) -> None:
    page = staff.client("city_hr").get("/candidates/").text
    assert 'value="440201"' in page
    assert 'value="440300"' not in page


def test_a_held_candidate_tells_stage_and_whom_to_call_and_logs_it(staff: Staff) -> None:
    winner, held = held_pair()
    client = staff.client("foreign_city_hr")
    listed = client.get("/candidates/").text
    assert "Hired by another branch" in listed
    assert "深圳分行" not in listed
    told = AccessEntry.objects.filter(action="admitted_elsewhere")
    assert not told.exists()
    page = client.get(f"/candidates/{held.pk}/").text
    assert "深圳分行" in page
    assert "075500000000" in page
    assert str(staff.users["city_hr"]) in page
    assert "Department confirms" in page
    assert winner.ref not in page
    assert str(winner.pk) not in page
    entry = told.get()
    assert (entry.subject, entry.user) == (f"application:{held.pk}", staff.users["foreign_city_hr"])


def test_the_timeline_tells_the_whole_story(staff: Staff) -> None:
    notice = sent_notice(name="李传")
    failed_sms(notice)
    page = staff.client("city_hr").get(f"/candidates/{notice.subject_ref}/").text
    for word in (
        "Interview result processed",
        "Reserved bank-wide",
        "Notice approved",
        "accepted by the provider",
        "Follow-up opened",
    ):
        assert word in page, word


def test_answering_a_question_finishes_its_task(staff: Staff) -> None:
    notice = sent_notice(name="李传")
    reply = ask(notice_id=notice.pk, text="有宿舍吗?", now=NOW)
    address = f"/candidates/{notice.subject_ref}/replies/{reply.pk}/"
    assert staff.client("foreign_city_hr").post(address).status_code == 404
    assert staff.client("department").post(address).status_code == 404
    client = staff.client("city_hr")
    empty = client.post(address, {f"{reply.pk}-text": ""})
    assert empty.status_code == 422
    answer = client.post(address, {f"{reply.pk}-text": "有。"})
    assert answer.status_code == 302
    assert Reply.objects.get(pk=reply.pk).answered_by == staff.users["city_hr"]
    task = FollowUp.objects.get(kind=FollowUpKind.QUESTION)
    assert (task.state, task.outcome) == (FollowUpState.DONE, "answered")
    assert "有。" in client.get(f"/candidates/{application_of(notice).pk}/").text


def test_a_second_question_keeps_the_task_open(staff: Staff) -> None:
    notice = sent_notice(name="李传")
    first = ask(notice_id=notice.pk, text="一", now=NOW)
    ask(notice_id=notice.pk, text="二", now=NOW)
    staff.client("city_hr").post(
        f"/candidates/{notice.subject_ref}/replies/{first.pk}/", {f"{first.pk}-text": "好的"}
    )
    assert FollowUp.objects.get(kind=FollowUpKind.QUESTION).state == FollowUpState.OPEN
