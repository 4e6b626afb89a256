"""A batch of signals is one round of statements; its rows become what each would have become alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hrportal.kernel.models import FailedRow
from hrportal.kernel.rls import as_owner
from notifications.models import Address
from recruitment import decisions
from recruitment.enums import ApplicationState, QuarantineReason, SignalState
from recruitment.models import Application, Claim, Confirmation, InterviewSignal, Person
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.ingest import ingest_signal, ingest_waiting
from recruitment.operations.people import turn_keys
from recruitment.queries.people import document_index
from tests.factories import NOW, make_rule, resident_id, signal_payload, store_payload
from tests.rival import rival

LATER, EARLIER = NOW + timedelta(minutes=1), NOW - timedelta(days=1)
# Whatever the size of the batch: the locks, what the database knows of it, and what is written.
STATEMENTS_OF_A_BATCH = 41
NO_CHANNEL = {"email": None, "app_user_id": None, "wechat_openid": None}


def store_many(number: int, **changes: Any) -> list[InterviewSignal]:
    return [store_payload(signal_payload(**changes)) for _ in range(number)]


def states() -> list[str]:
    return list(InterviewSignal.objects.order_by("received_at", "webhook_id").values_list("state", flat=True))


@pytest.fixture
def refuse_ref() -> Callable[[str], None]:
    """Let the database itself refuse the application of one reference."""

    def refuse(ref: str) -> None:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(
                f"""CREATE OR REPLACE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END $$;
                CREATE TRIGGER refuse_one BEFORE INSERT ON recruitment_application
                FOR EACH ROW WHEN (NEW.ref = '{ref}') EXECUTE FUNCTION refuse_one();"""
            )

    return refuse


@pytest.mark.django_db
@pytest.mark.usefixtures("world")
class TestCost:
    @pytest.mark.parametrize("number", [1, 50, 200])
    def test_a_batch_costs_the_same_statements_whatever_its_size(self, number: int) -> None:
        store_many(number)
        with CaptureQueriesContext(connection) as used:
            assert ingest_waiting(now=NOW, limit=number) == number
        assert Confirmation.objects.count() == number
        assert len(used) == STATEMENTS_OF_A_BATCH, "\n".join(query["sql"][:100] for query in used)

    def test_one_bad_row_among_many_costs_a_few_smaller_rounds(
        self, refuse_ref: Callable[[str], None]
    ) -> None:
        store_many(32)
        bad = signal_payload()
        refuse_ref(bad["data"]["application"]["application_ref"])
        store_payload(bad)
        store_many(31)
        with CaptureQueriesContext(connection) as used:
            ingest_waiting(now=NOW)
        assert states().count(SignalState.INGESTED) == 63
        # Twice as many rounds as the batch can be halved; alone each would cost some sixty statements.
        assert len(used) < STATEMENTS_OF_A_BATCH * 2 * 7


@pytest.mark.django_db
@pytest.mark.usefixtures("world")
class TestFaultsInTheMiddle:
    def around(self, bad: Callable[[], object]) -> list[InterviewSignal]:
        """Two good signals, whatever ``bad`` stores, and two good ones; returns the good ones taken in."""
        good = store_many(2)
        bad()
        good += store_many(2)
        ingest_waiting(now=NOW)
        for signal in good:
            signal.refresh_from_db()
            assert signal.state == SignalState.INGESTED
            assert signal.application is not None
            assert signal.application.state == ApplicationState.CONFIRMING
        assert not FailedRow.objects.exists()
        return good

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"branch_code": "999999"}, QuarantineReason.UNKNOWN_BRANCH),
            ({"position_code": "WIZARD"}, QuarantineReason.UNKNOWN_POSITION),
            ({"id_number": "110105194912310021"}, QuarantineReason.BAD_ID_NUMBER),
            ({"name": "---"}, QuarantineReason.BAD_NAME),
            ({"phone": "12345", **NO_CHANNEL}, QuarantineReason.UNREACHABLE),
            ({"phone": "010-12345678", **NO_CHANNEL}, QuarantineReason.UNREACHABLE),
        ],
    )
    def test_what_cannot_be_taken_in(self, changes: dict[str, Any], reason: str) -> None:
        self.around(lambda: store_payload(signal_payload(**changes)))
        assert InterviewSignal.objects.get(state=SignalState.QUARANTINED).quarantine_reason == reason

    def test_a_body_that_does_not_open(self) -> None:
        def moved() -> None:
            broken, whole = store_many(2)
            InterviewSignal.objects.filter(pk=broken.pk).update(body=whole.body)

        self.around(moved)
        assert InterviewSignal.objects.filter(quarantine_reason=QuarantineReason.BROKEN).count() == 1

    def test_what_the_database_refuses(self, refuse_ref: Callable[[str], None]) -> None:
        bad = signal_payload()
        refuse_ref(bad["data"]["application"]["application_ref"])
        self.around(lambda: store_payload(bad))
        signal = InterviewSignal.objects.get(state=SignalState.QUARANTINED)
        assert signal.quarantine_reason == QuarantineReason.BROKEN
        # Nothing of it is left behind.
        assert Person.objects.count() == Application.objects.count() == 4

    def test_whoever_cannot_be_decided_is_taken_in_and_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        decide = decisions._decide

        def poisoned(one: decisions.Pass, **options: Any) -> decisions.Decision:
            if one.facts.education == "doctor":
                raise ZeroDivisionError
            return decide(one, **options)

        monkeypatch.setattr(decisions, "_decide", poisoned)
        self.around(lambda: store_payload(signal_payload(education="doctor")))
        assert Application.objects.get(person__education="doctor").state == ApplicationState.TO_DECIDE
        decide_waiting(now=NOW)
        assert FailedRow.objects.get().sweep == "decide"

    def test_a_reference_an_interview_and_a_name_that_come_twice(self) -> None:
        first = signal_payload()
        data = first["data"]
        ref, interview = data["application"]["application_ref"], data["interview_id"]
        twin = {"name": data["candidate"]["name"], "phone": data["candidate"]["phone"]}

        def twice() -> None:
            store_payload(first, now=NOW - timedelta(minutes=1))
            store_payload(signal_payload(application_ref=ref))
            store_payload(signal_payload(interview_id=interview))
            store_payload(signal_payload(**twin))

        self.around(twice)
        reasons = InterviewSignal.objects.exclude(quarantine_reason="").order_by("quarantine_reason")
        assert list(reasons.values_list("quarantine_reason", flat=True)) == [
            QuarantineReason.INTERVIEW_CONFLICT,
            QuarantineReason.REFERENCE_CONFLICT,
            QuarantineReason.SAME_PERSON,
        ]


def mixture() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All that a morning brings, several times about the same people: first results, and all else."""
    one, two = resident_id(61), resident_id(62)
    same = {"id_number": one, "phone": "+8613800001111", "email": "one@example.com"}
    same |= {"app_user_id": "app-one", "wechat_openid": "o-one"}
    permit = {"id_type": "hk_macau_permit", "name": "港一"}
    firsts = [
        signal_payload(101, **same, preference=2),
        signal_payload(102, **same, branch_code="320100", preference=1, timestamp=EARLIER.isoformat()),
        signal_payload(103, **same, branch_code="440300", verdict="fail", score=40),
        signal_payload(104, **same, branch_code="440300", timestamp=LATER.isoformat(), preference=3),
        signal_payload(105, verdict="fail", score=30, phone="010-12345678 转 801"),
        signal_payload(106, score=12),
        signal_payload(107, phone="12345"),
        signal_payload(109, id_number=two, education="master"),
        signal_payload(111, id_number="H1234567801", **permit),
    ]
    others = [
        signal_payload(101, **same, revision=2, score=99, preference=2, timestamp=LATER.isoformat()),
        signal_payload(108, type="interview.withdrawn"),
        signal_payload(110, id_number=two, education="bachelor", timestamp=LATER.isoformat()),
        signal_payload(112, id_number="H1234567802", **permit, phone="+85251234567"),
        signal_payload(113, branch_code="999999"),
    ]
    return firsts, others


