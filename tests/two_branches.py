"""Rows of every kind at Shenzhen and at Nanjing, as the path itself leaves them."""

from branches.models import Branch
from branches.roles import Role
from hrportal.kernel.scopes import Scope
from notifications.enums import ChannelCode, FollowUpOutcome, NoticeUpdateKind
from notifications.models import Address, AddressChangeMessage, AddressChangeTransition, Notice
from notifications.operations.follow_ups import complete_follow_up
from notifications.operations.read_receipts import record_opened
from notifications.operations.receipts import apply_receipts, store_receipts
from notifications.operations.updates import tell_candidate
from notifications.providers.base import Evidence, ReceiptFact
from performance.models import (
    Analysis,
    CaseNote,
    Hire,
    HistoricInterview,
    PerformanceRecord,
    RecommendationTransition,
    RecordCorrection,
    RecordDifference,
    RecordUpload,
)
from recruitment.enums import DataRequestKind
from recruitment.models import (
    Application,
    DataRequest,
    FactDifference,
    FirstDayProposal,
    InterviewSignal,
    MatchReview,
    Person,
    PersonDocument,
    PersonTransition,
    ReplyAnswer,
    ReplyCorrection,
)
from recruitment.operations.quarantine import dismiss_signal
from recruitment.operations.releases import ask_release
from recruitment.operations.replies import accept_offer
from recruitment.queries.people import document_index
from tests.factories import NOW, make_staff, make_user, make_world, resident_id, signal_payload
from tests.performance.recommendations import make_recommendation
from tests.recruitment.steps import passed_application, take_in
from tests.staff import application_of, failed_sms, sent_notice

HERE, THERE = "440200", "320100"
NEIGHBOURS = {HERE: "440300", THERE: "440300"}


def make_two_branches() -> Scope:
    """Fill every table for both branches; returns the scope of Shenzhen with its sub-branch."""
    branches = make_world()
    for number, code in enumerate((HERE, THERE), 1):
        notice = sent_notice(branch_code=code, app_user_id=None, wechat_openid=None)
        task = failed_sms(notice)
        complete_follow_up(follow_up_id=task.pk, outcome=FollowUpOutcome.REACHED, note="", now=NOW, by=None)
        _receive(notice)
        record_opened(notice_id=notice.pk, now=NOW)
        accept_offer(notice_id=notice.pk, now=NOW)
        _quarantine(code)
        _who_somebody_is(code)
        _ask_for_a_release(code, number=resident_id(900 + number))
        passed_application(branch_code=code)
        _ask_about_data(notice)
        _notify_of_another_number(notice)
        _change_the_offer(notice)
        _work_for_a_month(notice, number=number)
    return Scope(reason="a test", branch_ids=frozenset(branches[code].pk for code in (HERE, "440201")))


def _receive(notice: Notice) -> None:
    delivery = notice.deliveries.get(channel=ChannelCode.SMS)
    fact = ReceiptFact(
        provider_id=delivery.provider_id, evidence=Evidence.DELIVERED, dedupe_key=f"d-{delivery.pk}"
    )
    store_receipts(provider=delivery.provider, facts=[fact], now=NOW, delivery_id=delivery.pk)
    apply_receipts(now=NOW)


def _quarantine(code: str) -> None:
    known = set(InterviewSignal.objects.values_list("pk", flat=True))
    take_in(signal_payload(branch_code=code, id_number="110101199001011234"))
    signal = InterviewSignal.objects.exclude(pk__in=known).get()
    dismiss_signal(signal_id=signal.pk, reason="发错了", now=NOW, by=make_staff(Role.CITY_HR, code))


