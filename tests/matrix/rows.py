"""The same rows at each of the small bank's branches: one of every kind that a URL can name."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone

from branches.enums import ApprovalKind, ApprovalState, ExportFormat, ExportState
from branches.models import AccessEntry, ApprovalRequest, Branch, Delegation, Department, Export
from branches.roles import Role
from hrportal.kernel.encryption import blind_index
from notifications.enums import AddressKind, FollowUpKind, NoticeState
from notifications.links import digest_of, token_of
from notifications.models import (
    Address,
    Approval,
    Delivery,
    FollowUp,
    MessageTemplate,
    Notice,
    Recipient,
    TemplateVersion,
)
from performance.models import Hire, RecordDifference, RecordUpload
from recruitment.enums import (
    ApplicationState,
    ClassificationState,
    DataRequestKind,
    MatchKind,
    MatchState,
    OfferAct,
    QuarantineReason,
    ReplyKind,
    SignalState,
)
from recruitment.models import (
    Application,
    ChecklistItem,
    Claim,
    Confirmation,
    DataRequest,
    FactDifference,
    InterviewResult,
    InterviewSignal,
    MatchReview,
    OnboardingTask,
    Person,
    ReleaseRequest,
    Reply,
)
from tests.factories import NOW, make_staff, make_user, make_world
from tests.performance.recommendations import make_recommendation
from tests.staff import application_of, sent_notice

HEAD_OFFICE = "000000"


def marker(branch_code: str) -> str:
    """What every candidate of a branch has in the name, and no page says otherwise."""
    return f"候选{branch_code}人"


@dataclass
class Place:
    """One branch and the keys of its rows, by the kind that a URL names."""

    branch: Branch
    keys: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pattern:
    """Rows of the real path, which the others are copied from: what only the path can make right."""

    application: Application
    notice: Notice
    delivery: Delivery
    approval: Approval


def make_rows() -> dict[str, Place]:
    """A bank with rows at all its branches, by branch code."""
    branches = make_world()
    notice = sent_notice()
    pattern = Pattern(
        application=application_of(notice),
        notice=notice,
        delivery=notice.deliveries.get(channel="app"),
        approval=notice.approvals.get(),
    )
    elsewhere = _application(pattern, branches[HEAD_OFFICE], ApplicationState.CONFIRMING, name="别处")
    places = {code: Place(branch) for code, branch in branches.items()}
    for place in places.values():
        _fill(place, pattern, elsewhere)
    return places


def _fill(place: Place, pattern: Pattern, elsewhere: Application) -> None:
    branch, keys = place.branch, place.keys
    keys["application"] = (sent := _application(pattern, branch, ApplicationState.NOTIFIED)).pk
    notice = _notice(pattern, sent, NoticeState.SENT)
    keys["offer_act"] = OfferAct.REVOKE.value
    keys["token"] = token_of(notice.pk)
    keys["reply"] = _reply(sent, notice).pk
    keys["follow_up"] = _follow_up(pattern, sent, notice).pk
    for kind, state in (("review", NoticeState.IN_REVIEW), ("returned", NoticeState.RETURNED)):
        waiting = _application(pattern, branch, ApplicationState.IN_REVIEW)
        keys[kind] = _notice(pattern, waiting, state).pk
    confirming = _application(pattern, branch, ApplicationState.CONFIRMING)
    keys["confirmation"] = Confirmation.objects.create(
        application=confirming, proposed_on=_a_first_day(), opened_at=NOW, due_at=NOW + timedelta(days=1)
    ).pk
    keys["no_rule"] = _without_rule(pattern, branch).pk
    accepted = _application(pattern, branch, ApplicationState.ACCEPTED)
    item = ChecklistItem.objects.earliest("pk")
    keys["task"] = OnboardingTask.objects.create(application=accepted, item=item, due_on=_a_first_day()).pk
    keys |= _work(pattern, branch)
    keys["signal"] = _quarantined(branch).pk
    keys["match"] = _pair(sent.person, confirming.person, branch).pk
    keys["difference"] = _difference(sent.person).pk
    keys["held"] = _application(pattern, branch, ApplicationState.HELD, person=elsewhere.person).pk
    keys["recommendation"] = make_recommendation(branch=branch, subject="").pk
    keys["release"] = _release_asked_of(pattern, branch).pk
    keys["code"] = branch.code
    keys["data_request"] = _data_request(sent.person).pk
    keys |= _staff(branch) | _part(branch) | _trail(branch, sent)
    Claim.objects.get_or_create(
        person=elsewhere.person, released_at=None, defaults={"application": elsewhere, "made_at": NOW}
    )


def _work(pattern: Pattern, branch: Branch) -> dict[str, Any]:
    """Somebody who begins today, somebody who has begun, and a file of their months."""
    begins, began = (_application(pattern, branch, ApplicationState.ACCEPTED) for _ in range(2))
    begins.onboarding_on = timezone.localdate(NOW)
    begins.save(update_fields=["onboarding_on"])
    hire = Hire.objects.create(
        employee_no=f"E{branch.code}",
        application=began,
        branch=branch,
        position=began.position,
        season=began.season,
        onboarded_on=timezone.localdate(NOW),
        recorded_at=NOW,
    )
    upload = RecordUpload(
        branch=branch,
        file_name=marker(branch.code),
        digest="0" * 64,
        uploaded_at=NOW,
        uploaded_by=make_user(),
        expires_at=NOW + timedelta(days=1),
    )
    upload.content = b"employee_no,period,score\n"
    upload.save(force_insert=True)
    disputed = RecordDifference.objects.create(
        hire=hire, period=NOW.date().replace(day=1), sent={"score": "70.00"}, sent_at=NOW, source="api"
    )
    return {"to_hire": begins.pk, "hire": hire.pk, "upload": upload.pk, "disputed": disputed.pk}


def _a_first_day() -> Any:
    return timezone.localdate(NOW) + timedelta(days=14)


def _person(name: str) -> Person:
    key = uuid.uuid4()
    recipient = Recipient.objects.create(name=name)
    phone = Address(recipient=recipient, kind=AddressKind.PHONE, index=key.bytes * 2, event_at=NOW)
    phone.value = "+8613800001234"
    phone.save(force_insert=True)
    person = Person(
        recipient=recipient,
        id_type="resident_id",
        id_index=blind_index(str(key), purpose="id_number"),
        name=name,
        education="bachelor",
        graduation_year=2025,
        facts_at=NOW,
    )
    person.id_number = "11010519491231002X"
    person.save(force_insert=True)
    return person


def _application(
    pattern: Pattern,
    branch: Branch,
    state: ApplicationState,
    *,
    name: str = "",
    person: Person | None = None,
) -> Application:
    model = pattern.application
    return Application.objects.create(
        ref=f"M-{uuid.uuid4().hex}",
        person=person or _person(name or marker(branch.code)),
        branch=branch,
        position=model.position,
        department=Department.objects.get(branch=branch, code=model.department.code),
        season=model.season,
        preference=1,
        state=state,
        state_at=NOW,
        passed_at=NOW,
        rule=model.rule,
        trace=model.trace,
        onboarding_on=_a_first_day(),
        created_at=NOW,
    )


def _notice(pattern: Pattern, application: Application, state: NoticeState) -> Notice:
    notice = Notice.objects.get(pk=pattern.notice.pk)
    notice.pk = uuid.uuid4()
    notice.recipient, notice.subject_ref = application.person.recipient, application.pk
    notice.branch, notice.department = application.branch, application.department
    notice.state, notice.link_digest = state, digest_of(token_of(notice.pk))
    notice.save(force_insert=True)
    return notice


def _reply(application: Application, notice: Notice) -> Reply:
    return Reply.objects.create(
        application=application,
        notice=notice,
        kind=ReplyKind.QUESTION,
        text="几点报到？",
        at=NOW,
        classification_state=ClassificationState.WAITING,
        read_at=NOW,
        model_version="1",
    )


def _follow_up(pattern: Pattern, application: Application, notice: Notice) -> FollowUp:
    approval = Approval.objects.create(
        notice=notice, content_hash=notice.content_hash, reviewer=pattern.approval.reviewer, at=NOW
    )
    delivery = Delivery.objects.get(pk=pattern.delivery.pk)
    delivery.pk = uuid.uuid4()
    delivery.notice, delivery.approval, delivery.provider_id = notice, approval, f"m-{delivery.pk}"
    delivery.save(force_insert=True)
    return FollowUp.objects.create(
        branch=application.branch,
        notice=notice,
        delivery=delivery,
        subject_ref=application.pk,
        label=application.person.name,
        kind=FollowUpKind.SMS_FAILED,
        opened_at=NOW,
        due_at=NOW + timedelta(hours=4),
    )


def _without_rule(pattern: Pattern, branch: Branch) -> Application:
    """Decided but for the rule: with its result, its person claimed."""
    application = _application(pattern, branch, ApplicationState.NO_RULE)
    Claim.objects.create(person=application.person, application=application, made_at=NOW)
    result = InterviewResult.objects.get(in_force_of=pattern.application)
    result.pk, result.application, result.interview_id = None, application, f"IV-{application.pk.hex}"
    result.save(force_insert=True)
    application.result = result
    application.save(update_fields=["result"])
    return application


def _pair(one: Person, other: Person, branch: Branch) -> MatchReview:
    return MatchReview.objects.create(
        kind=MatchKind.MERGE, state=MatchState.FOUND, branch=branch, person=one, other=other, found_at=NOW
    )


def _difference(person: Person) -> FactDifference:
    row = FactDifference(person=person, fact="education", sent_at=NOW)
    row.sent = "master"
    row.save(force_insert=True)
    return row


def _quarantined(branch: Branch) -> InterviewSignal:
    key = uuid.uuid4()
    signal = InterviewSignal(
        # A list of signals has no name to show.
        webhook_id=f"{marker(branch.code)}-{key.hex}",
        body_index=key.bytes * 2,
        received_at=NOW,
        state=SignalState.QUARANTINED,
        quarantine_reason=QuarantineReason.BROKEN,
        branch=branch,
    )
    signal.body = b"{}"
    signal.save(force_insert=True)
    return signal


def _release_asked_of(pattern: Pattern, branch: Branch) -> ReleaseRequest:
    """Asked of this branch, for an application at the head office."""
    holder = _application(pattern, branch, ApplicationState.CONFIRMING)
    head_office = Branch.objects.get(code=HEAD_OFFICE)
    held = _application(pattern, head_office, ApplicationState.HELD, person=holder.person)
    return ReleaseRequest.objects.create(
        claim=Claim.objects.create(person=holder.person, application=holder, made_at=NOW),
        application=held,
        branch=branch,
        reason="急缺",
        asked_at=NOW,
        asked_by=make_user(),
        due_at=NOW + timedelta(days=1),
    )


def _data_request(person: Person) -> DataRequest:
    return DataRequest.objects.create(
        person=person,
        kind=DataRequestKind.CORRECT,
        note="来行柜台，核对过证件",
        opened_at=NOW,
        opened_by=make_user(),
        due_at=NOW + timedelta(days=15),
    )


def _staff(branch: Branch) -> dict[str, Any]:
    """Somebody who prepares first days here, and what they lend to a colleague beside them."""
    worker, colleague = (make_staff(Role.ADMINISTRATION, branch.code) for _ in range(2))
    delegation = Delegation.objects.create(
        delegator=worker,
        delegate=colleague,
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=5),
        reason="休假",
    )
    asked = ApprovalRequest.objects.create(
        kind=ApprovalKind.ROLE,
        subject=f"user:{worker.pk}",
        branch=branch,
        content={"user": worker.pk, "role": Role.CITY_HR, "department": None}
        | dict.fromkeys(("valid_from", "valid_until")),
        state=ApprovalState.WAITING,
        asked_at=NOW,
        asked_by=make_user(),
    )
    return {
        "staff": worker.pk,
        "grant": worker.role_grants.get().pk,
        "delegation": delegation.pk,
        "approval": asked.pk,
    }


def _part(branch: Branch) -> dict[str, Any]:
    """What the branch says of itself, in a draft."""
    part = MessageTemplate.objects.create(
        code=f"part-{branch.code}", name=marker(branch.code), kind="branch", branch=branch
    )
    version = TemplateVersion.objects.create(template=part, number=1, created_at=NOW)
    return {"part": part.pk, "part_version": version.pk}


def _trail(branch: Branch, application: Application) -> dict[str, Any]:
    """What is left of somebody's look at a person of this branch, of a list taken away, of a change here."""
    entry = AccessEntry.objects.create(
        at=NOW, action="saw", branch=branch, subject=f"application:{application.pk}", about=application.pk
    )
    export = Export(
        source="candidates",
        format=ExportFormat.CSV,
        columns=["name"],
        in_full=True,
        purpose="年度核对",
        language="zh-hans",
        branch=branch,
        state=ExportState.TO_APPROVE,
        asked_at=NOW,
        asked_by=make_user(),
        total=1,
    )
    export.wanted = "{}"
    export.save(force_insert=True)
    change = apps.get_model("branches.BranchEvent").objects.filter(pgh_obj_id=branch.pk).earliest("pgh_id")
    return {
        "access_entry": entry.pk,
        "export": export.pk,
        "change_kind": "branch",
        "change": change.pgh_id,
    }
