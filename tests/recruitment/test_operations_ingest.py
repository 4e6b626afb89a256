from datetime import timedelta

import pytest

from branches.models import Branch
from notifications.enums import AddressKind, FollowUpKind, NoticeState, NoticeUpdateKind
from notifications.models import Address, FollowUp, Notice, NoticeUpdate
from notifications.operations.claiming import claim_due
from notifications.queries.recipients import address_for
from notifications.rendering.context import ContextRefused
from recruitment.enums import ApplicationState, ClaimRelease, QuarantineReason, SignalState
from recruitment.models import Application, Claim, Confirmation, InterviewResult, InterviewSignal, Person
from recruitment.operations.confirmations import confirm_many
from recruitment.operations.ingest import ingest_signal, ingest_waiting
from recruitment.operations.quarantine import dismiss_signal, retry_signal
from tests.factories import NOW, make_user, resident_id, signal_payload, store_payload
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
LATER = (NOW + timedelta(minutes=1)).isoformat()
EARLIER = (NOW - timedelta(days=1)).isoformat()


def only_signal() -> InterviewSignal:
    return InterviewSignal.objects.get()


class TestPersons:
    def test_one_person_whatever_the_writing_of_the_number(self) -> None:
        number = resident_id(7)
        take_in(
            signal_payload(1, id_number=number, name="张甲"),
            signal_payload(2, id_number=number.lower(), name="张甲"),
            signal_payload(3, id_number=f"{number[:6]} {number[6:]}", name="张甲"),
        )
        person = Person.objects.get()
        assert set(person.refs.values_list("ref", flat=True)) == {"C-1", "C-2", "C-3"}
        assert person.id_number.decrypt() == number

    def test_the_number_itself_is_nowhere_in_the_row(self) -> None:
        application = passed_application()
        row = Person.objects.filter(pk=application.person_id).values().get()
        assert application.person.id_number.decrypt().encode() not in bytes(row["id_number"])

    def test_the_newest_phone_by_event_time_wins_and_old_ones_are_kept(self) -> None:
        number = resident_id(8)
        take_in(
            signal_payload(
                1, id_number=number, phone="+8613800000002", timestamp=NOW.isoformat(), name="测试1"
            ),
            signal_payload(
                2,
                id_number=number,
                phone="+8613800000001",
                timestamp=EARLIER,
                name="测试1",
                education="master",
            ),
        )
        person = Person.objects.get()
        address = address_for(person.recipient_id, "sms")
        assert address is not None
        assert address.value.decrypt() == "+8613800000002"
        assert Address.objects.filter(kind=AddressKind.PHONE).count() == 2
        assert person.name == "测试1"
        assert person.education == "bachelor"


class TestRevisions:
    def test_a_late_older_event_changes_nothing(self) -> None:
        first = signal_payload(1, score=90)
        late = signal_payload(1, score=60, verdict="fail", revision=2, timestamp=EARLIER)
        [application] = take_in(first)
        signal = store_payload(late)
        ingest_waiting(now=NOW)
        signal.refresh_from_db()
        application.refresh_from_db()
        assert signal.state == SignalState.STALE
        assert application.state == ApplicationState.CONFIRMING
        assert application.result is not None
        assert application.result.revision == 1
        assert InterviewResult.objects.count() == 2

    def test_the_same_revision_twice_is_stale(self) -> None:
        payload = signal_payload(1)
        take_in(payload)
        again = store_payload(payload)
        ingest_waiting(now=NOW)
        again.refresh_from_db()
        assert again.state == SignalState.STALE
        assert InterviewResult.objects.count() == 1

    def test_fail_turned_to_pass_goes_on(self) -> None:
        [application] = take_in(signal_payload(1, verdict="fail"))
        application.refresh_from_db()
        assert application.state == ApplicationState.FAILED
        take_in(signal_payload(1, revision=2, timestamp=LATER))
        application.refresh_from_db()
        assert application.state == ApplicationState.CONFIRMING

    def test_pass_turned_to_fail_before_sending_stops_and_releases(self) -> None:
        application = passed_application()
        notice = confirm(application)
        reverse = self._reversed(application)
        assert reverse.state == ApplicationState.FAILED
        notice.refresh_from_db()
        assert notice.state == NoticeState.CANCELLED
        assert Claim.objects.get(application=application).release == ClaimRelease.VERDICT_REVERSED
        assert not FollowUp.objects.exists()

    def test_an_approved_notice_nobody_called_a_provider_for_is_stopped_too(self) -> None:
        notice = approved_notice()
        application = self._reversed(Application.objects.get(pk=notice.subject_ref))
        assert application.state == ApplicationState.FAILED
        assert claim_due(now=NOW, limit=10)[1] == []

    def test_pass_turned_to_fail_after_a_send_began_only_raises_a_task(self) -> None:
        notice = approved_notice()
        claim_due(now=NOW, limit=10)
        application = self._reversed(Application.objects.get(pk=notice.subject_ref))
        assert application.state == ApplicationState.IN_REVIEW
        assert Claim.objects.get(application=application).released_at is None
        assert FollowUp.objects.get().kind == FollowUpKind.VERDICT_REVERSED
        notice.refresh_from_db()
        assert notice.state == NoticeState.APPROVED

    def test_a_better_known_pass_is_decided_anew_while_nothing_was_sent(self) -> None:
        application = passed_application()
        notice = confirm(application)
        number = int(application.ref.removeprefix("AP-"))
        take_in(signal_payload(number, revision=2, timestamp=LATER, score=99))
        application.refresh_from_db()
        notice.refresh_from_db()
        assert notice.state == NoticeState.CANCELLED
        assert application.state == ApplicationState.CONFIRMING
        assert Claim.objects.filter(application=application, released_at__isnull=True).count() == 1

    @staticmethod
    def _reversed(application: Application) -> Application:
        number = int(application.ref.removeprefix("AP-"))
        take_in(signal_payload(number, revision=2, verdict="fail", score=50, timestamp=LATER))
        application.refresh_from_db()
        return application