def _who_somebody_is(code: str) -> None:
    """Another document, a fact that was sent otherwise, and a question that two people answer."""
    person = Person.objects.filter(applications__branch__code=code).earliest("facts_at", "pk")
    document = PersonDocument(
        person=person, id_type="passport", id_index=document_index(f"passport:{code}"), linked_at=NOW
    )
    document.id_number = "E12345678"
    document.save(force_insert=True)
    difference = FactDifference(person=person, fact="education", sent_at=NOW)
    difference.sent = "master"
    difference.save(force_insert=True)
    MatchReview.objects.create(
        kind="merge", state="found", branch=Branch.objects.get(code=code), person=person, found_at=NOW
    )


def _ask_for_a_release(code: str, *, number: str) -> None:
    """A neighbour holds the person whom this branch wants."""
    applications: list[Application] = take_in(
        signal_payload(id_number=number, name="同一人", branch_code=NEIGHBOURS[code], preference=1),
        signal_payload(id_number=number, name="同一人", branch_code=code, preference=2),
    )
    ask_release(application_id=applications[1].pk, reason="急缺", now=NOW, by=make_staff(Role.CITY_HR, code))


def _ask_about_data(notice: Notice) -> None:
    """The candidate wants to see what is held; a person has read what they wrote."""
    reply, asker = notice.replies.earliest("at"), make_user()
    person = reply.application.person
    DataRequest.objects.create(
        person=person, kind=DataRequestKind.SEE, note="来行", opened_at=NOW, opened_by=asker, due_at=NOW
    )
    PersonTransition.objects.create(subject=person, at=NOW, action="open_data_request")
    ReplyAnswer.objects.create(reply=reply, text="有。", at=NOW, by=asker)
    ReplyCorrection.objects.create(
        reply=reply, at=NOW, by=asker, of_model=False, model_version="1", from_labels=[], to_labels=[]
    )


def _notify_of_another_number(notice: Notice) -> None:
    """The old number is told that messages go elsewhere now."""
    old = Address.objects.filter(recipient=notice.recipient, kind="phone").earliest("event_at")
    message = AddressChangeMessage.objects.create(
        address=old, branch=notice.branch, channel=ChannelCode.SMS, asked_at=NOW, due_at=NOW
    )
    AddressChangeTransition.objects.create(subject=message, at=NOW, action="ask", to_state=message.state)


def _change_the_offer(notice: Notice) -> None:
    """The candidate asked for another first day and is told that they have more time."""
    tell_candidate(notice=notice, kind=NoticeUpdateKind.EXTENDED, now=NOW)
    FirstDayProposal.objects.get_or_create(
        application=application_of(notice), state="open", defaults={"day": notice.onboarding_on, "at": NOW}
    )


def _work_for_a_month(notice: Notice, *, number: int) -> None:
    """Hired, measured once, corrected once, analysed; beside an interview from before the portal."""
    application = application_of(notice)
    place = {"branch": application.branch, "position": application.position, "season": application.season}
    HistoricInterview.objects.create(
        **place,
        application_ref=f"H-{number}",
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
    hire = Hire.objects.create(
        **place,
        application=application,
        employee_no=f"E{number}",
        onboarded_on=NOW.date(),
        recorded_at=NOW,
    )
    record = PerformanceRecord.objects.create(
        hire=hire, period=NOW.date().replace(day=1), score=80, recorded_at=NOW, source="api"
    )
    RecordCorrection.objects.create(record=record, at=NOW, source="api", before={}, after={})
    RecordDifference.objects.create(
        hire=hire, period=record.period, sent={"score": "70.00"}, sent_at=NOW, source="api"
    )
    Analysis.objects.create(season=application.season, branch=application.branch, wanted_at=NOW)
    upload = RecordUpload(
        branch=application.branch,
        file_name="records.csv",
        digest="0" * 64,
        uploaded_at=NOW,
        uploaded_by=make_user(),
        expires_at=NOW,
    )
    upload.content = b"employee_no,period,score\n"
    upload.save(force_insert=True)
    CaseNote.objects.create(hire=hire, reason="guidance", text="换岗前无人带教", at=NOW, by=make_user())
    RecommendationTransition.objects.create(
        subject=make_recommendation(branch=application.branch), at=NOW, action="find"
    )
