"""One person is one row; a signal that contradicts what is known waits for people."""

from datetime import date, timedelta
from typing import Any

import pytest

from notifications.models import FollowUp
from notifications.operations.claiming import claim_due
from recruitment.enums import ApplicationState, SignalState
from recruitment.models import Application, Claim, InterviewResult, InterviewSignal, Person
from recruitment.operations.signals import RawSignal, store_signal
from tests.factories import NOW, resident_id, signal_payload
from tests.recruitment.steps import approved_notice, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
LATER = (NOW + timedelta(minutes=1)).isoformat()
HONG_KONG: dict[str, Any] = {"id_type": "hk_macau_permit", "name": "陈大文"}
NUMBER = resident_id(501)


def quarantined() -> list[str]:
    rows = InterviewSignal.objects.filter(state=SignalState.QUARANTINED)
    return list(rows.values_list("quarantine_reason", flat=True))


class TestOneDocument:
    def test_a_renewed_permit_is_the_same_person_with_one_claim(self) -> None:
        take_in(
            signal_payload(1, id_number="H1234567800", **HONG_KONG),
            signal_payload(2, id_number="H1234567801", branch_code="320100", timestamp=LATER, **HONG_KONG),
        )
        person = Person.objects.get()
        assert person.applications.count() == 2
        assert Claim.objects.filter(released_at=None).count() == 1
        assert person.id_number.decrypt() == "H1234567801"

    def test_the_first_and_the_second_card_of_a_resident_are_one_person(self) -> None:
        second = resident_id(502, born=date(1979, 2, 15))
        first = second[:6] + second[8:17]
        take_in(
            signal_payload(1, id_number=first, name="张甲"),
            signal_payload(2, id_number=second, name="张甲", timestamp=LATER),
        )
        assert Person.objects.count() == 1


class TestContradiction:
    def test_name_and_contact_of_another_wait_for_a_person_and_change_nothing(self) -> None:
        [application] = take_in(signal_payload(1, id_number=NUMBER, name="张甲"))
        take_in(signal_payload(2, id_number=NUMBER, name="李乙", branch_code="320100", timestamp=LATER))
        assert quarantined() == ["identity_conflict"]
        person = Person.objects.get()
        assert (person.name, person.recipient.name) == ("张甲", "张甲")
        assert person.recipient.addresses.count() == 4
        application.refresh_from_db()
        assert application.state == ApplicationState.CONFIRMING
        branch = InterviewSignal.objects.get(state=SignalState.QUARANTINED).branch
        assert branch is not None
        assert branch.code == "000000", "whoever decides stands above both"

    def test_one_copied_address_does_not_make_it_the_same_person(self) -> None:
        take_in(signal_payload(1, id_number=NUMBER, name="张甲"))
        take_in(signal_payload(2, id_number=NUMBER, name="李乙", email="c1@example.com", timestamp=LATER))
        assert quarantined() == ["identity_conflict"]

    @pytest.mark.parametrize("name", ["张 甲", "张\u200b甲", "张甲\u3000"])
    def test_another_writing_of_the_name_is_no_other_name(self, name: str) -> None:
        take_in(signal_payload(1, id_number=NUMBER, name="张甲"))
        take_in(signal_payload(2, id_number=NUMBER, name=name, timestamp=LATER))
        assert quarantined() == []

    def test_a_mended_name_alone_is_a_revision(self) -> None:
        take_in(signal_payload(1, name="张小名"))
        take_in(signal_payload(1, name="张小明", revision=2, timestamp=LATER, type="interview.revised"))
        assert quarantined() == []
        assert Person.objects.get().name == "张小明"

    def test_the_known_person_under_another_passport_waits_for_people(self) -> None:
        take_in(signal_payload(1, id_type="passport", id_number="E12345678", name="John Smith"))
        again = signal_payload(
            2, id_type="passport", id_number="E87654321", name="JOHN SMITH", timestamp=LATER
        )
        again["data"]["candidate"]["phone"] = "+8613800000001"
        take_in(again)
        assert quarantined() == ["same_person"]
        assert Person.objects.count() == 1

    def test_another_interview_failed_does_not_change_where_a_running_application_is_reached(self) -> None:
        [application] = take_in(signal_payload(1, id_number=NUMBER, name="张甲"))
        take_in(
            signal_payload(
                2,
                id_number=NUMBER,
                name="张甲",
                branch_code="320100",
                verdict="fail",
                score=3,
                timestamp=LATER,
            )
        )
        assert quarantined() == []
        assert application.person.recipient.addresses.filter(kind="phone").count() == 1


class TestARunningNotice:
    def test_goes_to_the_address_it_was_approved_for_and_a_person_is_told(self) -> None:
        notice = approved_notice(number=1, id_number=NUMBER, name="张甲")
        later = NOW + timedelta(minutes=1)
        take_in(
            signal_payload(
                2, id_number=NUMBER, name="张甲", branch_code="320100", timestamp=later.isoformat()
            ),
            now=later,
        )
        assert quarantined() == []
        _looked, claimed = claim_due(now=NOW + timedelta(hours=2), limit=20)
        assert claimed
        reached = {item.provider: item.message.address for item in claimed}
        assert reached["app_gateway"] == "app-1"
        assert reached["smtp"] == "c1@example.com"
        assert FollowUp.objects.get(subject_ref=notice.subject_ref).kind == "facts_differ"


class TestKeysMetAgain:
    def test_an_interview_id_of_another_candidate_waits_for_a_person(self) -> None:
        take_in(signal_payload(1, interview_id="IV-X", name="甲先到"))
        take_in(signal_payload(2, interview_id="IV-X", name="乙后到"))
        assert quarantined() == ["interview_conflict"]
        assert InterviewResult.objects.count() == 1
        assert Application.objects.count() == 1

    def test_another_revision_of_the_interview_of_another_candidate_waits_too(self) -> None:
        take_in(signal_payload(1, interview_id="IV-X"))
        take_in(signal_payload(2, interview_id="IV-X", revision=2, timestamp=LATER))
        assert quarantined() == ["interview_conflict"]

    def test_the_same_revision_of_the_same_moment_with_another_result_waits(self) -> None:
        take_in(signal_payload(1, score=91))
        take_in(signal_payload(1, score=61, verdict="fail"))
        assert quarantined() == ["interview_conflict"]
        assert Application.objects.get().state == ApplicationState.CONFIRMING

    def test_the_same_revision_again_is_no_conflict(self) -> None:
        take_in(signal_payload(1))
        take_in(signal_payload(1))
        assert quarantined() == []

    def test_a_reference_of_another_person_waits(self) -> None:
        take_in(signal_payload(1))
        take_in(signal_payload(2, application_ref="AP-1", branch_code="320100"))
        assert quarantined() == ["reference_conflict"]

    def test_a_message_id_with_another_body_is_kept_once_for_a_person(self) -> None:
        assert store_signal(raw=RawSignal("m-1", b'{"a": 1}'), now=NOW).created
        for _time in range(2):
            assert not store_signal(raw=RawSignal("m-1", b'{"b": 2}'), now=NOW).same_body
        aside = InterviewSignal.objects.get(state=SignalState.QUARANTINED)
        assert aside.quarantine_reason == "message_conflict"
        assert aside.body.decrypt_bytes() == b'{"b": 2}'
        assert list(aside.transitions.values_list("to_state", flat=True)) == ["quarantined"]
