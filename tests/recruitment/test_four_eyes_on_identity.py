"""What two people of the bank say of a signal or of two records; each proposal is confirmed by another."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from branches.models import AccessEntry, Branch
from branches.roles import Role
from hrportal.kernel import clocks
from hrportal.kernel.encryption import blind_index
from notifications.enums import NoticeState
from notifications.models import Address, FollowUp, Notice, Recipient
from notifications.operations.claiming import claim_due
from notifications.operations.recipients import correct_address, mark_address_bad, record_address
from notifications.queries.recipients import address_for
from recruitment.enums import ApplicationState, MatchState, SignalState
from recruitment.models import (
    Application,
    Claim,
    FactDifference,
    InterviewSignal,
    MatchReview,
    Person,
    PersonDocument,
)
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.ingest import ingest_waiting
from recruitment.operations.retention import anonymise_person
from recruitment.operations.signals import RawSignal, store_signal
from recruitment.queries.people import document_index
from tests.factories import NOW, make_staff, resident_id, signal_payload
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in
from tests.staff import Staff, application_of, make_everybody, sent_notice

pytestmark = pytest.mark.django_db
LATER = (NOW + timedelta(minutes=1)).isoformat()
NUMBER = resident_id(601)
WHY = "电话核实，看过证件"


@pytest.fixture
def staff(world: dict[str, Branch], business_clock: None) -> Staff:
    return make_everybody()


def waiting_signal() -> InterviewSignal:
    return InterviewSignal.objects.get(state=SignalState.QUARANTINED)


def settle() -> None:
    ingest_waiting(now=NOW)
    while decide_waiting(now=NOW):
        pass


def propose(staff: Staff, who: str, signal: InterviewSignal, kind: str = "as_sent") -> MatchReview:
    url = reverse("quarantine_propose", args=[signal.pk])
    answer = staff.client(who).post(url, {"kind": kind, "reason": WHY})
    assert answer.status_code == 302
    return MatchReview.objects.get(signal=signal, state=MatchState.PROPOSED)


def decide(staff: Staff, who: str, review: MatchReview, action: str = "confirm") -> str:
    client = staff.client(who)
    answer = client.post(reverse(f"match_{action}", args=[review.pk]), {"refuse-reason": WHY}, follow=True)
    review.refresh_from_db()
    return answer.content.decode()


class TestASignal:
    def test_an_impossible_number_goes_on_when_another_confirms_it(self, staff: Staff) -> None:
        take_in(signal_payload(1, id_number="44030119980215ABCD"))
        signal = waiting_signal()
        page = staff.client("city_hr").get(reverse("quarantine_signal", args=[signal.pk])).content.decode()
        assert "440301********ABCD" in page
        assert "44030119980215ABCD" not in page
        review = propose(staff, "city_hr", signal)
        assert "A colleague has to confirm" in decide(staff, "city_hr", review)
        assert review.state == MatchState.PROPOSED
        decide(staff, "province_hr", review)
        assert (review.state, review.decided_by) == (MatchState.CONFIRMED, staff.users["province_hr"])
        settle()
        signal.refresh_from_db()
        assert signal.state == SignalState.INGESTED
        assert Person.objects.get().id_number.decrypt() == "44030119980215ABCD"
        decided = AccessEntry.objects.filter(action__endswith="_match").order_by("pk")
        assert list(decided.values_list("action", flat=True)) == ["propose_match", "confirm_match"]

    def test_the_database_itself_refuses_one_person_twice(self, staff: Staff) -> None:
        take_in(signal_payload(1, id_number="44030119980215ABCD"))
        review = propose(staff, "city_hr", waiting_signal())
        review.state, review.decided_by, review.decided_at = MatchState.CONFIRMED, review.proposed_by, NOW
        with pytest.raises(IntegrityError, match="match_confirmed_by_another"), transaction.atomic():
            review.save()

    def test_another_persons_number_is_put_right_and_holds(self, staff: Staff) -> None:
        take_in(signal_payload(1, id_number=NUMBER, name="张甲"))
        take_in(signal_payload(2, id_number=NUMBER, name="李乙", timestamp=LATER))
        signal = waiting_signal()
        right = resident_id(602)
        url = reverse("quarantine_correct", args=[signal.pk])
        client = staff.client("city_hr")
        assert client.post(url, {"id_number": "440301199802150059", "why": WHY}).status_code == 422
        assert client.post(url, {"why": WHY}).status_code == 422
        assert client.post(url, {"id_number": right, "name": "李 乙丙", "why": WHY}).status_code == 302
        settle()
        signal.refresh_from_db()
        assert signal.state == SignalState.INGESTED
        assert signal.application is not None
        person = signal.application.person
        assert (person.id_number.decrypt(), person.name) == (right, "李 乙丙")
        assert right.encode() not in bytes(signal.corrections.blob)
        # A later message of the machine does not undo it; a person is told.
        take_in(
            signal_payload(
                2, id_number=right, name="李乙", revision=2, timestamp=(NOW + timedelta(hours=1)).isoformat()
            )
        )
        person.refresh_from_db()
        assert person.name == "李 乙丙"
        assert FactDifference.objects.get(person=person).sent.decrypt() == "李乙"

    def test_the_same_person_with_new_name_and_contact(self, staff: Staff) -> None:
        [application] = take_in(signal_payload(1, id_number=NUMBER, name="张甲"))
        take_in(
            signal_payload(
                2,
                id_number=NUMBER,
                name="张嘉",
                application_ref="AP-1",
                timestamp=LATER,
                interview_id="IV-1",
                revision=2,
            )
        )
        signal = waiting_signal()
        page = staff.client("city_hr").get(reverse("quarantine_signal", args=[signal.pk])).content.decode()
        assert "张甲" in page
        assert "张嘉" in page
        decide(staff, "province_hr", propose(staff, "city_hr", signal))
        settle()
        application.person.refresh_from_db()
        assert application.person.name == "张嘉"
        address = address_for(application.person.recipient_id, "sms")
        assert address is not None
        assert address.value.decrypt() == "+8613800000002"

    def test_a_second_passport_is_linked_and_found_from_then_on(self, staff: Staff) -> None:
        first = {"id_type": "passport", "name": "John Smith", "phone": "+85291234567"}
        take_in(signal_payload(1, id_number="123456789", **first))
        take_in(signal_payload(2, id_number="987654321", timestamp=LATER, **first))
        decide(staff, "province_hr", propose(staff, "city_hr", waiting_signal(), "link"))
        settle()
        person = Person.objects.get()
        assert person.applications.count() == 2
        assert Claim.objects.filter(released_at=None).count() == 1
        document = PersonDocument.objects.get()
        assert (document.person, document.id_number.decrypt()) == (person, "987654321")
        take_in(signal_payload(3, id_number="987654321", timestamp=LATER, **first))
        assert person.applications.count() == 3

    def test_another_person_of_the_same_name_and_phone(self, staff: Staff) -> None:
        same = {"name": "王芳", "phone": "+8613800009999"}
        take_in(signal_payload(1, **same))
        take_in(signal_payload(2, **same))
        decide(staff, "province_hr", propose(staff, "city_hr", waiting_signal()))
        settle()
        assert Person.objects.count() == 2

    def test_nothing_is_put_right_in_what_cannot_be_read(self, staff: Staff) -> None:
        store_signal(raw=RawSignal("unreadable", b"[]"), now=NOW)
        ingest_waiting(now=NOW)
        signal = waiting_signal()
        url = reverse("quarantine_correct", args=[signal.pk])
        page = staff.client("hq_hr").post(url, {"branch_code": "440200", "why": WHY}, follow=True)
        assert "cannot be read" in page.text
        signal.refresh_from_db()
        assert (signal.state, signal.corrections) == (SignalState.QUARANTINED, None)

    def test_a_refusal_leaves_it_in_quarantine(self, staff: Staff) -> None:
        take_in(signal_payload(1, id_number="44030119980215ABCD"))
        review = propose(staff, "city_hr", waiting_signal())
        decide(staff, "province_hr", review, "refuse")
        assert (review.state, review.answer) == (MatchState.REFUSED, WHY)
        assert waiting_signal().confirmed == []

    def test_what_was_confirmed_does_not_cover_what_is_corrected_later(self, staff: Staff) -> None:
        take_in(signal_payload(1, id_number="44030119980215ABCD", branch_code="999999"))
        staff.client("hq_hr").post(
            reverse("quarantine_correct", args=[waiting_signal().pk]), {"branch_code": "440200", "why": WHY}
        )
        settle()
        signal = waiting_signal()
        assert signal.quarantine_reason == "bad_id_number"
        review = propose(staff, "city_hr", signal)
        staff.client("city_hr").post(
            reverse("quarantine_correct", args=[signal.pk]), {"id_number": NUMBER, "why": WHY}
        )
        review.refresh_from_db()
        assert review.state == MatchState.LAPSED
        settle()
        signal.refresh_from_db()
        assert signal.state == SignalState.INGESTED

    @pytest.mark.parametrize("who", ["foreign_city_hr", "department", "administration", "it_ops", "auditor"])
    def test_nobody_else_sees_or_decides(self, staff: Staff, who: str) -> None:
        take_in(signal_payload(1, id_number="44030119980215ABCD"))
        signal = waiting_signal()
        review = propose(staff, "city_hr", signal)
        client = staff.client(who)
        assert client.get(reverse("quarantine_signal", args=[signal.pk])).status_code == 404
        for name, key in (
            ("quarantine_correct", signal.pk),
            ("match_confirm", review.pk),
            ("match_refuse", review.pk),
        ):
            assert client.post(reverse(name, args=[key]), {"why": WHY}).status_code == 404


def two_records(**changes: Any) -> tuple[Application, Application]:
    """One person under a permit and its renewal, as the portal kept them before it knew of renewals."""
    same: dict[str, Any] = {"name": "陈大文", "id_type": "hk_macau_permit"}
    [one] = take_in(signal_payload(1, id_number="H1234567800", **same))
    [other] = take_in(signal_payload(2, id_number="H7654321000", branch_code="320100", **same))
    for application, number in ((one, "H1234567800"), (other, "H1234567801")):
        person = application.person
        person.id_number = number
        person.id_index = blind_index(f"hk_macau_permit:{number}", purpose="id_number")
        person.save()
    one.refresh_from_db()
    other.refresh_from_db()
    return one, other


def propose_merge(staff: Staff, who: str, standing: Application) -> MatchReview:
    call_command("find_duplicates")
    review = MatchReview.objects.get()
    page = staff.client(who).get(reverse("duplicate", args=[review.pk])).content.decode()
    assert standing.ref in page
    answer = staff.client(who).post(
        reverse("duplicate", args=[review.pk]), {"standing": str(standing.pk), "reason": WHY}
    )
    assert answer.status_code == 302
    review.refresh_from_db()
    assert review.state == MatchState.PROPOSED
    return review


class TestTwoRecords:
    def test_a_pair_is_found_once_and_merged_by_two_people(self, staff: Staff) -> None:
        one, other = two_records()
        assert Claim.objects.filter(released_at=None).count() == 2
        review = propose_merge(staff, "hq_hr", one)
        call_command("find_duplicates")
        assert MatchReview.objects.count() == 1
        assert "A colleague has to confirm" in decide(staff, "hq_hr", review)
        second = make_colleague(staff)
        decide(second, "second_hq", review)
        person = Person.objects.get(anonymised_at=None)
        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.person_id, other.person_id) == (person.pk, person.pk)
        assert Claim.objects.get(released_at=None).application == one
        assert (one.state, other.state) == (ApplicationState.CONFIRMING, ApplicationState.HELD)
        assert bytes(person.id_index) == document_index("hk_macau_permit:H12345678")
        assert set(person.refs.values_list("ref", flat=True)) == {"C-1", "C-2"}
        assert list(person.transitions.values_list("action", flat=True)) == ["merge"]
        gone = Person.objects.exclude(anonymised_at=None).get()
        assert (gone.name, gone.id_number.decrypt(), gone.applications.count()) == ("***", "", 0)
        # A further renewal finds the one.
        take_in(
            signal_payload(
                3, id_number="H1234567802", name="陈大文", id_type="hk_macau_permit", timestamp=LATER
            )
        )
        assert person.applications.count() == 3

    def test_the_second_notice_is_taken_back_and_the_first_reaches_whom_it_was_approved_for(
        self, staff: Staff
    ) -> None:
        one, other = two_records()
        notices = []
        for application in (one, other):
            notice = confirm(application)
            reviewer = staff.client("hq_hr")
            assert reviewer.post(
                reverse("review_approve", args=[notice.pk]), {"content_hash": notice.content_hash}
            ).status_code in (200, 302)
            notices.append(notice)
        assert claim_due(now=clocks.now() + timedelta(minutes=5), limit=50)[1]
        review = propose_merge(staff, "hq_hr", one)
        decide(make_colleague(staff), "second_hq", review)
        assert review.state == MatchState.CONFIRMED
        for notice in notices:
            notice.refresh_from_db()
        other.refresh_from_db()
        assert notices[0].state == NoticeState.APPROVED
        assert (notices[1].state, other.state) == (NoticeState.REVOKED, ApplicationState.STOPPED)
        assert Claim.objects.filter(released_at=None).count() == 1
        # Who looks at the other application still sees its notice, and forgetting forgets both.
        assert staff.client("hq_hr").get(reverse("candidate", args=[other.pk])).status_code == 200
        Application.objects.update(state=ApplicationState.DECLINED)
        Notice.objects.filter(state=NoticeState.APPROVED).update(state=NoticeState.CLOSED)
        anonymise_person(person_id=one.person_id, reason="test", now=NOW)
        assert set(Recipient.objects.values_list("name", flat=True)) == {"***"}
        assert not PersonDocument.objects.exists()

    def test_two_people_named_by_a_colleague_stay_two_when_another_says_so(self, staff: Staff) -> None:
        [one], [other] = take_in(signal_payload(1)), take_in(signal_payload(2))
        client = staff.client("city_hr")
        answer = client.post(reverse("duplicate_new"), {"one": one.ref, "other": "AP-77"})
        assert answer.status_code == 422
        answer = client.post(reverse("duplicate_new"), {"one": one.ref, "other": other.ref})
        review = MatchReview.objects.get()
        assert answer.headers["Location"] == reverse("duplicate", args=[review.pk])
        decide(staff, "city_hr", review, "refuse")
        assert review.state == MatchState.REFUSED
        assert Person.objects.count() == 2


class TestAPersonsWord:
    def test_a_running_notice_takes_a_new_number_only_when_a_person_says_so(self, staff: Staff) -> None:
        notice = sent_notice(number=1, id_number=NUMBER, name="张甲")
        application = application_of(notice)
        take_in(
            signal_payload(
                1, id_number=NUMBER, name="张甲", revision=2, timestamp=LATER, phone="+8613900000009"
            )
        )
        difference = FactDifference.objects.get()
        client = staff.client("city_hr")
        page = client.get(reverse("candidate", args=[application.pk])).content.decode()
        assert "139****0009" in page
        url = reverse("candidate_difference", args=[application.pk, difference.pk])
        assert (
            "changed by someone else"
            in client.post(url, {"take": "yes", "seen": "x"}, follow=True).content.decode()
        )
        client.post(url, {"take": "yes", "seen": difference.sent_at.isoformat()})
        difference.refresh_from_db()
        assert difference.state == "taken"
        address = address_for(application.person.recipient_id, "sms")
        assert address is not None
        assert address.value.decrypt() == "+8613900000009"

    def test_what_a_person_kept_is_not_asked_again(self, staff: Staff) -> None:
        notice = approved_notice(number=1, id_number=NUMBER, name="张甲")
        application = application_of(notice)
        again = {"id_number": NUMBER, "name": "张甲", "phone": "+8613900000009"}
        take_in(signal_payload(1, revision=2, timestamp=LATER, **again))
        difference = FactDifference.objects.get()
        staff.client("city_hr").post(
            reverse("candidate_difference", args=[application.pk, difference.pk]),
            {"take": "no", "seen": difference.sent_at.isoformat()},
        )
        take_in(signal_payload(1, revision=3, timestamp=(NOW + timedelta(hours=1)).isoformat(), **again))
        assert list(FactDifference.objects.values_list("state", flat=True)) == ["kept"]

    def test_a_number_that_a_person_replaced_is_revived_by_no_message(self, staff: Staff) -> None:
        notice = approved_notice(number=1, id_number=NUMBER, name="张甲")
        application = application_of(notice)
        recipient, first, right = application.person.recipient_id, "+8613900000009", "+8613900000010"
        again = {"id_number": NUMBER, "name": "张甲", "phone": first}
        take_in(signal_payload(1, revision=2, timestamp=LATER, **again))
        difference = FactDifference.objects.get()
        staff.client("city_hr").post(
            reverse("candidate_difference", args=[application.pk, difference.pk]),
            {"take": "yes", "seen": difference.sent_at.isoformat()},
        )
        correct_address(
            recipient_id=recipient,
            kind="phone",
            value=right,
            branch=application.branch,
            about=application.pk,
            now=NOW + timedelta(hours=1),
            by=staff.users["city_hr"],
        )
        for hours in (2, 3):
            at = (NOW + timedelta(hours=hours)).isoformat()
            take_in(signal_payload(1, revision=hours + 1, timestamp=at, **again))
        address = address_for(recipient, "sms")
        assert address is not None
        assert address.value.decrypt() == right
        # What was taken once and put right since is asked about, once.
        assert list(FactDifference.objects.order_by("sent_at").values_list("state", flat=True)) == [
            "taken",
            "open",
        ]

    def test_a_known_number_that_a_person_gives_holds(self, staff: Staff) -> None:
        recipient = application_of(approved_notice(number=1, id_number=NUMBER)).person.recipient_id
        old = Address.objects.get(recipient=recipient, kind="phone")
        mark_address_bad(address_id=old.pk, reason="21211")
        given = record_address(
            recipient_id=recipient, kind="phone", value=old.value.decrypt(), event_at=NOW, given_by_staff=True
        )
        assert (given.pk, given.given_by_staff, given.state, given.state_reason) == (
            old.pk,
            True,
            "usable",
            "",
        )

    def test_the_new_value_reaches_the_notice_as_a_correction_does(self, staff: Staff) -> None:
        application = passed_application(number=1, id_number=NUMBER, name="张甲")
        Person.objects.update(corrected=["name"])
        notice = confirm(application)
        take_in(signal_payload(1, id_number=NUMBER, name="张乙", revision=2, timestamp=LATER))
        difference = FactDifference.objects.get(fact="name")
        staff.client("city_hr").post(
            reverse("candidate_difference", args=[application.pk, difference.pk]),
            {"take": "yes", "seen": difference.sent_at.isoformat()},
        )
        notice.refresh_from_db()
        assert notice.state == NoticeState.RETURNED

    def test_one_task_names_all_that_differs(self, staff: Staff) -> None:
        application = passed_application(number=1, id_number=NUMBER, name="张甲")
        Person.objects.update(corrected=["name", "education"])
        take_in(
            signal_payload(1, id_number=NUMBER, name="张乙", education="doctor", revision=2, timestamp=LATER)
        )
        task = FollowUp.objects.get(subject_ref=application.pk)
        assert task.detail == "name, education"


def make_colleague(staff: Staff) -> Staff:
    """A second person of head office."""
    return Staff({**staff.users, "second_hq": make_staff(Role.HQ_HR, "000000")})