class TestWithdrawal:
    def test_before_sending_it_stops_everything(self) -> None:
        application = passed_application()
        notice = confirm(application)
        self._withdraw(application)
        notice.refresh_from_db()
        assert application.state == ApplicationState.WITHDRAWN
        assert notice.state == NoticeState.CANCELLED
        assert not Claim.objects.filter(released_at__isnull=True).exists()

    def test_after_sending_the_link_closes_and_the_candidate_is_told(self) -> None:
        notice = approved_notice()
        claim_due(now=NOW, limit=1)
        application = Application.objects.get(pk=notice.subject_ref)
        self._withdraw(application)
        notice.refresh_from_db()
        assert notice.state == NoticeState.REVOKED
        assert application.state == ApplicationState.WITHDRAWN
        assert NoticeUpdate.objects.get().kind == NoticeUpdateKind.WITHDRAWN
        assert not FollowUp.objects.exists()

    @staticmethod
    def _withdraw(application: Application) -> None:
        number = int(application.ref.removeprefix("AP-"))
        take_in(signal_payload(number, type="interview.withdrawn", revision=2, timestamp=LATER))
        application.refresh_from_db()


class TestQuarantine:
    @pytest.mark.parametrize(
        ("changes", "reason", "detail"),
        [
            ({"branch_code": "999999"}, QuarantineReason.UNKNOWN_BRANCH, "999999"),
            ({"position_code": "WIZARD"}, QuarantineReason.UNKNOWN_POSITION, "WIZARD"),
            ({"id_number": "110105194912310021"}, QuarantineReason.BAD_ID_NUMBER, "checksum"),
            ({"id_number": "110105194913310025"}, QuarantineReason.BAD_ID_NUMBER, "birth_date"),
            (
                {"phone": "12345", "email": None, "app_user_id": None, "wechat_openid": None},
                QuarantineReason.UNREACHABLE,
                "phone",
            ),
        ],
    )
    def test_reasons(self, changes: dict[str, str | None], reason: str, detail: str) -> None:
        assert take_in(signal_payload(1, **changes)) == []
        signal = only_signal()
        assert (signal.state, signal.quarantine_reason, signal.quarantine_detail) == (
            SignalState.QUARANTINED,
            reason,
            detail,
        )
        assert not Application.objects.exists()

    def test_a_bad_phone_beside_an_app_account_is_only_a_note(self) -> None:
        [application] = take_in(signal_payload(1, phone="12345"))
        assert only_signal().note == "impossible: phone"
        assert address_for(application.person.recipient_id, "sms") is None

    def test_a_landline_beside_an_app_account_is_kept_for_people_to_call(self) -> None:
        [application] = take_in(signal_payload(1, phone="010-12345678 转 801"))
        address = Address.objects.get(recipient=application.person.recipient_id, kind=AddressKind.PHONE)
        assert (address.value.decrypt(), address.state_reason) == ("+861012345678;ext=801", "landline")
        assert address_for(application.person.recipient_id, "sms") is None
        take_in(signal_payload(1, phone="010-1234 5678转801", revision=2, timestamp=LATER))
        assert Address.objects.filter(kind=AddressKind.PHONE).count() == 1

    def test_a_landline_alone_waits_for_people(self) -> None:
        nothing = {"email": None, "app_user_id": None, "wechat_openid": None}
        assert take_in(signal_payload(1, phone="010-12345678", **nothing)) == []
        assert only_signal().quarantine_reason == QuarantineReason.UNREACHABLE

    @pytest.mark.parametrize(
        ("phone", "email", "stored"),
        [
            (
                "(+852) 5123-4567（住所，晚上七点以后）",
                "Zhang@例子.中国",
                {"+85251234567", "zhang@xn--fsqu00a.xn--fiqs8s"},
            ),
            ("＋８８６－９１２－３４５－６７８", "ZHANG+HR@X.COM", {"+886912345678", "zhang+hr@x.com"}),
            ("13800138000转1 / 13900139000", "张@qq.com", {"+8613800138000"}),
        ],
    )
    def test_addresses_of_the_world_are_taken_in(self, phone: str, email: str, stored: set[str]) -> None:
        [application] = take_in(signal_payload(1, phone=phone, email=email))
        kinds = (AddressKind.PHONE, AddressKind.EMAIL)
        rows = Address.objects.filter(recipient=application.person.recipient_id, kind__in=kinds)
        assert {row.value.decrypt() for row in rows} == stored

    def test_capitals_make_no_other_mailbox(self) -> None:
        [application] = take_in(signal_payload(1, email="zhang@x.com"))
        take_in(signal_payload(1, email="Zhang@X.com", revision=2, timestamp=LATER))
        assert application.person.recipient.addresses.filter(kind=AddressKind.EMAIL).count() == 1

    def test_retry_after_the_branch_was_added(self) -> None:
        take_in(signal_payload(1, branch_code="440400"))
        signal = only_signal()
        Branch.objects.filter(code="440300").update(code="440400")
        retry_signal(signal_id=signal.pk, now=NOW, by=make_user())
        ingest_waiting(now=NOW)
        signal.refresh_from_db()
        assert signal.state == SignalState.INGESTED
        assert list(signal.transitions.values_list("action", flat=True)) == ["ingest", "retry", "ingest"]

    def test_dismissed_with_a_reason_and_the_body_kept(self) -> None:
        take_in(signal_payload(1, branch_code="999999"))
        signal = dismiss_signal(
            signal_id=only_signal().pk, reason="branch never existed", now=NOW, by=make_user()
        )
        assert signal.state == SignalState.DISMISSED
        assert b"999999" in signal.body.decrypt_bytes()

    def test_an_application_reference_of_another_person(self) -> None:
        take_in(signal_payload(1))
        take_in(signal_payload(2, application_ref="AP-1"))
        signal = InterviewSignal.objects.latest("received_at", "processed_at")
        assert (
            InterviewSignal.objects.filter(quarantine_reason=QuarantineReason.REFERENCE_CONFLICT).count() == 1
        )
        assert signal.state in (SignalState.QUARANTINED, SignalState.INGESTED)

    def test_a_body_that_no_longer_opens_blocks_nobody(self) -> None:
        broken = store_payload(signal_payload(1))
        whole = store_payload(signal_payload(2))
        InterviewSignal.objects.filter(pk=broken.pk).update(body=whole.body)
        ingest_waiting(now=NOW)
        broken.refresh_from_db()
        whole.refresh_from_db()
        assert broken.quarantine_reason == QuarantineReason.BROKEN
        assert whole.state == SignalState.INGESTED


