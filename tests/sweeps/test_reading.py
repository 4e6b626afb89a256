"""A sweep reads by an index, and nothing that is not due, however much is over or still to come."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from branches.roles import Role
from hrportal.kernel import clocks
from hrportal.kernel.models import FailedRow
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import bank_wide, scoped
from hrportal.pipeline.metrics import exposition
from tests.factories import NOW, make_staff
from tests.sweeps.cases import CASES
from tests.two_branches import make_two_branches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_providers", "business_clock")]
MANY = 20_000
# Two of a pair, what the module's rows leave due besides them, and what hangs on them.
MOST_READ = 60
# Their work is to look through many rows: a season, a list that was asked for, persons or notices among which
# some have changed, all that is open.
LOOK_THROUGH = {
    "changed_seasons",
    "close_seasons",
    "compute_analyses",
    "keep_true",
    "load_season",
    "measure_outcomes",
    "order_follow_ups",
    "retention",
    "write_exports",
}
SELECT = re.compile(r"\s*((?:SET LOCAL [^;]*; )*)(SELECT\b.*)", re.DOTALL)
# What is over or not due yet, as changes of a row that is there. ``n`` counts; empty keys are made anew.
FUTURE, PAST = "now() + interval '10 years'", "now() - interval '2 years'"
BULK: list[tuple[str, str, dict[str, str]]] = [
    ("recruitment_interviewsignal", "true", {"webhook_id": "'w' || n", "state": "'ingested'"}),
    ("recruitment_application", "true", {"ref": "'x' || n", "state": "'declined'", "result_id": "NULL"}),
    ("recruitment_confirmation", "true", {"state": "'confirmed'", "remind_at": "NULL", "escalate_at": PAST}),
    (
        "recruitment_confirmation",
        "true",
        {
            "application_id": "gen_random_uuid()",
            "state": "'open'",
            "remind_at": FUTURE,
            "escalate_at": FUTURE,
        },
    ),
    (
        "notifications_notice",
        "true",
        {
            "state": "'closed'",
            "link_digest": "sha256(n::text::bytea)",
            "chase_at": PAST,
            "remind_at": PAST,
            "reply_by": PAST,
            "recipient_id": "gen_random_uuid()",
        },
    ),
    (
        "notifications_notice",
        "true",
        {
            "state": "CASE WHEN n % 2 = 0 THEN 'sent' ELSE 'in_review' END",
            "link_digest": "sha256(('b' || n)::bytea)",
            "chase_at": FUTURE,
            "remind_at": FUTURE,
            "reply_by": FUTURE,
            "escalate_at": FUTURE,
            "approved_at": PAST,
            "recipient_id": "gen_random_uuid()",
        },
    ),
    (
        "notifications_delivery",
        "channel = 'app'",
        {
            "state": "'delivered'",
            "accepted_at": PAST,
            "attempt": "n + 9",
            "provider_id": "''",
            "claimed_at": PAST,
            "check_at": PAST,
        },
    ),
    (
        "notifications_delivery",
        "channel = 'email'",
        {
            "state": "'planned'",
            "attempt": "n + 9",
            "provider_id": "''",
            "claimed_at": "NULL",
            "due_at": FUTURE,
        },
    ),
    (
        "notifications_delivery",
        "channel = 'sms'",
        {
            "state": "CASE WHEN n % 2 = 0 THEN 'accepted' ELSE 'unknown' END",
            "attempt": "n + 9",
            "provider": "'twilio'",
            "provider_id": "'SM-' || n",
            "accepted_at": PAST,
            "claimed_at": PAST,
            "check_at": FUTURE,
        },
    ),
    ("notifications_receipt", "true", {"dedupe_key": "'k' || n", "outcome": "'applied'", "due_at": PAST}),
    ("notifications_receipt", "true", {"dedupe_key": "'f' || n", "outcome": "''", "due_at": FUTURE}),
    ("notifications_noticeevent", "true", {"consumed_at": "now()"}),
    (
        "notifications_followup",
        "true",
        {"state": "'done'", "outcome": "'reached'", "done_at": "now()", "escalate_at": PAST},
    ),
    (
        "notifications_followup",
        "true",
        {
            "subject_ref": "gen_random_uuid()",
            "state": "'open'",
            "outcome": "''",
            "done_at": "NULL",
            "escalate_at": FUTURE,
        },
    ),
    (
        "recruitment_reply",
        "true",
        {"classification_state": "'confirmed'", "read_at": "now()", "model_version": "'m'"},
    ),
    ("branches_export", "true", {"state": "'expired'", "expires_at": PAST}),
    (
        "performance_analysis",
        "true",
        {"season": "'s' || n", "computed_at": "now()", "wanted_at": "now() - interval '1 day'"},
    ),
    ("performance_simulation", "true", {"computed_at": "now()"}),
    (
        "performance_recordupload",
        "true",
        {"state": "'expired'", "content": "NULL", "ended_at": "now()", "expires_at": PAST},
    ),
    ("recruitment_releaserequest", "true", {"state": "'granted'", "escalate_at": PAST}),
    (
        "performance_recommendation",
        "true",
        {"state": "'rejected'", "version": "n + 9", "season": "'s' || n", "send_at": "NULL"},
    ),
    ("kernel_failedrow", "true", {"sweep": "'another'", "row_key": "n::text", "next_attempt_at": FUTURE}),
]
BIG = {table for table, _where, _changes in BULK}


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def columns_of(table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        return list(cursor.fetchall())


def copy_rows(table: str, where: str, changes: dict[str, str]) -> None:
    """Put many copies of one row into its table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id::text), '') FROM {table}")  # noqa: S608 - names of the schema
        assert cursor.fetchone()[0], f"{table} has no row to copy."
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of the schema
        start = 1_000_000 + cursor.fetchone()[0]
        keys = {"uuid": "gen_random_uuid()", "bigint": f"{start} + n"}
        columns = columns_of(table)
        made = {"id": keys[dict(columns)["id"]]} | changes
        values = ", ".join(made.get(name, f"one.{quoted(name)}") for name, _type in columns)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(quoted(name) for name, _type in columns)}) SELECT {values} "  # noqa: S608 - names of the schema
            f"FROM (SELECT * FROM {table} WHERE {where} LIMIT 1) one, generate_series(1, {MANY}) n"
        )


