"""For each sweep a pair of rows that are due: the first fails, the second must not notice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from branches.access import log_disclosure
from branches.enums import ExportState, StaffMessageKind
from branches.models import (
    AccessEntry,
    AuditChainLink,
    Branch,
    Export,
    Position,
    StaffMessage,
    User,
)
from branches.operations import chain, export_files, staff_messages
from branches.roles import Role
from branches.tasks import expire_exports, extend_audit_chain, send_staff_messages, write_exports
from hrportal.alerts import digests, outages, spreading
from hrportal.kernel import history
from hrportal.models import Alert, Digest, DigestMessage, Occasion, ProviderOutage
from hrportal.tasks import tell_staff
from notifications.enums import (
    ChannelCode,
    DeliveryState,
    FollowUpState,
    NoticeEventKind,
    NoticeState,
    NoticeUpdateKind,
)
from notifications.models import (
    AddressChangeMessage,
    Delivery,
    FollowUp,
    Notice,
    NoticeEvent,
    NoticeUpdate,
    Receipt,
)
from notifications.operations import (
    address_changes,
    claiming,
    ending,
    escalation,
    receipts,
    settling,
    updates,
)
from notifications.operations.continuing import extend_notice
from notifications.operations.read_receipts import record_opened
from notifications.operations.updates import tell_candidate
from notifications.providers.base import Evidence, ReceiptFact
from notifications.providers.twilio import Twilio
from notifications.tasks import (
    apply_receipts,
    dispatch_due,
    escalate_follow_ups,
    escalate_reviews,
    send_address_changes,
    send_notice_updates,
    settle_unknown_sends,
)
from performance.analytics.plain import plain
from performance.analytics.results import Report
from performance.enums import RecommendationState, UploadState
from performance.models import Analysis, Hire, HistoricInterview, Recommendation, RecordUpload, Simulation
from performance.operations import analyses, simulations, uploads
from performance.operations.recommendations import outcomes, sending
from performance.tasks import (
    compute_analyses,
    compute_simulations,
    expire_uploads,
    send_recommendations,
    want_changed_seasons,
)
from recruitment import decisions
from recruitment.enums import ApplicationState, ClassificationState, ReplyKind, SeasonState, SignalState
from recruitment.models import (
    Application,
    Claim,
    Confirmation,
    Person,
    ReleaseRequest,
    Reply,
    Season,
)
from recruitment.operations import (
    acceptance,
    deadlines,
    events,
    ingest,
    renewing,
    reply_classification,
    retention,
    seasons,
)
from recruitment.tasks import (
    apply_retention,
    classify_replies,
    close_seasons,
    consume_notice_events,
    decide_applications,
    escalate_confirmations,
    expire_offers,
    ingest_signals,
    keep_notices_true,
    order_follow_ups,
)
from tests.factories import NOW, make_staff, make_user, resident_id, signal_payload, store_payload
from tests.performance.recommendations import ATTENTION, ORDER, make_signed
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in
from tests.staff import failed_sms, sent_notice

LONG_AGO = NOW - timedelta(hours=2)
SMS_ONLY: dict[str, Any] = {"app_user_id": None, "wechat_openid": None, "email": None}
Row = TypeVar("Row", bound=Model)
Fail = Callable[[object, str, Callable[..., bool]], None]


@dataclass(frozen=True)
class Pair:
    """The key of the row that fails, and whether the other one was processed."""

    bad: UUID | int | str
    is_done: Callable[[], bool]


@dataclass(frozen=True)
class Case:
    """The task that runs the sweep, and how its pair is made; ``fail(where, name, when)`` breaks one row."""

    task: Callable[[], None]
    make: Callable[[Fail], Pair]


CASES: dict[str, Case] = {}


def case(sweep: str, task: Callable[[], None]) -> Callable[[Callable[[Fail], Pair]], Callable[[Fail], Pair]]:
    """Register how a sweep is tested."""

    def keep(make: Callable[[Fail], Pair]) -> Callable[[Fail], Pair]:
        CASES[sweep] = Case(task, make)
        return make

    return keep


def stored(row: Row) -> Row:
    """The row as it is stored now."""
    row.refresh_from_db()
    return row


def sms_of(notice: Notice) -> Delivery:
    return notice.deliveries.get(channel=ChannelCode.SMS)


def two_sms(**values: Any) -> tuple[Delivery, Delivery]:
    """SMS of two approved notices, the first one due first."""
    first, second = (sms_of(approved_notice(**SMS_ONLY)) for _ in range(2))
    for row, earlier in ((first, timedelta(minutes=1)), (second, timedelta())):
        moments = {name: value - earlier for name, value in values.items() if name.endswith("_at")}
        address = row.notice.recipient.addresses.get(kind="phone")
        Delivery.objects.filter(pk=row.pk).update(address=address, **values | moments)
        row.refresh_from_db()
    return first, second


def two_sent(**values: Any) -> tuple[Notice, Notice]:
    """Two notices that went out, the first one due first."""
    first, second = sent_notice(), sent_notice()
    Delivery.objects.filter(state=DeliveryState.PLANNED).update(due_at=NOW + timedelta(days=30))
    for row, earlier in ((first, timedelta(minutes=1)), (second, timedelta())):
        Notice.objects.filter(pk=row.pk).update(**{name: at - earlier for name, at in values.items()})
    return first, second


def staffed() -> User:
    return make_staff(Role.PROVINCE_HR, "440000")


# --- recruitment ----------------------------------------------------------------------------------


@case("ingest", ingest_signals)
def _(fail: Fail) -> Pair:
    bad, good = (store_payload(signal_payload(name=name), now=LONG_AGO) for name in ("坏一", "好一"))
    fail(ingest, "parse_signal", lambda raw: "坏一".encode() in raw)
    return Pair(bad.pk, lambda: stored(good).state == SignalState.INGESTED)


@case("decide", decide_applications)
def _(fail: Fail) -> Pair:
    bad, good = (passed_application() for _ in range(2))
    Confirmation.objects.filter(application__in=(bad, good)).delete()
    Claim.objects.filter(application__in=(bad, good)).delete()
    Application.objects.filter(pk__in=(bad.pk, good.pk)).update(state=ApplicationState.TO_DECIDE)
    fail(decisions, "_decide", lambda one, **_: one.application_id == bad.pk)
    return Pair(bad.person_id, lambda: stored(good).state == ApplicationState.CONFIRMING)


@case("consume_events", consume_notice_events)
def _(fail: Fail) -> Pair:
    bad, good = (confirm(passed_application()) for _ in range(2))
    NoticeEvent.objects.all().delete()
    first, _second = (
        NoticeEvent.objects.create(notice=notice, kind=NoticeEventKind.SENT, at=NOW) for notice in (bad, good)
    )
    fail(events, "lock_application", lambda pk: pk == bad.subject_ref)
    application = Application.objects.get(pk=good.subject_ref)
    return Pair(first.pk, lambda: stored(application).state == ApplicationState.NOTIFIED)


@case("classify_replies", classify_replies)
def _(fail: Fail) -> Pair:
    notice = confirm(passed_application())
    bad, good = (
        Reply.objects.create(
            application_id=notice.subject_ref,
            notice=notice,
            kind=ReplyKind.QUESTION,
            text=text,
            at=NOW,
            classification_state=ClassificationState.PENDING,
        )
        for text in ("坏", "请问几点报到？")
    )
    fail(reply_classification, "classify", lambda text, **_: text == "坏")
    return Pair(bad.pk, lambda: stored(good).classification_state != ClassificationState.PENDING)


@case("expire_offers", expire_offers)
def _(fail: Fail) -> Pair:
    bad, good = two_sent(reply_by=LONG_AGO)
    fail(deadlines, "expire_notice", lambda notice_id, **_: notice_id == bad.pk)
    return Pair(bad.pk, lambda: stored(good).state == NoticeState.EXPIRED)


@case("escalate_confirmations", escalate_confirmations)
def _(fail: Fail) -> Pair:
    first, second = passed_application(), passed_application()
    bad, good = (Confirmation.objects.get(application=row) for row in (first, second))
    Confirmation.objects.filter(pk=bad.pk).update(due_at=LONG_AGO, escalate_at=LONG_AGO)
    Confirmation.objects.filter(pk=good.pk).update(remind_at=LONG_AGO)
    fail(history, "record", lambda row, **_: row.pk == first.pk)
    return Pair(bad.pk, lambda: stored(good).reminded_at is not None)


@case("close_seasons", close_seasons)
def _(fail: Fail) -> Pair:
    bad, good = passed_application(), passed_application()
    season = Season.objects.create(code=bad.season, state=SeasonState.CLOSING, state_at=LONG_AGO)
    assert good.season == season.code
    fail(seasons, "lock_application", lambda pk: pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).state == ApplicationState.STOPPED)


@case("escalate_releases", escalate_confirmations)
def _(fail: Fail) -> Pair:
    bad, good = (_release_request(number) for number in (301, 302))
    fail(history, "record", lambda row, **_: row.pk == bad.claim.application_id)
    return Pair(bad.pk, lambda: stored(good).escalated_to is not None)


def _release_request(number: int) -> ReleaseRequest:
    who: dict[str, Any] = {"id_number": resident_id(number), "name": f"转{number}"}
    held = take_in(*(signal_payload(branch_code=code, **who) for code in ("440200", "440300")))
    claim = Claim.objects.get(person__name=who["name"])
    waiting = next(row for row in held if row.pk != claim.application_id)
    return ReleaseRequest.objects.create(
        claim=claim,
        application=waiting,
        branch=claim.application.branch,
        reason="专业对口",
        asked_at=LONG_AGO,
        asked_by=make_user(),
        due_at=LONG_AGO,
        escalate_at=LONG_AGO + timedelta(seconds=number),
    )


@case("keep_true", keep_notices_true)
def _(fail: Fail) -> Pair:
    bad, good = (confirm(passed_application()) for _ in range(2))
    if bad.pk > good.pk:
        bad, good = good, bad
    Branch.objects.update(address="深圳市福田区新址1号")
    fail(renewing, "keep_notice_true", lambda application, **_: application.pk == bad.subject_ref)
    before = good.content_hash
    return Pair(bad.pk, lambda: stored(good).content_hash != before)


@case("retention", apply_retention)
def _(fail: Fail) -> Pair:
    rows = [passed_application(score=60, name=name) for name in ("坏三", "好三")]
    Application.objects.update(state=ApplicationState.FAILED, state_at=NOW - timedelta(days=4000))
    bad, good = (Person.objects.get(pk=row.person_id) for row in rows)
    fail(retention, "anonymise_person", lambda person_id, **_: person_id == bad.pk)
    return Pair(bad.pk, lambda: stored(good).anonymised_at is not None)


@case("order_follow_ups", order_follow_ups)
def _(fail: Fail) -> Pair:
    bad, good = (failed_sms(sent_notice()) for _ in range(2))
    FollowUp.objects.update(call_priority=7)
    fail(acceptance, "set_call_priorities", lambda call_priority: bad.pk in call_priority)
    return Pair(bad.pk, lambda: stored(good).call_priority is None)


# --- notifications --------------------------------------------------------------------------------


@case("send", dispatch_due)
def _(fail: Fail) -> Pair:
    bad, good = two_sms(due_at=LONG_AGO)
    fail(claiming, "outgoing_message", lambda delivery, **_: delivery.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).state == DeliveryState.ACCEPTED)


@case("end_unsent", dispatch_due)
def _(fail: Fail) -> Pair:
    bad, good = two_sms(due_at=LONG_AGO)
    Claim.objects.update(released_at=NOW, release="stopped")
    fail(ending, "write_ledger", lambda ledger: bad.pk in ledger.deliveries)
    return Pair(bad.pk, lambda: stored(good).state == DeliveryState.CANCELLED)


@case("mark_lost", settle_unknown_sends)
def _(fail: Fail) -> Pair:
    bad, good = two_sms(state=DeliveryState.SENDING, provider="twilio", claimed_at=LONG_AGO)
    fail(settling, "record_answers", lambda answers, **_: bad.pk in answers)
    return Pair(bad.pk, lambda: stored(good).state == DeliveryState.UNKNOWN)


@case("settle_unknown", settle_unknown_sends)
def _(fail: Fail) -> Pair:
    bad, good = two_sms(
        state=DeliveryState.UNKNOWN, provider="twilio", claimed_at=LONG_AGO, check_at=LONG_AGO
    )
    fail(settling, "outgoing_message", lambda delivery, **_: delivery.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).look_ups == 1)


@case("poll_receipts", settle_unknown_sends)
def _(fail: Fail) -> Pair:
    bad, good = two_sms(
        state=DeliveryState.ACCEPTED, provider="twilio", accepted_at=LONG_AGO, check_at=LONG_AGO
    )
    Delivery.objects.filter(pk=bad.pk).update(provider_id="SM-bad")
    Delivery.objects.filter(pk=good.pk).update(provider_id="SM-good")
    fail(Twilio, "fetch_status", lambda _provider, provider_id: provider_id == "SM-bad")
    return Pair(bad.pk, lambda: (stored(good).check_at or LONG_AGO) > NOW)


@case("apply_receipts", apply_receipts)
def _(fail: Fail) -> Pair:
    bad, good = two_sms(state=DeliveryState.ACCEPTED, provider="twilio", accepted_at=LONG_AGO)
    notices = Notice.objects.filter(pk__in=[bad.notice_id, good.notice_id])
    notices.update(state=NoticeState.SENT, sent_at=LONG_AGO)
    for row in (bad, good):
        fact = ReceiptFact(provider_id="", evidence=Evidence.DELIVERED, dedupe_key=str(row.pk))
        receipts.store_receipts(provider="twilio", facts=[fact], now=LONG_AGO, delivery_id=row.pk)
    fail(receipts, "take_receipt", lambda _ledger, delivery, _row: delivery.pk == bad.pk)
    return Pair(Receipt.objects.get(delivery=bad).pk, lambda: stored(good).state == DeliveryState.DELIVERED)


@case("escalate_reviews", escalate_reviews)
def _(fail: Fail) -> Pair:
    bad, good = (confirm(passed_application()) for _ in range(2))
    Notice.objects.filter(pk=bad.pk).update(due_at=LONG_AGO, escalate_at=LONG_AGO)
    Notice.objects.filter(pk=good.pk).update(remind_at=LONG_AGO)
    fail(history, "record", lambda row, **_: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).reminded_at is not None)


@case("escalate_follow_ups", escalate_follow_ups)
def _(fail: Fail) -> Pair:
    bad, good = (failed_sms(sent_notice()) for _ in range(2))
    FollowUp.objects.filter(pk=bad.pk).update(escalate_at=LONG_AGO - timedelta(minutes=1))
    FollowUp.objects.filter(pk=good.pk).update(escalate_at=LONG_AGO)
    fail(escalation, "pass_up", lambda row, **_: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).escalated_to is not None)


@case("escalate_silence", escalate_follow_ups)
def _(fail: Fail) -> Pair:
    bad, good = two_sent()
    for notice in (bad, good):
        record_opened(notice_id=notice.pk, now=NOW)
    Notice.objects.filter(pk=bad.pk).update(chase_at=LONG_AGO - timedelta(minutes=1))
    Notice.objects.filter(pk=good.pk).update(chase_at=LONG_AGO)
    fail(escalation, "open_follow_up", lambda notice_id, **_: notice_id == bad.pk)
    tasks = FollowUp.objects.filter(notice=good, state=FollowUpState.OPEN)
    return Pair(bad.pk, tasks.exists)


# --- branches -------------------------------------------------------------------------------------


@case("seal_log", extend_audit_chain)
def _(fail: Fail) -> Pair:
    for subject in ("application:1", "application:2"):
        log_disclosure(user=None, action="saw", subject=subject, now=NOW)
    good, bad = AccessEntry.objects.order_by("-pk")[:2]
    fail(chain, "link_hash", lambda entry, **_: entry.pk == bad.pk)
    return Pair(bad.pk, AuditChainLink.objects.filter(entry=good).exists)


def _export(state: ExportState, *, asked_by: User, **values: Any) -> Export:
    export = Export(
        source="candidates",
        format="csv",
        columns=["name"],
        purpose="weekly report",
        language="en",
        branch=Branch.objects.get(code="440200"),
        state=state,
        asked_by=asked_by,
        total=1,
        **{"asked_at": LONG_AGO} | values,
    )
    export.wanted = "{}"
    export.save(force_insert=True)
    return export


@case("write_exports", write_exports)
def _(fail: Fail) -> Pair:
    first, second = (make_staff(Role.CITY_HR, "440200") for _ in range(2))
    bad = _export(ExportState.QUEUED, asked_by=first, asked_at=LONG_AGO - timedelta(minutes=1))
    good = _export(ExportState.QUEUED, asked_by=second)
    fail(export_files, "_access_of", lambda user, _now: user.pk == first.pk)
    return Pair(bad.pk, lambda: stored(good).state == ExportState.READY)


@case("expire_exports", expire_exports)
def _(fail: Fail) -> Pair:
    ready: dict[str, Any] = {"asked_by": make_user(), "ready_at": LONG_AGO}
    bad = _export(ExportState.READY, **ready, expires_at=LONG_AGO - timedelta(minutes=1))
    good = _export(ExportState.READY, **ready, expires_at=LONG_AGO)
    fail(history, "move", lambda row, **_: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).state == ExportState.EXPIRED)


# --- performance ----------------------------------------------------------------------------------


def _analysis(season: str, branch: str = "000000") -> Analysis:
    return Analysis.objects.create(season=season, branch=Branch.objects.get(code=branch), wanted_at=LONG_AGO)


@case("load_season", compute_analyses)
def _(fail: Fail) -> Pair:
    _analysis("2025-autumn")
    good = _analysis("2026-autumn")
    fail(analyses, "load_season", lambda season: season == "2025-autumn")
    return Pair("2025-autumn", lambda: stored(good).computed_at is not None)


@case("compute_analyses", compute_analyses)
def _(fail: Fail) -> Pair:
    bad, good = _analysis("2026-autumn"), _analysis("2026-autumn", "440000")
    fail(analyses, "_compute", lambda row, *_, **__: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).computed_at is not None)


@case("changed_seasons", want_changed_seasons)
def _(fail: Fail) -> Pair:
    for season in ("2025-autumn", "2026-autumn"):
        _hire(season)
    fail(analyses, "inputs_of", lambda season: season == "2025-autumn")
    return Pair("2025-autumn", Analysis.objects.filter(season="2026-autumn").exists)


def _hire(season: str) -> None:
    place = {
        "branch": Branch.objects.get(code="440200"),
        "position": Position.objects.get(code="TELLER"),
        "season": season,
    }
    interview = HistoricInterview.objects.create(
        **place,
        application_ref=f"H-{season}",
        event_at=NOW,
        revision=1,
        verdict="pass",
        score=88,
        dimensions={},
        model_version="v3",
        completed_at=NOW,
        education="bachelor",
        graduation_year=2025,
    )
    Hire.objects.create(
        **place, historic=interview, employee_no=season, onboarded_on=NOW.date(), recorded_at=NOW
    )


@case("simulate", compute_simulations)
def _(fail: Fail) -> Pair:
    bad, good = (
        Simulation.objects.create(
            validity=0.4, applicants=100, seasons=1, seed=seed, asked_at=NOW, asked_by=make_user()
        )
        for seed in (1, 2)
    )
    fail(simulations, "_study", lambda row: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).computed_at is not None)


@case("send_recommendations", send_recommendations)
def _(fail: Fail) -> Pair:
    bad, good = make_signed(ATTENTION), make_signed(ORDER)
    fail(sending, "message_of", lambda row: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).attempts == 1)


@case("deliver_recommendations", send_recommendations)
def _(fail: Fail) -> Pair:
    bad, good = make_signed(ATTENTION), make_signed(ORDER)
    fail(sending, "deliver", lambda _body, message_id: message_id == bad.message_id)
    return Pair(bad.pk, lambda: stored(good).state != RecommendationState.SIGNED)


@case("measure_outcomes", want_changed_seasons)
def _(fail: Fail) -> Pair:
    bad, good = make_signed(ATTENTION), make_signed(ORDER)
    Recommendation.objects.update(state=RecommendationState.ACKNOWLEDGED, send_at=None)
    later = _analysis("2026-autumn")
    Analysis.objects.filter(pk=later.pk).update(computed_at=NOW, result=plain(Report(warnings=[])))
    fail(outcomes, "measure", lambda advised, *_, **__: advised.kind == bad.kind)
    return Pair(bad.pk, lambda: stored(good).outcome is not None)


@case("expire_uploads", expire_uploads)
def _(fail: Fail) -> Pair:
    bad, good = (_upload(timedelta(minutes=minutes)) for minutes in (1, 0))
    fail(uploads, "_forget", lambda rows, **_: bad.pk in [row.pk for row in rows])
    return Pair(bad.pk, lambda: stored(good).state == UploadState.EXPIRED)


def _upload(earlier: timedelta) -> RecordUpload:
    upload = RecordUpload(
        branch=Branch.objects.get(depth=1),
        file_name="records.csv",
        digest="0" * 64,
        uploaded_at=LONG_AGO,
        uploaded_by=make_user(),
        expires_at=LONG_AGO - earlier,
    )
    upload.content = b"x"
    upload.save(force_insert=True)
    return upload


def _staff_messages() -> tuple[StaffMessage, StaffMessage]:
    first, second = (
        StaffMessage.objects.create(
            user=make_user(),
            kind=StaffMessageKind.LINK,
            channel=ChannelCode.WECOM,
            address="liu.yan",
            asked_at=LONG_AGO,
            due_at=LONG_AGO + timedelta(seconds=number),
        )
        for number in range(2)
    )
    return first, second


@case("send_staff_messages", send_staff_messages)
def _(fail: Fail) -> Pair:
    bad, good = _staff_messages()
    fail(staff_messages.OUTBOX, "message", lambda row, _now: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).attempts == 1)


@case("record_staff_messages", send_staff_messages)
def _(fail: Fail) -> Pair:
    bad, good = _staff_messages()
    fail(staff_messages.OUTBOX, "record", lambda pk, **_: pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).code != "")


def _occasions() -> tuple[Occasion, Occasion]:
    """Two candidates to confirm of which the department has to be told."""
    make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")
    refs = [str(passed_application().pk) for _number in range(2)]
    for number, ref in enumerate(refs):
        Occasion.objects.filter(reference=ref).update(check_at=LONG_AGO + timedelta(seconds=number))
    first, second = (Occasion.objects.get(reference=ref) for ref in refs)
    return first, second


@case("spread_occasions", tell_staff)
def _(fail: Fail) -> Pair:
    bad, good = _occasions()
    fail(spreading, "_spread", lambda rows, **_: bad.pk in [row.pk for row in rows])
    return Pair(bad.pk, lambda: stored(good).spread_at is not None)


@case("settle_occasions", tell_staff)
def _(fail: Fail) -> Pair:
    bad, good = _occasions()
    Occasion.objects.update(spread_at=LONG_AGO)
    asked = Confirmation.objects.filter(application__in=[bad.reference, good.reference])
    asked.update(state="confirmed", decided_at=NOW)
    fail(spreading, "_settle", lambda rows, **_: bad.pk in [row.pk for row in rows])
    return Pair(bad.pk, lambda: stored(good).settled_at is not None)


@case("gather_digests", tell_staff)
def _(fail: Fail) -> Pair:
    alerts = _alerts()
    bad, good = (alert.user for alert in alerts)
    fail(digests, "_gather", lambda user, _preference, **_: user.pk == bad.pk)
    return Pair(bad.pk, lambda: Digest.objects.filter(user=good).exists())


def _alerts() -> list[Alert]:
    """The same to two colleagues, due."""
    occasion, _other = _occasions()
    Occasion.objects.update(spread_at=LONG_AGO, check_at=NOW + timedelta(days=1))
    made = []
    for number in range(2):
        user = make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")
        user.wecom_id = user.username
        user.save()
        due = LONG_AGO + timedelta(seconds=number)
        made.append(Alert.objects.create(user=user, occasion=occasion, made_at=LONG_AGO, due_at=due))
    return made


def _digest_messages() -> list[DigestMessage]:
    made = []
    for number, alert in enumerate(_alerts()):
        digest = Digest.objects.create(user=alert.user, day=NOW.date(), number=1, made_at=LONG_AGO)
        Alert.objects.filter(pk=alert.pk).update(digest=digest)
        due = LONG_AGO + timedelta(seconds=number)
        made.append(
            DigestMessage.objects.create(
                digest=digest, channel=ChannelCode.WECOM, asked_at=LONG_AGO, due_at=due
            )
        )
    return made


@case("send_digests", tell_staff)
def _(fail: Fail) -> Pair:
    bad, good = _digest_messages()
    fail(digests.OUTBOX, "message", lambda row, _now: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).attempts == 1)


@case("record_digests", tell_staff)
def _(fail: Fail) -> Pair:
    bad, good = _digest_messages()
    fail(digests.OUTBOX, "record", lambda pk, **_: pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).code != "")


@case("watch_providers", tell_staff)
def _(fail: Fail) -> Pair:
    notices = [approved_notice() for _number in range(3)]
    for channel, provider in ((ChannelCode.EMAIL, "a_failing"), (ChannelCode.WECHAT, "b_failing")):
        Delivery.objects.filter(notice__in=notices, channel=channel).update(
            provider=provider, claimed_at=NOW, due_at=NOW + timedelta(days=1)
        )
    fail(outages, "_open", lambda provider, **_: provider == "a_failing")
    return Pair("a_failing", lambda: ProviderOutage.objects.filter(provider="b_failing").exists())


def _address_changes() -> tuple[AddressChangeMessage, AddressChangeMessage]:
    notices = [approved_notice() for _ in range(2)]
    first, second = (
        AddressChangeMessage.objects.create(
            address=notice.recipient.addresses.get(kind="phone"),
            branch=notice.branch,
            channel=ChannelCode.SMS,
            asked_at=LONG_AGO,
            due_at=LONG_AGO + timedelta(seconds=number),
        )
        for number, notice in enumerate(notices)
    )
    return first, second


def _notice_updates() -> tuple[NoticeUpdate, NoticeUpdate]:
    for notice in (notices := [sent_notice() for _ in range(2)]):
        extend_notice(notice_id=notice.pk, until=notice.reply_by, reason="", now=LONG_AGO)
        tell_candidate(notice=notice, kind=NoticeUpdateKind.EXTENDED, now=LONG_AGO)
    for row in NoticeUpdate.objects.select_related("notice"):
        row.channel = ChannelCode.SMS
        row.address = row.notice.recipient.addresses.get(kind="phone")
        row.save()
    first, second = (NoticeUpdate.objects.get(notice=notice) for notice in notices)
    return first, second


@case("send_notice_updates", send_notice_updates)
def _(fail: Fail) -> Pair:
    bad, good = _notice_updates()
    fail(updates.OUTBOX, "message", lambda row, _now: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).attempts == 1)


@case("record_notice_updates", send_notice_updates)
def _(fail: Fail) -> Pair:
    bad, good = _notice_updates()
    fail(updates.OUTBOX, "record", lambda pk, **_: pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).code != "")


@case("send_address_changes", send_address_changes)
def _(fail: Fail) -> Pair:
    bad, good = _address_changes()
    fail(address_changes.OUTBOX, "message", lambda row, _now: row.pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).attempts == 1)


@case("record_address_changes", send_address_changes)
def _(fail: Fail) -> Pair:
    bad, good = _address_changes()
    fail(address_changes.OUTBOX, "record", lambda pk, **_: pk == bad.pk)
    return Pair(bad.pk, lambda: stored(good).code != "")