def told() -> dict[str, object]:
    """All that became of the signals, without the keys that each run makes anew."""

    def history(row: Any) -> list[tuple[Any, ...]]:
        return list(row.transitions.values_list("action", "from_state", "to_state", "source", "reason", "by"))

    found: dict[str, object] = {}
    for signal in InterviewSignal.objects.select_related("application"):
        ref = signal.application.ref if signal.application else None
        values = (
            signal.state,
            signal.quarantine_reason,
            signal.note,
            signal.branch_id,
            ref,
            signal.processed_at,
        )
        found[f"signal {signal.webhook_id}"] = (values, history(signal))
    for row in Application.objects.select_related("result"):
        result = row.result
        assert result is None or (result.application_id, result.in_force_of) == (row.pk, row)
        found[f"application {row.ref}"] = (
            (row.state, row.state_at, row.passed_at, row.created_at, row.season, row.preference),
            (row.branch_id, row.position_id, row.department_id, row.rule_id, row.trace, row.onboarding_on),
            (bytes(row.person.id_index), history(row)),
            list(
                row.results.order_by("revision").values_list(
                    "interview_id", "revision", "event_at", "verdict"
                )
            ),
            list(row.results.order_by("revision").values_list("score", "dimensions", "model_version")),
            list(row.claims.values_list("made_at", "released_at", "release")),
            list(row.confirmations.values_list("state", "proposed_on", "opened_at", "due_at", "remind_at")),
        )
    for person in Person.objects.select_related("recipient"):
        facts = (person.name, person.gender, person.education, person.graduation_year, person.experience_tags)
        addresses = {
            (row.kind, row.value.decrypt()): (bytes(row.index), row.event_at, row.state, row.state_reason)
            for row in Address.objects.filter(recipient=person.recipient)
        }
        found[f"person {bytes(person.id_index).hex()}"] = (
            (person.id_type, person.id_number.decrypt(), facts, person.facts_at, person.corrected),
            (person.recipient.name, person.recipient.language, addresses),
            sorted(person.refs.values_list("ref", flat=True)),
        )
    return found