def test_a_signal_is_taken_in_once_however_often_it_is_tried() -> None:
    signal = store_payload(signal_payload(1))
    for _time in range(3):
        ingest_signal(signal_id=signal.pk, now=NOW)
    assert InterviewResult.objects.count() == 1
    assert signal.transitions.count() == 1


def test_notices_are_for_passes_only() -> None:
    take_in(signal_payload(1, verdict="fail"))
    assert not Notice.objects.exists()
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("\u200b\u200b", "name_no_letter"),
        ("\ufeff", "name_no_letter"),
        ("---", "name_no_letter"),
        ("1234", "name_no_letter"),
        ("<script>alert(1)</script>", "name_implausible"),
        ("=1+A1", "name_implausible"),
        ("https://evil.example/", "name_implausible"),
        ("王\ue863", "name_unshowable"),
    ],
)
def test_what_is_no_name_waits_for_a_person(name: str, detail: str) -> None:
    signal = store_payload(signal_payload(name=name))
    ingest_waiting(now=NOW)
    signal.refresh_from_db()
    assert (signal.state, signal.quarantine_reason) == (SignalState.QUARANTINED, QuarantineReason.BAD_NAME)
    assert signal.quarantine_detail == detail
    assert signal.branch == Branch.objects.get(code="440200")
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\u202e张三\u202c", "张三"),
        ("张\r\n三", "张三"),
        ("\x1b[31m张三\x1b[0m", "张三"),
        ("王𬬭", "王𬬭"),
        ("葛\U000e0100", "葛\U000e0100"),
        ("M\u0331aria", "M\u0331aria"),
    ],
)
def test_a_name_is_kept_as_it_can_be_seen(sent: str, kept: str) -> None:
    notice = confirm(passed_application(name=sent))
    assert notice.recipient.name == Person.objects.get().name == kept
    shown = [notice.bodies[body] for body in ("app_html", "sms", "email_html", "email_text")]
    assert all(kept in body for body in shown)


def test_a_name_that_was_stored_before_never_stops_the_others() -> None:
    blank, good = passed_application(), passed_application()
    Person.objects.filter(pk=blank.person_id).update(name="\u200b")
    waiting = list(Confirmation.objects.values_list("pk", flat=True))
    refused = confirm_many(confirmation_ids=waiting, now=NOW, by=make_user())
    blank.refresh_from_db()
    good.refresh_from_db()
    assert [type(refusal) for refusal in refused.values()] == [ContextRefused]
    assert (blank.state, good.state) == (ApplicationState.CONFIRMING, ApplicationState.IN_REVIEW)