def fill() -> None:
    """Every table of a sweep holds many rows that are not due; triggers and foreign keys are not asked."""
    FailedRow.objects.create(
        sweep="another",
        row_key="x",
        next_attempt_at=NOW,
        error="E",
        raised_at="",
        first_failed_at=NOW,
        last_failed_at=NOW,
    )
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, where, changes in BULK:
            copy_rows(table, where, changes)
        cursor.execute("SET LOCAL session_replication_role = origin")
        # The small tables beside them, too: branches, positions and departments that nobody has counted seem to be
        # one each, and a product of them would look cheap.
        cursor.execute("ANALYZE")


@pytest.fixture(scope="module")
def full_tables(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One row of each kind, and many that are not due, for all tests that ask."""
    with django_db_blocker.unblock(), as_owner(), connection.cursor() as cursor:
        # What earlier tests rolled back still lies in the tables, and would be counted into the plans.
        cursor.execute(f"VACUUM {', '.join(sorted(BIG))}")
    with django_db_blocker.unblock(), transaction.atomic():
        with bank_wide("a test"):
            make_two_branches()
            for make in (
                CASES["escalate_releases"].make,
                CASES["write_exports"].make,
                CASES["simulate"].make,
                CASES["apply_receipts"].make,
            ):
                make(lambda *_: None)
            fill()
        yield
        transaction.set_rollback(True)


class Reading:
    """Plans of what is asked, as they ran, beside the statements themselves."""

    def __init__(self, only: str = "") -> None:
        self.faults: list[str] = []
        self.asked = 0
        self.only = only

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found = SELECT.match(sql)
        if found and self.only in sql and any(table in sql for table in BIG):
            told, select = found.groups()
            with connection.connection.cursor() as cursor:
                cursor.execute(f"{told}EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {select}", params)
                [[[plan]]] = cursor.fetchall()
            self._judge(plan["Plan"], select)
            self.asked += 1
        return execute(sql, params, many, context)

    def _judge(self, node: dict[str, Any], select: str) -> None:
        if node.get("Relation Name") in BIG:
            read = node["Actual Loops"] * (
                node["Actual Rows"]
                + node.get("Rows Removed by Filter", 0)
                + node.get("Rows Removed by Index Recheck", 0)
            )
            if node["Node Type"] == "Seq Scan" or read > MOST_READ:
                why = [node[key] for key in ("Index Cond", "Recheck Cond", "Filter") if key in node]
                what = f"{node['Node Type']} of {node['Relation Name']} read {read} rows by {why}"
                self.faults.append(f"{what}: {select.partition(' FROM ')[2][:600]}")
        for child in node.get("Plans", []):
            self._judge(child, select)


@pytest.mark.usefixtures("full_tables")
@pytest.mark.parametrize("sweep", sorted(set(CASES) - LOOK_THROUGH))
def test_it_reads_what_is_due_by_an_index(sweep: str) -> None:
    case = CASES[sweep]
    case.make(lambda *_: None)
    reading = Reading()
    with scoped(None), connection.execute_wrapper(reading):
        case.task()
    assert reading.asked
    assert reading.faults == []


@pytest.mark.usefixtures("full_tables")
def test_the_numbers_of_operations_are_counted_by_indexes() -> None:
    reading = Reading()
    with connection.execute_wrapper(reading):
        exposition(now=clocks.now())
    # Each failed row counts, so those are read whole.
    scans = [f for f in reading.faults if f.startswith("Seq Scan") and "Scan of kernel_failedrow" not in f]
    assert scans == []


@pytest.mark.usefixtures("full_tables")
@pytest.mark.parametrize(
    ("url", "role"),
    [
        ("/candidates/", Role.HQ_HR),
        ("/deliveries/", Role.HQ_HR),
        ("/follow-ups/?state=done", Role.HQ_HR),
        ("/replies/?view=confirmed", Role.HQ_HR),
        ("/onboarding/?view=prepared", Role.ADMINISTRATION),
    ],
)
def test_a_list_walks_the_index_of_its_order(url: str, role: Role) -> None:
    """The first page reads its own rows and not one more, however many there are."""
    client = Client()
    client.force_login(make_staff(role, "000000"))
    # One row more than the page has tells that there is a next one.
    reading = Reading(only="LIMIT 26" if "replies" in url else "LIMIT 51")
    with connection.execute_wrapper(reading):
        assert client.get(url).status_code == 200
    assert reading.asked
    assert reading.faults == []
