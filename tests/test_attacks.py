"""What an examiner did to the four eyes with one account and a puppet, played over HTTP and refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import Settings

from branches.enums import ApprovalState, StaffMessageKind
from branches.models import (
    AccessEntry,
    ApprovalRequest,
    Branch,
    Delegation,
    DisclosureAlarm,
    Export,
    RoleGrant,
    StaffMessage,
    User,
)
from branches.operations import create_delegation
from branches.operations.reveals import TooManyReveals, take_reveals
from branches.operations.staff_messages import link_for
from branches.roles import Role
from branches.tasks import write_exports
from hrportal.kernel.refusals import Refused
from notifications.enums import FollowUpKind, FollowUpState
from notifications.links import token_of
from notifications.models import (
    Address,
    AddressChangeMessage,
    ChannelPlan,
    FollowUp,
    MessageTemplate,
    Notice,
    ReviewPolicy,
)
from notifications.operations.correcting import correct_number_and_resume
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.templates import open_draft
from notifications.queries.follow_ups import CORRECTABLE_KINDS
from recruitment.enums import SignalState
from recruitment.models import Application, DataRequest, InterviewSignal, NoticeRule, Person
from recruitment.operations.identity_check import (
    FOR_GOOD,
    PER_NOTICE,
    PER_NOTICE_AND_DAY,
    IdentityWrong,
    TooManyAttempts,
    prove_identity,
)
from recruitment.operations.ingest import ingest_waiting
from tests.factories import NOW, make_staff, make_world, signal_payload
from tests.recruitment.steps import confirm, passed_application, take_in
from tests.staff import Staff, failed_sms, make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
IN_FULL = {
    "format": "csv",
    "columns": ["name", "id_number", "phone"],
    "in_full": "on",
    "purpose": "给省行的周报",
}


@pytest.fixture
def world() -> dict[str, Branch]:
    return make_world()


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    everybody = make_everybody()
    everybody.users["second"] = make_staff(Role.HQ_HR, "000000", username="hq_hr_2")
    return everybody


def invitation(**changes: str) -> dict[str, str]:
    return {
        "username": "puppet",
        "name": "刘燕",
        "email": "puppet@bank.example",
        "wecom_id": "",
        "role": "hq_hr",
        "branch": "000000",
        "department": "",
        "valid_from": "",
        "valid_until": "",
        **changes,
    }


def invite(client: Client, **changes: str) -> Any:
    return client.post("/staff/invite/", invitation(**changes))


def decide(client: Client, decision: str = "approve", **more: str) -> Any:
    """Decide about everything that waits."""
    keys = [str(key) for key in ApprovalRequest.objects.values_list("pk", flat=True)]
    return client.post("/approvals/decide/", {"chosen": keys, "decision": decision, **more})


def signed_in(username: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def export_asked_by(client: Client) -> Export:
    take_in(signal_payload())
    assert client.post("/candidates/export/", IN_FULL).status_code == 302
    return Export.objects.latest("asked_at")


def approved(client: Client, export: Export) -> bool:
    answer = client.post(f"/exports/{export.pk}/approve/", {"note": "looks right"})
    export.refresh_from_db()
    return answer.status_code == 302 and export.decided_by_id is not None


def test_whoever_invites_sees_no_link_and_makes_no_account_alone(staff: Staff) -> None:
    inviter = staff.client("hq_hr")
    answer = invite(inviter)
    assert answer.status_code == 302
    assert "/invitation/" not in inviter.get(answer["Location"]).text
    assert not User.objects.filter(username="puppet").exists()
    decide(inviter)
    assert not User.objects.filter(username="puppet").exists()
    page = staff.client("second").get("/approvals/")
    assert "puppet@bank.example" in page.text
    decide(staff.client("second"))
    puppet = User.objects.get(username="puppet")
    assert not puppet.has_usable_password()
    message = StaffMessage.objects.get(user=puppet)
    assert (message.kind, message.address) == (StaffMessageKind.LINK, "puppet@bank.example")
    assert "/invitation/" not in staff.client("second").get(f"/staff/{puppet.pk}/").text


def test_a_refused_invitation_makes_nothing(staff: Staff) -> None:
    invite(staff.client("hq_hr"))
    assert decide(staff.client("second"), "refuse").status_code == 422
    decide(staff.client("second"), "refuse", answer="unknown to HR")
    assert ApprovalRequest.objects.get().state == ApprovalState.REFUSED
    decide(staff.client("second"))
    assert not User.objects.filter(username="puppet").exists()


def test_an_invited_account_is_no_second_person_to_its_inviter(staff: Staff) -> None:
    """372 full ID numbers in nine seconds: invited, approved as the puppet, downloaded."""
    asker = staff.client("hq_hr")
    invite(asker)
    decide(staff.client("second"))
    export = export_asked_by(asker)
    assert not approved(asker, export)
    assert not approved(signed_in("puppet"), export)
    assert approved(staff.client("second"), export)


def test_nor_is_an_account_that_the_puppet_invited(staff: Staff) -> None:
    invite(staff.client("hq_hr"))
    decide(staff.client("second"))
    invite(signed_in("puppet"), username="grandchild", email="grandchild@bank.example")
    decide(staff.client("second"))
    export = export_asked_by(staff.client("hq_hr"))
    assert not approved(signed_in("grandchild"), export)


def test_nor_does_a_puppet_approve_the_next_puppet(staff: Staff) -> None:
    invite(staff.client("hq_hr"))
    decide(staff.client("second"))
    invite(staff.client("hq_hr"), username="another", email="another@bank.example")
    decide(signed_in("puppet"))
    assert not User.objects.filter(username="another").exists()


def test_a_role_needs_a_second_person_who_is_neither_asker_nor_holder(staff: Staff) -> None:
    colleague = staff.users["province_hr"]
    url = f"/staff/{colleague.pk}/grant/"
    wanted = {"role": "hq_hr", "branch": "000000"}
    assert staff.client("hq_hr").post(url, wanted).status_code == 302
    assert not RoleGrant.objects.filter(user=colleague, role=Role.HQ_HR).exists()
    for who in ("hq_hr", "province_hr"):
        decide(staff.client(who))
    assert not RoleGrant.objects.filter(user=colleague, role=Role.HQ_HR).exists()
    decide(staff.client("second"))
    assert RoleGrant.objects.filter(user=colleague, role=Role.HQ_HR).exists()
    export = export_asked_by(staff.client("hq_hr"))
    # The role at head office comes from the asker; the one in the province does not reach so far.
    assert not approved(staff.client("province_hr"), export)


def test_a_renewed_link_goes_to_its_owner_and_ends_nothing(staff: Staff) -> None:
    owner = staff.users["second"]
    User.objects.filter(pk=owner.pk).update(email="owner@bank.example", wecom_id="owner")
    there = staff.client("second")
    answer = staff.client("hq_hr").post(f"/staff/{owner.pk}/link/", follow=True)
    assert "/invitation/" not in answer.text
    assert there.get("/").status_code == 200
    owner.refresh_from_db()
    assert owner.check_password("correct horse battery")
    told = {(row.kind, row.address) for row in StaffMessage.objects.filter(user=owner)}
    assert told == {("link", "owner@bank.example"), ("link_news", "owner")}


def test_where_links_go_is_changed_by_two_and_told_to_the_old_address(staff: Staff) -> None:
    owner = staff.users["city_hr"]
    User.objects.filter(pk=owner.pk).update(email="owner@bank.example")
    old_link = link_for(User.objects.get(pk=owner.pk)).removeprefix("http://127.0.0.1:8000")
    wanted = {"email": "thief@bank.example", "wecom_id": "", "reason": "a new mailbox"}
    client = staff.client("hq_hr")
    assert client.post(f"/staff/{owner.pk}/address/", wanted).status_code == 302
    decide(client)
    owner.refresh_from_db()
    assert owner.email == "owner@bank.example"
    decide(staff.client("second"))
    owner.refresh_from_db()
    assert owner.email == "thief@bank.example"
    news = StaffMessage.objects.get(user=owner)
    assert (news.kind, news.address) == (StaffMessageKind.ADDRESS_NOTICE, "owner@bank.example")
    assert "no longer works" in Client(headers={"accept-language": "en"}).get(old_link, follow=True).text


def test_two_accounts_do_not_share_a_mailbox(staff: Staff) -> None:
    User.objects.filter(pk=staff.users["hq_hr"].pk).update(email="One@bank.example")
    answer = invite(staff.client("hq_hr"), email="one@BANK.example")
    assert answer.status_code == 422
    assert "one account" in str(answer.context["form"].errors["email"])


def test_lent_rights_grant_nothing(staff: Staff) -> None:
    create_delegation(
        delegator=staff.users["hq_hr"],
        delegate=staff.users["city_hr"],
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1),
        reason="leave",
    )
    delegate = staff.client("city_hr")
    assert invite(delegate).status_code == 422
    target = staff.users["administration"]
    assert (
        delegate.post(f"/staff/{target.pk}/grant/", {"role": "hq_hr", "branch": "000000"}).status_code == 422
    )
    delegate.post(f"/staff/{target.pk}/link/")
    assert not ApprovalRequest.objects.exists()
    assert not StaffMessage.objects.exists()
    # Nor do they approve what somebody else asked for.
    invite(staff.client("second"))
    decide(delegate)
    assert not User.objects.filter(username="puppet").exists()


def test_the_asker_lends_nobody_the_right_to_approve(staff: Staff) -> None:
    asker, friend = staff.client("hq_hr"), staff.users["administration"]
    export = export_asked_by(asker)
    delegated = {
        "delegate": friend.username,
        "valid_from": "",
        "valid_until": "2026-11-06",
        "reason": "leave",
    }
    assert asker.post(f"/staff/{staff.users['hq_hr'].pk}/delegate/", delegated).status_code == 302
    assert not approved(staff.client("administration"), export)


def test_nor_arranges_a_loan_of_somebody_elses(staff: Staff) -> None:
    asker, friend = staff.client("hq_hr"), staff.users["administration"]
    export = export_asked_by(asker)
    delegated = {
        "delegate": friend.username,
        "valid_from": "",
        "valid_until": "2026-11-06",
        "reason": "leave",
    }
    assert asker.post(f"/staff/{staff.users['second'].pk}/delegate/", delegated).status_code == 302
    assert not approved(staff.client("administration"), export)
    Delegation.objects.all().delete()
    create_delegation(
        delegator=staff.users["second"],
        delegate=friend,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1),
        reason="leave",
    )
    assert approved(staff.client("administration"), export)


def test_whoever_asks_with_a_lent_right_has_no_second_person_in_the_lender(staff: Staff) -> None:
    delegation = create_delegation(
        delegator=staff.users["hq_hr"],
        delegate=staff.users["city_hr"],
        valid_from=NOW - timedelta(hours=1),
        valid_until=NOW + timedelta(days=1),
        reason="leave",
    )
    export = export_asked_by(staff.client("city_hr"))
    at = export.asked_at + timedelta(microseconds=1)
    Delegation.objects.filter(pk=delegation.pk).update(valid_until=at)
    assert not approved(staff.client("hq_hr"), export)
    assert approved(staff.client("second"), export)


def test_who_chose_the_rule_does_not_approve_the_notice(staff: Staff) -> None:

    application = passed_application(score=60)
    assert application.state == "no_rule"
    chooser = staff.client("province_hr")
    rule = {"rule": NoticeRule.objects.get().pk, "reason": "known from the internship"}
    assert chooser.post(f"/no-rule/{application.pk}/assign/", rule).status_code == 302
    notice = confirm(application)
    for who, is_done in (("province_hr", False), ("hq_hr", True)):
        staff.client(who).post(f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash})
        notice.refresh_from_db()
        assert (notice.state == "approved") is is_done


@pytest.fixture
def lonely(world: dict[str, Branch]) -> User:
    """A bank whose head office has one account, made by the operator."""
    return make_staff(Role.HQ_HR, "000000", username="only")


def test_a_bank_with_one_account_begins_alone_and_its_puppets_are_nobodys_second(lonely: User) -> None:
    client = signed_in("only")
    for name in ("one", "two"):
        assert invite(client, username=name, email=f"{name}@bank.example").status_code == 302
    assert ApprovalRequest.objects.filter(state=ApprovalState.IN_FORCE).count() == 2
    export = export_asked_by(client)
    assert not approved(signed_in("one"), export)
    # Both are the hands of whoever made them alone.
    other = export_asked_by(signed_in("one"))
    assert not approved(signed_in("two"), other)
    assert not approved(client, other)
    decide(signed_in("one"))
    assert ApprovalRequest.objects.filter(state=ApprovalState.IN_FORCE).count() == 2


def test_the_operators_second_account_confirms_what_was_begun_alone(lonely: User) -> None:
    client = signed_in("only")
    for name in ("one", "two"):
        invite(client, username=name, email=f"{name}@bank.example")
    make_staff(Role.HQ_HR, "000000", username="late")
    decide(signed_in("late"))
    assert set(ApprovalRequest.objects.values_list("state", flat=True)) == {ApprovalState.APPROVED}
    export = export_asked_by(signed_in("one"))
    assert approved(signed_in("two"), export)
    assert not approved(signed_in("one"), export_asked_by(client))


def test_a_refusal_of_what_was_begun_alone_ends_the_role(lonely: User) -> None:
    invite(signed_in("only"))
    make_staff(Role.HQ_HR, "000000", username="late")
    decide(signed_in("late"), "refuse", answer="nobody knows them")
    assert signed_in("puppet").get("/candidates/").status_code == 403


def test_who_ends_the_role_of_the_only_second_person_is_not_alone_by_that(staff: Staff) -> None:
    client, second = staff.client("hq_hr"), staff.users["second"]
    held = RoleGrant.objects.get(user=second)
    assert client.post(f"/staff/roles/{held.pk}/end/", {"reason": "left the bank"}).status_code == 302
    invite(client)
    assert not User.objects.filter(username="puppet").exists()
    policy = ReviewPolicy.objects.get()
    client.post(f"/admin/notifications/reviewpolicy/{policy.pk}/change/", POLICY)
    policy.refresh_from_db()
    assert policy.reply_days != 30


def test_a_mailbox_is_never_changed_alone(lonely: User) -> None:
    invite(signed_in("only"))
    puppet = User.objects.get(username="puppet")
    wanted = {"email": "mine@bank.example", "wecom_id": "", "reason": "a new mailbox"}
    signed_in("only").post(f"/staff/{puppet.pk}/address/", wanted)
    puppet.refresh_from_db()
    assert puppet.email == "puppet@bank.example"


# --- The same data through another entry point -----------------------------------------------------------


def see_request(client: Client, application: Application) -> DataRequest:
    told = {"reference": application.ref, "kind": "see", "note": "test"}
    assert client.post("/data-requests/new/", told).status_code == 302
    return DataRequest.objects.get(person=application.person)


def test_evidence_needs_a_second_person_and_ends_at_the_limit_of_the_hour(
    staff: Staff, settings: Settings
) -> None:
    """58 full ID numbers in 92 seconds by data requests that one person had taken down."""
    settings.REVEALS_PER_HOUR = 10
    asker = staff.client("hq_hr")
    requests = [see_request(asker, one) for one in take_in(*(signal_payload() for _ in range(3)))]
    urls = [f"/data-requests/{one.pk}/evidence/" for one in requests]
    for url in urls:
        assert "id_number" not in asker.post(url, follow=True).text
    decide(asker)
    assert "id_number" not in asker.post(urls[0], follow=True).text
    decide(staff.client("second"))
    shown = [asker.post(url) for url in urls]
    # Each holds the ID number and four addresses.
    assert [answer.status_code for answer in shown] == [200, 200, 302]
    assert "id_number" in shown[0].text
    assert AccessEntry.objects.filter(action="reveal_refused", user=staff.users["hq_hr"]).exists()
    # A reveal of the same hour is refused by the same meter, and head office is told.
    application = requests[2].person.applications.get()
    reveal = {"what": "id_number", "purpose": "compare with the paper"}
    assert asker.post(f"/candidates/{application.pk}/reveal/", reveal).status_code == 422
    alarm = DisclosureAlarm.objects.get()
    assert alarm.user == staff.users["hq_hr"]
    assert "sensitive values" in staff.client("second").get("/exports/?view=alarms").text
    assert asker.post(f"/exports/alarms/{alarm.pk}/", {"note": "nothing to see"}).status_code == 404
    assert (
        staff.client("second").post(f"/exports/alarms/{alarm.pk}/", {"note": "asked them"}).status_code == 302
    )
    alarm.refresh_from_db()
    assert alarm.closed_by == staff.users["second"]


def test_reveals_count_against_evidence_and_corrections(staff: Staff, settings: Settings) -> None:
    settings.REVEALS_PER_HOUR = 1
    notice = sent_notice()
    task = failed_sms(notice)
    client = staff.client("city_hr")
    reveal = {"purpose": "call about the letter"}
    assert client.post(f"/follow-ups/{task.pk}/number/", reveal).status_code == 200
    answer = client.post(f"/follow-ups/{task.pk}/correct/", {"number": "+8613900005678"})
    assert answer.status_code == 422
    task.refresh_from_db()
    assert task.state == FollowUpState.OPEN
    assert AccessEntry.objects.filter(action="reveal_refused").exists()


def test_an_hour_ends_at_its_limit_however_many_values_come_at_once(staff: Staff, settings: Settings) -> None:
    settings.REVEALS_PER_HOUR = 3
    notice, user = sent_notice(), staff.users["hq_hr"]

    def take(values: int) -> None:
        take_reveals(
            user=user,
            action="reveal_phone",
            subject="person:1",
            branch=notice.branch,
            about=notice.subject_ref,
            purpose="a test",
            values=values,
            now=NOW,
        )

    take(2)
    with pytest.raises(TooManyReveals):
        take(2)
    take(1)
    with pytest.raises(TooManyReveals):
        take(1)


def test_an_export_in_full_counts_in_the_same_meter(staff: Staff, settings: Settings) -> None:
    settings.REVEALS_ALARM_PER_DAY = 1
    asker = staff.client("hq_hr")
    export = export_asked_by(asker)
    assert approved(staff.client("second"), export)
    write_exports()
    assert asker.get(f"/exports/{export.pk}/file/").status_code == 200
    entry = AccessEntry.objects.get(action="reveal_export")
    assert entry.rows == 2
    assert DisclosureAlarm.objects.get().values == 2


@pytest.mark.parametrize("kind", ["erase", "correct"])
def test_nothing_comes_of_a_data_request_alone(staff: Staff, kind: str) -> None:
    [application] = take_in(signal_payload(verdict="fail"))
    client = staff.client("hq_hr")
    told = {"reference": application.ref, "kind": kind, "note": "test"}
    client.post("/data-requests/new/", told)
    asked = DataRequest.objects.get()
    answer = {"outcome": "done", "answer": "done as asked"}
    right = {
        "name": "别人",
        "gender": "",
        "education": "master",
        "graduation_year": "2020",
        "phone": "+8613900005678",
        "email": "",
    }
    if kind == "erase":
        assert client.post(f"/data-requests/{asked.pk}/", answer).status_code == 422
    else:
        client.post(f"/data-requests/{asked.pk}/correct/", right)
    application.person.refresh_from_db()
    assert application.person.anonymised_at is None
    assert application.person.name != "别人"
    assert not Address.objects.filter(given_by_staff=True).exists()


# --- What the form hides, the server allowed ------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(set(FollowUpKind) - set(CORRECTABLE_KINDS)))
def test_a_follow_up_without_a_form_for_a_number_takes_none(staff: Staff, kind: FollowUpKind) -> None:
    notice = sent_notice()
    task = open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=kind,
        now=NOW,
        minutes=240,
        notice_id=notice.pk,
    )
    answer = staff.client("city_hr").post(f"/follow-ups/{task.pk}/correct/", {"number": "+8613900005678"})
    assert answer.status_code == 302
    assert not Address.objects.filter(given_by_staff=True).exists()
    with pytest.raises(Refused):
        correct_number_and_resume(
            follow_up_id=task.pk, number="+8613900005678", now=NOW, by=staff.users["city_hr"]
        )


def test_a_correction_is_a_disclosure_told_to_the_old_number_and_no_second_factor(staff: Staff) -> None:
    notice = sent_notice(phone="+8613800001234")
    task = open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=FollowUpKind.UNREAD,
        now=NOW,
        minutes=240,
        notice_id=notice.pk,
    )
    staff.client("city_hr").post(f"/follow-ups/{task.pk}/correct/", {"number": "+8613900005678"})
    entry = AccessEntry.objects.get(action="correct_address")
    assert (entry.user, entry.about) == (staff.users["city_hr"], notice.subject_ref)
    told = {(news.channel, news.address.value.decrypt()) for news in AddressChangeMessage.objects.all()}
    assert ("sms", "+8613800001234") in told
    assert {channel for channel, _address in told} == {"sms", "email"}
    for digits in ("5678", "005678", "1234", "001234"):
        answer = Client().post(f"/n/{token_of(notice.pk)}/identify", {"digits": digits})
        assert "note=digits" in answer["Location"]


def quarantined_beside(notice: Notice) -> InterviewSignal:
    """Another event under the same document, with another name and number."""
    take_in(
        signal_payload(
            7,
            id_number=notice_person(notice).id_number.decrypt(),
            name="别人",
            phone="+8613900009999",
            timestamp=(NOW + timedelta(hours=1)).isoformat(),
        )
    )
    return InterviewSignal.objects.get(state=SignalState.QUARANTINED)


def put_right(client: Client, signal: InterviewSignal, **values: str) -> int:
    form = {"why": "the candidate called", **values}
    return int(client.post(f"/quarantine/{signal.pk}/correct/", form).status_code)


def test_a_corrected_signal_is_a_correction_of_the_person_it_meets(staff: Staff) -> None:
    notice = sent_notice(phone="+8613800001234")
    signal = quarantined_beside(notice)
    own = {"name": notice.recipient.name, "phone": "13900005678"}
    assert put_right(staff.client("hq_hr"), signal, **own) == 302
    ingest_waiting(now=NOW + timedelta(hours=2))
    assert Address.objects.filter(recipient=notice.recipient, given_by_staff=True).exists()
    assert AccessEntry.objects.get(action="correct_address").user == staff.users["hq_hr"]
    assert "+8613800001234" in {news.address.value.decrypt() for news in AddressChangeMessage.objects.all()}


def test_a_corrected_signal_counts_in_the_same_meter(staff: Staff, settings: Settings) -> None:
    signal = quarantined_beside(sent_notice())
    settings.REVEALS_PER_HOUR = 0
    assert put_right(staff.client("hq_hr"), signal, phone="13900005678") == 422
    signal.refresh_from_db()
    assert signal.state == SignalState.QUARANTINED
    assert AccessEntry.objects.filter(action="reveal_refused").exists()
    # What is no contact discloses and redirects nothing.
    assert put_right(staff.client("hq_hr"), signal, name="别的名字") == 302


def test_guessing_ends_for_good_and_a_person_is_told(staff: Staff) -> None:
    """A fifth of a percent a day is eleven percent a month."""
    notice = sent_notice()
    for day in range(FOR_GOOD // PER_NOTICE_AND_DAY + 1):
        for quarter in range(5):
            at = NOW + timedelta(days=2 * day, minutes=16 * quarter)
            for _ in range(PER_NOTICE):
                with pytest.raises((IdentityWrong, TooManyAttempts)):
                    prove_identity(notice=notice, characters="000000", client="a", now=NOW, at=at)
    right = notice_person(notice).id_number.decrypt()[-6:]
    late = NOW + timedelta(days=90)
    with pytest.raises(TooManyAttempts):
        prove_identity(notice=notice, characters=right, client="b", now=NOW, at=late)
    task = FollowUp.objects.get(kind=FollowUpKind.IDENTITY_LOCKED)
    done = {"outcome": "reached", "note": "called; it was their sister"}
    assert staff.client("city_hr").post(f"/follow-ups/{task.pk}/complete/", done).status_code == 302
    prove_identity(notice=notice, characters=right, client="b", now=NOW, at=late)


def notice_person(notice: Notice) -> Person:
    return Person.objects.get(applications=notice.subject_ref)


# --- Settings of head office ----------------------------------------------------------------------


POLICY = {
    "name": "Default",
    "code": "default",
    "confirm_minutes": "60",
    "review_minutes": "60",
    "follow_up_minutes": "60",
    "unread_minutes": "60",
    "remind_minutes_before": "30",
    "reply_days": "30",
    "min_reply_hours": "24",
}


def test_one_person_changes_no_policy(staff: Staff) -> None:
    policy = ReviewPolicy.objects.get()
    url = f"/admin/notifications/reviewpolicy/{policy.pk}/change/"
    author, second = staff.client("hq_hr"), staff.client("second")
    assert author.post(url, POLICY).status_code == 302
    policy.refresh_from_db()
    assert policy.reply_days != 30
    decide(author)
    page = second.get("/approvals/").text
    assert "→ 30" in page
    decide(second)
    policy.refresh_from_db()
    assert (policy.reply_days, policy.review_minutes) == (30, 60)
    assert LogEntry.objects.latest("pk").user == staff.users["hq_hr"]


def test_a_setting_that_changed_meanwhile_is_not_overwritten(staff: Staff) -> None:
    policy = ReviewPolicy.objects.get()
    staff.client("hq_hr").post(f"/admin/notifications/reviewpolicy/{policy.pk}/change/", POLICY)
    ReviewPolicy.objects.update(reply_days=7)
    decide(staff.client("second"))
    policy.refresh_from_db()
    assert policy.reply_days == 7
    assert ApprovalRequest.objects.get().state == ApprovalState.WAITING


def test_a_plan_is_stored_with_its_steps(staff: Staff) -> None:
    plan = ChannelPlan.objects.get()
    kept = plan.steps.order_by("order").first()
    assert kept is not None
    form: dict[str, Any] = {"name": "Only the app", "code": plan.code}
    form |= {"steps-TOTAL_FORMS": plan.steps.count(), "steps-INITIAL_FORMS": plan.steps.count()}
    for number, step in enumerate(plan.steps.order_by("order")):
        form |= {
            f"steps-{number}-id": step.pk,
            f"steps-{number}-plan": plan.pk,
            f"steps-{number}-order": step.order,
            f"steps-{number}-channel": step.channel,
            f"steps-{number}-delay_minutes": step.delay_minutes,
            f"steps-{number}-condition": step.condition,
        }
        if step.pk != kept.pk:
            form[f"steps-{number}-DELETE"] = "on"
    url = f"/admin/notifications/channelplan/{plan.pk}/change/"
    assert staff.client("hq_hr").post(url, form).status_code == 302
    assert plan.steps.count() > 1
    decide(staff.client("second"))
    plan.refresh_from_db()
    assert (plan.name, [step.pk for step in plan.steps.all()]) == ("Only the app", [kept.pk])


def test_a_rule_is_neither_made_nor_deleted_alone(staff: Staff) -> None:
    rule = NoticeRule.objects.get()
    author, second = staff.client("hq_hr"), staff.client("second")
    url = f"/admin/recruitment/noticerule/{rule.pk}/delete/"
    author.post(url, {"post": "yes"})
    assert NoticeRule.objects.filter(pk=rule.pk).exists()
    decide(author)
    assert NoticeRule.objects.filter(pk=rule.pk).exists()
    decide(second)
    assert not NoticeRule.objects.filter(pk=rule.pk).exists()


def test_one_person_publishes_no_text_and_its_author_does_not_approve_the_notice(staff: Staff) -> None:
    template = MessageTemplate.objects.get(code="base-counter")
    author, second = staff.client("hq_hr"), staff.client("second")
    draft = open_draft(template=template, now=NOW, by=staff.users["hq_hr"])
    url = f"/admin/notifications/templateversion/{draft.pk}/publish/"
    author.post(url)
    author.post(url, {"_submit": ""})
    author.post(url)
    draft.refresh_from_db()
    assert draft.published_at is None
    seen = second.get(url).context["seen"]
    assert second.post(url, {"seen": seen}).status_code == 302
    draft.refresh_from_db()
    assert draft.published_by == staff.users["second"]
    notice = confirm(passed_application())
    for who, is_done in (("hq_hr", False), ("second", True)):
        staff.client(who).post(f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash})
        notice.refresh_from_db()
        assert (notice.state == "approved") is is_done
