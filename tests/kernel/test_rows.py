"""Only what changed is written."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branches.roles import Role
from notifications.models import Notice
from notifications.operations.claiming import claim_due
from notifications.operations.read_receipts import record_opened
from notifications.operations.review import approve, return_notice
from tests.factories import NOW, make_staff, make_world
from tests.recruitment.steps import approved_notice, confirm, passed_application

pytestmark = pytest.mark.django_db
LONG = ('"bodies"', '"context"', '"plan"', '"body"', '"id_number"')


@pytest.fixture(autouse=True)
def world() -> None:
    make_world()


def updates(used: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in used if "UPDATE " in query["sql"] and " SET " in query["sql"]]


def long_columns(used: CaptureQueriesContext) -> list[str]:
    found = updates(used)
    assert found
    return [column for column in LONG for sql in found if f"{column} = " in sql.partition(" WHERE ")[0]]


def test_a_state_that_moves_on_writes_neither_text_nor_context_nor_plan() -> None:
    notice, reviewer = confirm(passed_application()), make_staff(Role.PROVINCE_HR, "440000")
    with CaptureQueriesContext(connection) as used:
        return_notice(notice_id=notice.pk, reason="称呼", now=NOW, by=reviewer)
    assert long_columns(used) == []
    other = confirm(passed_application())
    with CaptureQueriesContext(connection) as used:
        approve(notice_id=other.pk, content_hash=other.content_hash, now=NOW, by=reviewer)
        claim_due(now=NOW, limit=10)
        record_opened(notice_id=other.pk, now=NOW)
    assert long_columns(used) == []


def test_what_was_set_is_written_and_nothing_else() -> None:
    notice = Notice.objects.get(pk=approved_notice().pk)
    Notice.objects.filter(pk=notice.pk).update(stop_reason="by another")
    notice.sent_at = NOW + timedelta(minutes=1)
    with CaptureQueriesContext(connection) as used:
        notice.save()
    [sql] = updates(used)
    assert '"sent_at"' in sql
    assert '"stop_reason"' not in sql.partition(" WHERE ")[0]
    notice.refresh_from_db()
    assert (notice.stop_reason, notice.sent_at) == ("by another", NOW + timedelta(minutes=1))


def test_a_row_without_a_change_is_not_written() -> None:
    notice = Notice.objects.get(pk=approved_notice().pk)
    with CaptureQueriesContext(connection) as used:
        notice.save()
    assert updates(used) == []


def test_a_second_change_after_a_save_is_seen() -> None:
    notice = Notice.objects.get(pk=approved_notice().pk)
    for reason in ("first", "second"):
        notice.stop_reason = reason
        notice.save()
        assert Notice.objects.values_list("stop_reason", flat=True).get(pk=notice.pk) == reason


def test_what_was_changed_in_place_is_written() -> None:
    notice = Notice.objects.get(pk=confirm(passed_application()).pk)
    notice.context["note"] = {"text": "changed in place"}
    notice.trace.append({"kind": "added in place"})
    with CaptureQueriesContext(connection) as used:
        notice.save()
    [sql] = updates(used)
    assert '"bodies" = ' not in sql.partition(" WHERE ")[0]
    stored = Notice.objects.get(pk=notice.pk)
    assert stored.context["note"] == {"text": "changed in place"}
    assert stored.trace[-1] == {"kind": "added in place"}


def test_a_list_that_was_replaced_by_an_equal_one_is_not_written() -> None:
    notice = Notice.objects.get(pk=approved_notice().pk)
    notice.trace = [dict(step) for step in notice.trace]
    with CaptureQueriesContext(connection) as used:
        notice.save()
    assert updates(used) == []
