"""Candidates leave as files: through HTTP, from the list to the download and the log."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pytest_django import Settings

from branches.enums import ExportState
from branches.models import AccessEntry, Branch, Export, ExportFile
from branches.operations import end_role, grant_role
from branches.operations.export_files import LEASE, WRITE, take_export, write_waiting
from branches.operations.exports import approve_export, expire_exports
from branches.roles import Role
from branches.tasks import write_exports
from hrportal.kernel import clocks
from hrportal.kernel.refusals import NotSecondPerson
from recruitment.models import Person
from tests.factories import NOW, grants_of, make_staff, resident_id, signal_payload
from tests.recruitment.steps import take_in
from tests.staff import Staff, make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
OPEN_COLUMNS = ["name", "branch", "score", "reference"]
ENCRYPTED_COLUMNS = ["name", "id_number", "phone", "email"]
PHONE = "+8613812345678"
MAIL = "lichuan@example.com"


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    return make_everybody()


def ask(client: Client, query: str = "", **changes: Any) -> Any:
    sent = {"format": "csv", "columns": OPEN_COLUMNS, "purpose": "给省行的周报"} | changes
    page = client.get(f"/candidates/export/{query}", follow=True)
    return client.post(page.wsgi_request.get_full_path(), sent)


def asked(client: Client, query: str = "", **changes: Any) -> Export:
    """An export that was accepted; its page is where the answer leads."""
    answer = ask(client, query, **changes)
    assert answer.status_code == 302, answer.content.decode()
    return Export.objects.get(pk=answer.headers["Location"].strip("/").split("/")[-1])


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def downloaded(client: Client, export: Export) -> list[list[str]]:
    answer = client.get(f"/exports/{export.pk}/file/")
    assert answer.status_code == 200
    return rows_of(answer)


def test_the_file_holds_the_list_under_a_watermark(staff: Staff) -> None:
    _, formula, _ = take_in(
        signal_payload(name="李传"), signal_payload(), signal_payload(branch_code="320100")
    )
    # No signal brings such a name any more; a row may be older than the check.
    Person.objects.filter(pk=formula.person_id).update(name="=cmd|' /C calc'!A0")
    client = staff.client("city_hr")
    export = asked(client, "?state=confirming", columns=["name", "branch"])
    page = client.get(f"/exports/{export.pk}/")
    assert 'hx-trigger="every 2s"' in page.text
    assert client.get(f"/exports/{export.pk}/file/").status_code == 404
    write_exports()
    progress = client.get(f"/exports/{export.pk}/progress/").text
    assert "Download" in progress
    assert "hx-get" not in progress
    answer = client.get(f"/exports/{export.pk}/file/")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="candidates-')
    assert "no-store" in answer.headers["Cache-Control"]
    watermark, header, *rows = rows_of(answer)
    assert watermark[0] == "Confidential"
    assert "city_hr" in watermark[1]
    assert watermark[2].startswith("2026-11-04 10:")
    assert watermark[3] == "Purpose: 给省行的周报"
    assert header == ["Name", "Branch"]
    assert sorted(row[0] for row in rows) == ["'=cmd|' /C calc'!A0", "李传"]


def test_xlsx_holds_the_same(staff: Staff) -> None:
    take_in(signal_payload(name="李传", score=91))
    client = staff.client("city_hr")
    export = asked(client, format="xlsx")
    write_exports()
    answer = client.get(f"/exports/{export.pk}/file/")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[2][:3] == ("李传", "深圳分行", 91)


def test_each_step_is_in_the_log_with_filter_rows_and_purpose(staff: Staff) -> None:
    take_in(signal_payload(name="李传"), signal_payload(name="王传"))
    client = staff.client("city_hr")
    export = asked(client, "?q=李&branch=440200")
    write_exports()
    downloaded(client, export)
    entries = AccessEntry.objects.filter(subject=f"export:{export.pk}").order_by("pk")
    assert [(entry.action, entry.rows, entry.purpose) for entry in entries] == [
        ("export_ask", 1, "给省行的周报"),
        ("export", 1, "给省行的周报"),
        ("export_download", 1, "给省行的周报"),
    ]
    for entry in entries:
        assert entry.filter["branch"] == "440200"
        assert entry.filter["columns"] == "name,branch,score,reference"
        assert "李" not in json.dumps(entry.filter, ensure_ascii=False)
    assert [move.action for move in export.transitions.all()] == [
        "export_ask",
        "export_take",
        "export",
        "export_download",
    ]


@pytest.mark.parametrize("who", ["administration", "it_ops", "auditor"])
def test_roles_without_candidates_export_nothing(staff: Staff, who: str) -> None:
    client = staff.client(who)
    assert client.get("/candidates/export/").status_code == 403
    assert ask(client).status_code == 403
    assert client.get("/exports/").status_code == 403


def test_a_department_has_no_sealed_columns(staff: Staff) -> None:
    sent_notice(name="李传", phone=PHONE)
    client = staff.client("department")
    page = client.get("/candidates/export/").text
    assert 'value="name"' in page
    assert 'value="phone"' not in page
    assert "in_full" not in page
    assert ask(client, columns=["name", "phone"]).status_code == 422
    export = asked(client, columns=["name"], in_full="on")
    assert (export.in_full, export.state) == (False, ExportState.QUEUED)
    write_exports()
    assert [row[0] for row in downloaded(client, export)[2:]] == ["李传"]


def test_a_foreign_filter_answers_as_the_list_does(staff: Staff) -> None:
    take_in(signal_payload(name="珠海人", branch_code="440300"), signal_payload(name="深圳人"))
    client = staff.client("city_hr")
    assert client.get("/candidates/?branch=440300").context["page"].rows == []
    refused = ask(client, "?branch=440300")
    assert refused.status_code == 422
    assert "No rows match" in refused.content.decode()
    assert ask(client, "?q=珠海").status_code == 422
    assert not Export.objects.exists()
    export = asked(client)
    write_exports()
    assert [row[0] for row in downloaded(client, export)[2:]] == ["深圳人"]


def test_bad_input_names_the_field(staff: Staff) -> None:
    take_in(signal_payload())
    client = staff.client("city_hr")
    changes: dict[str, Any]
    for changes in (
        {"purpose": ""},
        {"purpose": "x"},
        {"columns": []},
        {"columns": ["gender"]},
        {"format": "pdf"},
    ):
        refused = ask(client, **changes)
        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == set(changes)


def test_sealed_columns_are_masked(staff: Staff) -> None:
    number = resident_id(8)
    sent_notice(name="李传", phone=PHONE, email=MAIL, id_number=number)
    client = staff.client("city_hr")
    export = asked(client, columns=ENCRYPTED_COLUMNS)
    write_exports()
    row = downloaded(client, export)[2]
    assert row == ["李传", f"{number[:6]}********{number[14:]}", "138****5678", "l***@example.com"]


def test_in_full_needs_a_second_person_of_the_branch(staff: Staff) -> None:
    number = resident_id(8)
    sent_notice(name="李传", phone=PHONE, email=MAIL, id_number=number)
    client = staff.client("city_hr")
    export = asked(client, columns=ENCRYPTED_COLUMNS, in_full="on")
    assert export.state == ExportState.TO_APPROVE
    write_exports()
    assert client.get(f"/exports/{export.pk}/file/").status_code == 404
    assert client.post(f"/exports/{export.pk}/approve/", {"note": "sounds right"}).status_code == 404
    for who in ("foreign_city_hr", "foreign_province_hr", "department", "auditor"):
        other = staff.client(who)
        assert other.get(f"/exports/{export.pk}/").status_code == 404
        assert other.post(f"/exports/{export.pk}/approve/", {"note": "sounds right"}).status_code == 404
    colleague = Client(headers={"accept-language": "en"})
    colleague.force_login(make_staff(Role.CITY_HR, "440200", username="colleague"))
    assert "Export to approve" in colleague.get("/").text
    assert "给省行的周报" in colleague.get("/exports/?view=approve").text
    assert colleague.post(f"/exports/{export.pk}/approve/", {"note": ""}).status_code == 422
    assert colleague.post(f"/exports/{export.pk}/approve/", {"note": "sounds right"}).status_code == 302
    assert colleague.post(f"/exports/{export.pk}/refuse/", {"note": "too late"}).status_code == 404
    write_exports()
    assert colleague.get(f"/exports/{export.pk}/file/").status_code == 404
    row = downloaded(client, export)[2]
    assert row == ["李传", f"'{number}", f"'{PHONE}", MAIL]
    actions = (
        AccessEntry.objects.filter(subject=f"export:{export.pk}")
        .order_by("pk")
        .values_list("action", flat=True)
    )
    assert list(actions) == ["export_ask", "export_approve", "export", "reveal_export", "export_download"]


def test_whoever_asked_approves_by_no_way_around_the_page(staff: Staff) -> None:
    sent_notice(name="李传", phone=PHONE, email=MAIL, id_number=resident_id(8))
    export = asked(staff.client("city_hr"), columns=ENCRYPTED_COLUMNS, in_full="on")
    with pytest.raises(NotSecondPerson):
        approve_export(export_id=export.pk, note="mine", now=clocks.now(), by=staff.users["city_hr"])


def test_the_database_refuses_what_nobody_else_approved(staff: Staff) -> None:
    sent_notice(name="李传", phone=PHONE)
    export = asked(staff.client("city_hr"), columns=ENCRYPTED_COLUMNS, in_full="on")
    for change in ({"state": "queued"}, {"state": "queued", "decided_by": staff.users["city_hr"]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Export.objects.filter(pk=export.pk).update(**change)


def test_a_refusal_is_read_by_who_asked(staff: Staff) -> None:
    sent_notice(name="李传", phone=PHONE)
    client = staff.client("city_hr")
    export = asked(client, columns=ENCRYPTED_COLUMNS, in_full="on")
    staff.client("province_hr").post(f"/exports/{export.pk}/refuse/", {"note": "masked will do"})
    assert "masked will do" in client.get(f"/exports/{export.pk}/").text
    write_exports()
    export.refresh_from_db()
    assert export.state == ExportState.REFUSED


def test_the_link_is_its_owners_and_expires(staff: Staff, business_clock: Settings) -> None:
    take_in(signal_payload(name="李传"))
    client = staff.client("city_hr")
    export = asked(client)
    write_exports()
    for who in staff.users.keys() - {"city_hr"}:
        assert staff.client(who).get(f"/exports/{export.pk}/file/").status_code in {403, 404}, who
    assert client.get(f"/exports/{export.pk}/file/").status_code == 200
    business_clock.CLOCK_BUSINESS_EPOCH = (NOW + timedelta(hours=25)).timestamp()
    assert client.get(f"/exports/{export.pk}/file/").status_code == 404
    assert expire_exports(now=clocks.now()) == 1
    assert not ExportFile.objects.exists()
    assert "The file has been deleted" in client.get(f"/exports/{export.pk}/").text


def test_nothing_plain_is_stored(staff: Staff) -> None:
    sent_notice(name="李传", phone=PHONE)
    export = asked(staff.client("city_hr"), "?q=李传")
    write_exports()
    with connection.cursor() as cursor:
        for table in (
            "branches_exportfile",
            "branches_export",
            "branches_accessentry",
            "branches_exporttransition",
        ):
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")  # noqa: S608 - our own tables
            kept = " ".join(row[0] for row in cursor.fetchall())
            assert kept
            assert "李传" not in kept
            assert "李传".encode().hex() not in kept
    assert export.filter["q"] != "李传"


def test_a_role_that_ended_takes_its_exports_along(staff: Staff) -> None:
    take_in(signal_payload(name="李传"))
    client = staff.client("city_hr")
    written, waiting = asked(client), asked(client)
    assert write_waiting(now=clocks.now())
    (grant,) = grants_of(staff.users["city_hr"])
    end_role(grant=grant, now=clocks.now())
    assert client.get(f"/exports/{written.pk}/file/").headers["Location"].startswith("/sign-in/")
    assert staff.client("city_hr").get(f"/exports/{written.pk}/file/").status_code == 403
    write_exports()
    waiting.refresh_from_db()
    assert waiting.state == ExportState.FAILED


def test_who_moved_on_leaves_the_files_of_the_old_place(staff: Staff) -> None:
    take_in(signal_payload(name="李传"))
    client = staff.client("city_hr")
    export = asked(client)
    write_exports()
    user = staff.users["city_hr"]
    (grant,) = grants_of(user)
    end_role(grant=grant, now=clocks.now())
    grant_role(user=user, role=Role.CITY_HR, branch=Branch.objects.get(code="440300"), now=clocks.now())
    client = staff.client("city_hr")
    assert client.get("/exports/").status_code == 200
    assert client.get(f"/exports/{export.pk}/file/").status_code == 404
    grant_role(user=user, role=Role.PROVINCE_HR, branch=Branch.objects.get(code="440000"), now=clocks.now())
    assert client.get(f"/exports/{export.pk}/file/").status_code == 200


def test_an_unusual_volume_alarms_head_office(staff: Staff, settings: Settings) -> None:
    settings.EXPORT_ALARM_ROWS = 3
    take_in(*(signal_payload() for _ in range(2)))
    client = staff.client("city_hr")
    first, second = asked(client), asked(client)
    write_exports()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.alarm_rows, second.alarm_rows) == (None, 4)
    assert AccessEntry.objects.get(action="export_alarm").rows == 4
    boss = staff.client("hq_hr")
    assert "Unusual volume of exports" in boss.get("/").text
    assert str(second.pk) in boss.get("/exports/?view=alarms").text
    assert "Unusual volume" not in staff.client("province_hr").get("/").text
    assert (
        staff.client("province_hr").post(f"/exports/{second.pk}/alarm/", {"note": "fine"}).status_code == 404
    )
    assert client.post(f"/exports/{second.pk}/alarm/", {"note": "my own"}).status_code == 404
    assert (
        boss.post(f"/exports/{second.pk}/alarm/", {"note": "called, it is the weekly report"}).status_code
        == 302
    )
    assert "Unusual volume of exports" not in boss.get("/").text
    assert "weekly report" in client.get(f"/exports/{second.pk}/").text


def test_too_many_rows_are_refused_before_the_work(staff: Staff, settings: Settings) -> None:
    settings.EXPORT_MAX_ROWS = 1
    take_in(*(signal_payload() for _ in range(2)))
    client = staff.client("city_hr")
    assert "more than 1 rows" in client.get("/candidates/export/").text
    refused = ask(client)
    assert refused.status_code == 422
    assert "narrow the filter" in refused.content.decode()


def test_a_worker_that_died_is_followed_by_another(staff: Staff) -> None:
    take_in(signal_payload())
    export = asked(staff.client("city_hr"))
    now = clocks.now()
    assert take_export(writing=WRITE.round(now=now)) == export
    assert take_export(writing=WRITE.round(now=now)) is None
    assert write_waiting(now=now + LEASE + timedelta(seconds=1))
    export.refresh_from_db()
    assert export.state == ExportState.READY


def test_where_time_runs_faster_a_worker_still_has_its_real_time(staff: Staff, settings: Settings) -> None:
    take_in(signal_payload())
    export = asked(staff.client("city_hr"))
    now = clocks.now()
    assert take_export(writing=WRITE.round(now=now)) == export
    settings.CLOCK_RATE = 60.0
    assert take_export(writing=WRITE.round(now=now + 59 * LEASE)) is None
    assert take_export(writing=WRITE.round(now=now + 61 * LEASE)) == export


def test_rows_cost_no_queries_of_their_own(staff: Staff) -> None:
    counts = []
    client = staff.client("city_hr")
    for _round in range(2):
        take_in(*(signal_payload() for _ in range(10)))
        export = asked(client, columns=ENCRYPTED_COLUMNS)
        with CaptureQueriesContext(connection) as used:
            assert write_waiting(now=clocks.now())
        counts.append(len(used))
        assert len(downloaded(client, export)) > 10
    assert counts[0] == counts[1]
    with CaptureQueriesContext(connection) as listed:
        assert client.get("/exports/").status_code == 200
    assert len(listed) <= 12


def test_deliveries_leave_the_same_way(staff: Staff) -> None:
    sent_notice(name="李传")
    client = staff.client("city_hr")
    assert client.get("/deliveries/export/").status_code == 200
    answer = client.post(
        "/deliveries/export/?channel=app",
        {"format": "csv", "columns": ["candidate", "channel", "state"], "purpose": "check the app"},
    )
    export = Export.objects.get()
    assert answer.headers["Location"] == f"/exports/{export.pk}/"
    write_exports()
    assert downloaded(client, export)[2:] == [["李传", "Bank app", "Accepted"]]
    assert staff.client("department").get("/deliveries/export/").status_code == 403


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a worker is woken is not what these tests look at."""
    monkeypatch.setattr("branches.operations.exports.wake", lambda _task: None)
