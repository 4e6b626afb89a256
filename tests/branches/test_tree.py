"""Branches that move, merge and close."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from branches.access import Permission, access_of
from branches.models import AccessEntry, Branch, BranchTransition, RoleGrant, User
from branches.operations.tree import NO_PLACE, THERE, close_branch, merge_branch, move_branch
from branches.roles import Role
from hrportal.kernel.refusals import Refused
from notifications.enums import FollowUpKind, NoticeState
from notifications.models import FollowUp, Notice
from notifications.operations.follow_ups import open_follow_up
from recruitment.enums import ApplicationState, QuarantineReason, SignalState
from recruitment.models import Application, InterviewSignal
from recruitment.operations.deciding import decide_waiting
from tests.factories import NOW, make_staff, make_world, signal_payload
from tests.recruitment.signal_bodies import send
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in
from tests.staff import Staff, make_everybody, send_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(business_clock: Settings) -> Staff:
    make_world()
    return make_everybody()


def sees(user: User, code: str) -> bool:
    access = access_of(User.objects.get(pk=user.pk), now=NOW)
    return access.has_permission_at(Permission.SEE_CANDIDATES, branch_id=Branch.objects.get(code=code).pk)


def branch(code: str) -> Branch:
    found: Branch = Branch.objects.get(code=code)
    return found


def test_scope_follows_a_moved_city_with_all_below_it_at_once(staff: Staff) -> None:
    hq, guangdong, jiangsu = (staff.users[name] for name in ("hq_hr", "province_hr", "foreign_province_hr"))
    assert sees(guangdong, "440201")
    move_branch(branch=branch("440200"), under=branch("320000"), reason="new region", now=NOW, by=hq)
    for code in ("440200", "440201"):
        assert not sees(guangdong, code)
        assert sees(jiangsu, code)
        assert sees(staff.users["city_hr"], code)
    move = BranchTransition.objects.get()
    assert (move.old_path, move.new_path, move.by) == (
        "000000/440000/440200",
        "000000/320000/440200",
        hq,
    )
    assert AccessEntry.objects.get(action="move_branch").branch == branch("440200")
    assert not any(Branch.objects.find_problems())


@pytest.mark.parametrize(
    ("code", "under", "why"),
    [
        ("440200", "440300", NO_PLACE),
        ("440200", "000000", NO_PLACE),
        ("440200", "440000", THERE),
        ("440000", "440200", NO_PLACE),
    ],
)
def test_the_tree_keeps_its_levels(staff: Staff, code: str, under: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        move_branch(branch=branch(code), under=branch(under), reason="no", now=NOW, by=staff.users["hq_hr"])
    assert refused.value.sentence == why


def test_the_heir_goes_on_with_the_open_work(staff: Staff) -> None:
    """One application in each place of its path; what nobody received names the successor in its text."""
    confirming = passed_application()
    in_review = confirm(passed_application())
    sent = approved_notice()
    send_all(sent)
    failed = take_in(signal_payload(verdict="fail"))[0]
    task = open_follow_up(
        branch_id=sent.branch_id,
        subject_ref=sent.subject_ref,
        label=sent.recipient.name,
        kind=FollowUpKind.UNREAD,
        now=NOW,
        minutes=240,
        notice_id=sent.pk,
    )
    assert task is not None
    merge_branch(
        branch=branch("440200"),
        successor=branch("440300"),
        reason="one city",
        now=NOW,
        by=staff.users["hq_hr"],
    )
    while decide_waiting(now=NOW):
        pass
    successor = branch("440300")
    for application in (confirming.pk, in_review.subject_ref, sent.subject_ref):
        row = Application.objects.get(pk=application)
        assert row.branch == row.department.branch == successor
        assert row.transitions.filter(action="transfer", reason="440200 → 440300").exists()
    assert Application.objects.get(pk=in_review.subject_ref).state == ApplicationState.CONFIRMING
    assert Notice.objects.get(pk=in_review.pk).state == NoticeState.CANCELLED
    sent.refresh_from_db()
    assert sent.department is not None
    assert (sent.state, sent.branch, sent.department.branch) == (NoticeState.SENT, successor, successor)
    assert FollowUp.objects.get(pk=task.pk).branch == successor
    failed.refresh_from_db()
    assert failed.branch.code == "440200"
    again = confirm(Application.objects.get(pk=in_review.subject_ref))
    assert "珠海" in json.dumps(again.bodies, ensure_ascii=False)
    closed = branch("440200")
    assert (closed.closed_on, closed.successor) == (NOW.date(), successor)
    assert branch("440201").path.startswith(successor.path)
    assert not RoleGrant.objects.filter(branch=closed, valid_until=None).exists()


def test_a_closed_branch_takes_no_signal(staff: Staff) -> None:
    hq = staff.users["hq_hr"]
    close_branch(branch=branch("440300"), reason="shut", now=NOW, by=hq)
    merge_branch(branch=branch("440201"), successor=branch("440200"), reason="shut", now=NOW, by=hq)
    for code, keeper in (("440300", "440000"), ("440201", "440200")):
        body = json.dumps(signal_payload(branch_code=code)).encode()
        assert send(Client(), body, message_id=f"m-{code}").status_code == 202
        assert take_in() == []
        row = InterviewSignal.objects.get(webhook_id=f"m-{code}")
        assert (row.state, row.quarantine_reason, row.quarantine_detail) == (
            SignalState.QUARANTINED,
            QuarantineReason.BRANCH_CLOSED,
            code,
        )
        assert row.branch == branch(keeper)


def test_what_is_open_keeps_a_branch_open(staff: Staff) -> None:
    hq = staff.users["hq_hr"]
    passed_application()
    # One is below the one, nothing may end the other.
    for code, says in (("440200", "1"), ("000000", str(NO_PLACE))):
        with pytest.raises(Refused, match=says):
            close_branch(branch=branch(code), reason="shut", now=NOW, by=hq)
    merge_branch(branch=branch("440201"), successor=branch("440200"), reason="shut", now=NOW, by=hq)
    with pytest.raises(Refused, match="1"):
        close_branch(branch=branch("440200"), reason="shut", now=NOW, by=hq)
    acts: list[Callable[[], object]] = [
        lambda: close_branch(branch=branch("440201"), reason="again", now=NOW, by=hq),
        lambda: move_branch(branch=branch("440201"), under=branch("440300"), reason="x", now=NOW, by=hq),
        lambda: merge_branch(branch=branch("440300"), successor=branch("440201"), reason="x", now=NOW, by=hq),
        lambda: merge_branch(branch=branch("440300"), successor=branch("440300"), reason="x", now=NOW, by=hq),
        lambda: merge_branch(branch=branch("440200"), successor=branch("320000"), reason="x", now=NOW, by=hq),
    ]
    for act in acts:
        with pytest.raises(Refused):
            act()


def test_head_office_does_it_on_its_pages(staff: Staff) -> None:
    hq = staff.client("hq_hr")
    assert "广东分行" in hq.get("/branches/").text
    page = hq.post("/branches/440200/move/", {"target": "320000", "reason": ""})
    assert page.status_code == 422
    assert hq.post("/branches/440200/move/", {"target": "440300", "reason": "new"}).status_code == 422
    assert hq.post("/branches/440200/move/", {"target": "440000", "reason": "same"}).status_code == 422
    moved = hq.post("/branches/440200/move/", {"target": "320000", "reason": "new region"}, follow=True)
    assert "000000/440000/440200 → 000000/320000/440200" in moved.text
    assert hq.post("/branches/440200/close/", {"reason": "shut it"}).status_code == 422
    merged = hq.post("/branches/440201/merge/", {"target": "440200", "reason": "too small"}, follow=True)
    assert "merged into 深圳分行" in merged.text
    closed = hq.post("/branches/440300/close/", {"reason": "too small"}, follow=True)
    assert "too small" in closed.text
    assert hq.get("/branches/440300/close/").status_code == 404
    assert hq.get("/branches/000000/merge/").status_code == 404
    assert hq.get("/branches/999999/").status_code == 404


@pytest.mark.parametrize(
    "who", ["province_hr", "city_hr", "department", "administration", "it_ops", "auditor"]
)
def test_nobody_else_changes_the_tree(staff: Staff, who: str) -> None:
    client = staff.client(who)
    for url in ("/branches/", "/branches/440200/", "/branches/440200/move/"):
        assert client.get(url).status_code == 403
    assert client.post("/branches/440200/close/", {"reason": "shut it"}).status_code == 403
    assert branch("440200").closed_on is None


def test_the_page_costs_the_same_whatever_lies_below(
    staff: Staff, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = staff.client("hq_hr")
    # A leaf is not asked for what lies below it.
    for code, queries in (("", 10), ("440000/", 10), ("440201/", 9)):
        client.get(f"/branches/{code}")
        with django_assert_num_queries(queries):
            client.get(f"/branches/{code}")


def test_a_role_at_a_moved_branch_still_ends_in_time(staff: Staff) -> None:
    """What was granted by the old province is granted and ended by the new one."""
    user = make_staff(Role.CITY_HR, "440200")
    move_branch(
        branch=branch("440200"), under=branch("320000"), reason="new", now=NOW, by=staff.users["hq_hr"]
    )
    held = RoleGrant.objects.get(user=user)
    answer = {"reason": "left the bank"}
    assert staff.client("province_hr").post(f"/staff/roles/{held.pk}/end/", answer).status_code == 404
    assert staff.client("foreign_province_hr").post(f"/staff/roles/{held.pk}/end/", answer).status_code == 302
    held.refresh_from_db()
    assert held.valid_until is not None
    assert held.valid_until - NOW < timedelta(minutes=5)