@pytest.mark.django_db
@pytest.mark.usefixtures("world")
def test_a_batch_becomes_what_each_becomes_alone() -> None:
    make_rule("masters", positions=[], min_score=95)
    firsts, others = mixture()
    for number, payload in enumerate(firsts + others):
        store_payload(payload, webhook_id=f"m{number:02d}", now=NOW + timedelta(seconds=number))
    rows = list(InterviewSignal.objects.order_by("received_at").values_list("pk", flat=True))
    with transaction.atomic():
        while ingest_waiting(now=LATER):
            pass
        while decide_waiting(now=LATER):
            pass
        together = told()
        transaction.set_rollback(True)
    assert not Application.objects.exists()
    for some in (rows[: len(firsts)], rows[len(firsts) :]):
        for pk in some:
            ingest_signal(signal_id=pk, now=LATER)
        while decide_waiting(now=LATER):
            pass
    alone = told()
    assert together.keys() == alone.keys()
    for key, value in alone.items():
        assert together[key] == value, key
    assert Claim.objects.filter(released_at=None).count() > 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("world")
class TestOthersAtWork:
    def test_a_signal_that_another_has_in_hand_is_left_to_it(self) -> None:
        mine, others = store_many(2)
        with rival() as other:
            other.do("SELECT 1 FROM recruitment_interviewsignal WHERE id = %s FOR UPDATE", str(others.pk))
            assert ingest_waiting(now=NOW) == 1
        mine.refresh_from_db()
        others.refresh_from_db()
        assert (mine.state, others.state) == (SignalState.INGESTED, SignalState.RECEIVED)
        assert ingest_waiting(now=NOW) == 1

    def test_a_person_whom_somebody_else_is_making_waits_for_the_next_batch(self) -> None:

        number = resident_id(71)
        free, busy = store_many(1)[0], store_payload(signal_payload(id_number=number))
        key = turn_keys(document_index(f"resident_id:{number}"), [])[0]
        with rival() as other:
            other.do("SELECT pg_advisory_xact_lock(%s)", key)
            assert ingest_waiting(now=NOW) == 2
            free.refresh_from_db()
            busy.refresh_from_db()
            assert (free.state, busy.state) == (SignalState.INGESTED, SignalState.RECEIVED)
        ingest_waiting(now=NOW)
        busy.refresh_from_db()
        assert busy.state == SignalState.INGESTED

    def test_nobody_waits_for_a_person_or_an_application_in_other_hands(self) -> None:
        """Neither the passes of others nor their own batch."""
        for _ in range(2):
            store_payload(signal_payload())
        ingest_waiting(now=NOW)
        Confirmation.objects.all().delete()
        Claim.objects.all().delete()
        Application.objects.update(state=ApplicationState.TO_DECIDE)
        first, second = Application.objects.order_by("pk")
        with rival() as other:
            other.do("SELECT 1 FROM recruitment_person WHERE id = %s FOR UPDATE", str(first.person_id))
            assert decide_waiting(now=NOW) == 1
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state) == (ApplicationState.TO_DECIDE, ApplicationState.CONFIRMING)
