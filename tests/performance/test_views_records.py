"""Files of records through HTTP: look, confirm, discard; nothing is taken in that was not looked at."""

import io
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from branches.models import Branch
from hrportal.kernel.tables import read_table
from performance.enums import UploadState
from performance.models import PerformanceRecord, RecordCorrection, RecordUpload
from performance.operations import upload_reading
from performance.operations.taking import record_each
from performance.tasks import expire_uploads, read_uploads
from performance.wire import RECORDS, parse_record
from tests.factories import NOW
from tests.performance.test_operations_records import hire, record, row
from tests.staff import HERE, Staff, make_everybody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
ALLOWED = {"hq_hr", "province_hr", "city_hr"}
FILE = "employee_no,period,score\nE1,2026-02,80\nE1,2026-03,85\nE2,2026-02,70\nE1,2026-04,much\n"
URL = "/performance-records/"


@pytest.fixture
def staff(bank: dict[str, Branch]) -> Staff:
    hire("E1")
    hire("E2", branch="320100")
    return make_everybody()


def send(client: Client, content: str | bytes = FILE, *, name: str = "二月.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return client.post(URL, {"file": SimpleUploadedFile(name, raw)})


def looked_at(client: Client, content: str | bytes = FILE) -> RecordUpload:
    answer = send(client, content)
    assert answer.status_code == 302
    read_uploads()
    return RecordUpload.objects.latest("uploaded_at", "pk")


def confirm(client: Client, upload: RecordUpload) -> Any:
    client.post(f"{URL}{upload.pk}/confirm/")
    read_uploads()
    return client.get(f"{URL}{upload.pk}/")


@pytest.mark.parametrize("name", sorted(HERE))
def test_hr_uploads_records(staff: Staff, name: str) -> None:
    client = staff.client(name)
    allowed = name in ALLOWED
    assert client.get(URL).status_code == (200 if allowed else 403)
    assert client.get(f"{URL}template.csv").status_code == (200 if allowed else 403)
    assert send(client).status_code == (302 if allowed else 403)
    assert RecordUpload.objects.exists() is allowed


def test_a_file_is_looked_at_first_then_exactly_it_goes_in(staff: Staff) -> None:
    record(row(score="60"))
    client = staff.client("city_hr")
    upload = looked_at(client)
    page = client.get(f"{URL}{upload.pk}/").text
    for told in (
        "File preview",
        "Score: 60.00 → 80.00",
        "Import 2 rows",
        "No employee has this number",
    ):
        assert told in page
    assert (upload.created, upload.corrected, len(upload.errors)) == (1, 1, 2)
    assert PerformanceRecord.objects.count() == 1
    assert "imported" in confirm(client, upload).text
    upload.refresh_from_db()
    assert (upload.created, upload.corrected, len(upload.errors)) == (1, 1, 2)
    assert (upload.state, upload.content, upload.ended_at) == (UploadState.TAKEN, None, upload.ended_at)
    assert [(month.score, month.source) for month in PerformanceRecord.objects.order_by("period")] == [
        (Decimal(80), "file"),
        (Decimal(85), "file"),
    ]
    assert RecordCorrection.objects.get().by == staff.users["city_hr"]


def test_a_second_confirmation_does_nothing_twice(staff: Staff) -> None:
    client = staff.client("city_hr")
    upload = looked_at(client)
    confirm(client, upload)
    assert "already imported" in client.post(f"{URL}{upload.pk}/confirm/", follow=True).text
    read_uploads()
    assert not RecordCorrection.objects.exists()


def test_employees_elsewhere_are_unknown_and_head_office_knows_all(staff: Staff) -> None:
    city, bank = (looked_at(staff.client(name)) for name in ("city_hr", "hq_hr"))
    assert (city.created, [error["line"] for error in city.errors]) == (2, [4, 5])
    assert (bank.created, [error["line"] for error in bank.errors]) == (3, [5])
    assert (city.branch.code, bank.branch.code) == ("440200", "000000")


def test_only_who_looked_confirms_and_only_colleagues_above_see(staff: Staff) -> None:
    upload = looked_at(staff.client("city_hr"))
    above, elsewhere = staff.client("province_hr"), staff.client("foreign_city_hr")
    page = above.get(f"{URL}{upload.pk}/")
    assert page.status_code == 200
    assert "Import 1 row" not in page.text
    assert "E1" not in page.text
    assert above.post(f"{URL}{upload.pk}/confirm/").status_code == 404
    assert above.post(f"{URL}{upload.pk}/discard/").status_code == 404
    assert "二月.csv" in above.get(URL).text
    assert elsewhere.get(f"{URL}{upload.pk}/").status_code == 404
    assert "二月.csv" not in elsewhere.get(URL).text
    assert not PerformanceRecord.objects.exists()


def test_a_discarded_file_is_forgotten(staff: Staff) -> None:
    client = staff.client("city_hr")
    upload = looked_at(client)
    client.post(f"{URL}{upload.pk}/discard/")
    upload.refresh_from_db()
    assert (upload.state, upload.content) == (UploadState.DISCARDED, None)
    said = client.post(f"{URL}{upload.pk}/confirm/", follow=True).text
    assert "This file was discarded" in said
    assert not PerformanceRecord.objects.exists()


def test_a_file_that_waited_too_long_is_forgotten(staff: Staff, business_clock: Any) -> None:
    client = staff.client("city_hr")
    upload = looked_at(client)
    business_clock.CLOCK_BUSINESS_EPOCH = (NOW + timedelta(hours=25)).timestamp()
    assert "has been deleted" in client.get(f"{URL}{upload.pk}/").text
    confirm(client, upload)
    expire_uploads()
    upload.refresh_from_db()
    assert (upload.state, upload.content) == (UploadState.EXPIRED, None)
    assert not PerformanceRecord.objects.exists()


def test_a_waiting_file_is_sealed(staff: Staff) -> None:
    upload = looked_at(staff.client("city_hr"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM performance_recordupload WHERE id = %s", [upload.pk])
        assert b"E1" not in bytes(cursor.fetchone()[0])


def test_a_workbook_does_the_same(staff: Staff) -> None:
    book = Workbook()
    sheet = book.create_sheet(index=0)
    sheet.append(RECORDS.names)
    sheet.append(("E1", "2026-02", 80, 1, 300, 0.9, 1.1))
    raw = io.BytesIO()
    book.save(raw)
    client = staff.client("city_hr")
    confirm(client, looked_at(client, raw.getvalue()))
    month = PerformanceRecord.objects.get()
    assert (month.score, month.complaints, month.transactions) == (Decimal(80), 1, 300)


def test_a_file_that_cannot_be_read_says_why(staff: Staff) -> None:
    client = staff.client("city_hr")
    for content, says in (
        ("employee_no,score\nE1,1\n", "Missing columns: period"),
        ("employee_no,period,score,score\nE1,2026-02,1,1\n", "both “score”"),
        ("employee_no,period,score\n", "no rows below the headings"),
        (b"\xff\xff\xff", "neither text"),
        (b"PK\x03\x04nothing", "not an XLSX workbook"),
    ):
        upload = looked_at(client, content)
        assert (upload.state, upload.content) == (UploadState.REFUSED, None)
        assert says in client.get(f"{URL}{upload.pk}/").text
    for name, content, says in (
        ("a.pdf", FILE, "ends in .csv or .xlsx"),
        ("a.csv", "", "empty"),
        ("a.csv", "x" * (16 * 1024 * 1024 + 1), "larger than 16 MB"),
    ):
        answer = send(client, content, name=name)
        assert answer.status_code == 422
        assert says in answer.context["form"].errors["file"][0]


def test_headings_are_asked_once_and_remembered(staff: Staff) -> None:
    client = staff.client("city_hr")
    file = "员工代号,period,score,备注\nE1,2026-02,80,王芳\n"
    upload = looked_at(client, file)
    assert upload.state == UploadState.UNCLEAR
    page = client.get(f"{URL}{upload.pk}/").text
    assert "Map columns" in page
    client.post(f"{URL}{upload.pk}/read/", {"heading0": "employee_no", "heading1": "-"})
    read_uploads()
    upload.refresh_from_db()
    assert (upload.state, upload.created) == (UploadState.WAITING, 1)
    page = client.get(f"{URL}{upload.pk}/").text
    assert "“员工代号” is read as employee_no" in page
    assert "These columns were not read: 备注." in page
    assert looked_at(staff.client("province_hr"), file).state == UploadState.WAITING


def test_values_are_for_whoever_uploaded_the_file(staff: Staff) -> None:
    client = staff.client("city_hr")
    upload = looked_at(client)
    assert '<td data-label="Value" class="wrap">much</td>' in client.get(f"{URL}{upload.pk}/").text
    assert "much" not in staff.client("province_hr").get(f"{URL}{upload.pk}/").text
    confirm(client, upload)
    upload.refresh_from_db()
    assert upload.findings is not None
    assert "much" not in str(upload.errors)


def test_zeros_that_a_program_dropped_hit_nobody_else(staff: Staff) -> None:
    for number in ("00123", "123", "0777"):
        hire(number)
    upload = looked_at(
        staff.client("city_hr"),
        "employee_no,period,score\n123,2026-02,80\n777,2026-02,80\n'123,2026-03,80\n00123,2026-04,80\n",
    )
    assert [(error["line"], error["field"]) for error in upload.errors] == [
        (2, "employee_no"),
        (3, "employee_no"),
    ]
    assert upload.created == 2


def test_a_fault_of_the_portal_is_that_files_alone(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    client = staff.client("city_hr")
    send(client)
    first = RecordUpload.objects.get()
    send(client, "employee_no,period,score\nE1,2026-05,80\n")
    with monkeypatch.context() as patch:

        def fail_at_the_first(raw: bytes, *args: Any, **kwargs: Any) -> Any:
            if raw == FILE.encode():
                raise MemoryError("13800001234")
            return read_table(raw, *args, **kwargs)

        patch.setattr(upload_reading, "read_table", fail_at_the_first)
        read_uploads()
    first.refresh_from_db()
    assert first.state == UploadState.FAILED
    assert sorted(RecordUpload.objects.values_list("state", flat=True)) == ["failed", "waiting"]
    page = client.get(f"{URL}{first.pk}/").text
    assert "This file could not be processed (" in page
    assert "13800001234" not in page
    client.post(f"{URL}{first.pk}/read/")
    read_uploads()
    first.refresh_from_db()
    assert (first.state, first.created) == (UploadState.WAITING, 2)


def test_a_fault_of_the_server_keeps_a_file_waiting_for_moments_only(
    staff: Staff, monkeypatch: pytest.MonkeyPatch, business_clock: Any
) -> None:
    send(staff.client("city_hr"))
    with monkeypatch.context() as patch:

        def away(*args: Any, **kwargs: Any) -> Any:
            raise OperationalError("server closed the connection unexpectedly")

        patch.setattr(upload_reading, "record_each", away)
        with pytest.raises(OperationalError):
            read_uploads()
    business_clock.CLOCK_BUSINESS_EPOCH += 31
    read_uploads()
    upload = RecordUpload.objects.get()
    assert (upload.state, upload.created) == (UploadState.WAITING, 2)


@pytest.mark.parametrize("is_taking", [False, True])
def test_a_file_that_always_takes_too_long_ends(
    staff: Staff, monkeypatch: pytest.MonkeyPatch, business_clock: Any, is_taking: bool
) -> None:
    monkeypatch.setattr(upload_reading, "CHUNK", 1)
    client = staff.client("city_hr")
    if is_taking:
        client.post(f"{URL}{looked_at(client).pk}/confirm/")
    else:
        send(client)
    asked: list[int] = []

    def too_slow_at_the_second(*args: Any, rows: Any, dry_run: bool, **kwargs: Any) -> Any:
        if rows[0].line == 3:
            asked.append(rows[0].line)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 20")
                cursor.execute("SELECT pg_sleep(30)")
        return record_each(*args, rows=rows, dry_run=dry_run, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(upload_reading, "record_each", too_slow_at_the_second)
        upload = RecordUpload.objects.get()
        for _minute in range(0, 40, 2):
            with suppress(OperationalError):
                read_uploads()
            business_clock.CLOCK_BUSINESS_EPOCH += 120
    upload.refresh_from_db()
    assert upload.state == UploadState.FAILED
    assert 3 <= len(asked) <= 10
    assert "This file could not be processed. Try again later" in client.get(f"{URL}{upload.pk}/").text
    client.post(f"{URL}{upload.pk}/read/")
    read_uploads()
    upload.refresh_from_db()
    assert upload.state == UploadState.WAITING


def test_somebody_s_lock_is_not_waited_for_line_by_line(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def locked(**options: Any) -> Any:
        tried.append(len(options["rows"]))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 20")
            cursor.execute("SELECT pg_sleep(30)")

    monkeypatch.setattr("performance.operations.taking.record_performance", locked)
    send(staff.client("city_hr"))
    with pytest.raises(OperationalError):
        read_uploads()
    assert len(tried) == 1


def test_a_row_that_the_portal_fails_at_is_that_rows_alone(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_at_the_first(row: Any, **kwargs: Any) -> Any:
        if row.line == 2:
            raise RecursionError("13800001234")
        return parse_record(row, **kwargs)

    monkeypatch.setattr("performance.operations.records.parse_record", fail_at_the_first)
    client = staff.client("city_hr")
    upload = looked_at(client)
    assert [error["line"] for error in upload.errors] == [2, 4, 5]
    confirm(client, upload)
    upload.refresh_from_db()
    assert (upload.created, PerformanceRecord.objects.count()) == (1, 1)
    assert upload.errors[0]["message"].startswith("This row could not be processed (")


def test_a_worker_that_died_is_followed_by_another(
    staff: Staff, monkeypatch: pytest.MonkeyPatch, business_clock: Any
) -> None:
    monkeypatch.setattr(upload_reading, "CHUNK", 1)
    client = staff.client("city_hr")
    upload = looked_at(
        client, "employee_no,period,score\nE1,2026-02,80\nE1,2026-03,85\nE1,2026-03,86\nE1,2026-04,9\n"
    )
    client.post(f"{URL}{upload.pk}/confirm/")
    with monkeypatch.context() as patch:

        def die_at_the_second(*args: Any, rows: Any, dry_run: bool, **kwargs: Any) -> Any:
            if rows[0].line == 3:
                raise KeyboardInterrupt
            return record_each(*args, rows=rows, dry_run=dry_run, **kwargs)

        patch.setattr(upload_reading, "record_each", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            read_uploads()
    upload.refresh_from_db()
    assert (upload.state, upload.rows_done, PerformanceRecord.objects.count()) == (UploadState.TAKING, 1, 1)
    assert "1 of 4 rows" in client.get(f"{URL}{upload.pk}/").text
    read_uploads()
    assert PerformanceRecord.objects.count() == 1
    business_clock.CLOCK_BUSINESS_EPOCH = (NOW + timedelta(minutes=31)).timestamp()
    read_uploads()
    upload.refresh_from_db()
    assert (upload.state, upload.created, upload.unchanged) == (UploadState.TAKEN, 3, 0)
    assert [error["line"] for error in upload.errors] == [4]


def test_a_file_given_up_while_it_is_read_stays_given_up(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = staff.client("city_hr")
    send(client)
    upload = RecordUpload.objects.get()

    def give_up_meanwhile(*args: Any, **kwargs: Any) -> Any:
        client.post(f"{URL}{upload.pk}/discard/")
        return read_table(*args, **kwargs)

    monkeypatch.setattr(upload_reading, "read_table", give_up_meanwhile)
    read_uploads()
    upload.refresh_from_db()
    assert (upload.state, upload.content, upload.findings) == (UploadState.DISCARDED, None, None)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_is_what_the_upload_reads(staff: Staff, ending: str) -> None:
    client = staff.client("city_hr")
    raw = client.get(f"{URL}template.{ending}").content
    upload = looked_at(client, raw)
    assert "no rows below the headings" in upload.errors[0]["message"]


def test_the_list_costs_the_same_however_long(staff: Staff) -> None:
    client = staff.client("city_hr")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL).status_code == 200
        return len(captured)

    looked_at(client)
    client.get(URL)
    few = queries()
    looked_at(client)
    looked_at(client)
    assert queries() == few <= 10


def test_a_name_says_nothing_of_folders(staff: Staff) -> None:
    send(staff.client("city_hr"), name="C:\\Users\\hr\\" + "长" * 200 + ".csv")
    name = RecordUpload.objects.get().file_name
    assert (len(name), name[-5:]) == (120, "长.csv")
