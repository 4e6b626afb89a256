"""What head office and provinces may do with staff, and what they never may."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from branches.access import Access, Permission, access_of
from branches.models import (
    AccessEntry,
    ApprovalRequest,
    Branch,
    Delegation,
    Department,
    RoleGrant,
    StaffTransition,
    User,
)
from branches.operations import create_delegation, end_role
from branches.operations.approvals import AlreadyWaiting, approve_request
from branches.operations.staff import (
    Contact,
    Place,
    Refusal,
    StaffRefused,
    ask_account,
    ask_role,
    delegate_access,
    in_care,
    new_link,
    take_role,
)
from branches.operations.staff_import import Effect, import_staff
from branches.roles import Role
from branches.staff_files import COLUMNS, read_staff
from hrportal.kernel.refusals import Conflict, Refused
from hrportal.kernel.tables import FileRefused
from notifications.enums import FollowUpKind
from notifications.models import FollowUp, Notice
from notifications.operations.escalation import escalate_follow_ups, escalate_reviews
from notifications.operations.follow_ups import open_follow_up
from recruitment.models import Confirmation
from recruitment.operations.deadlines import escalate_confirmations
from tests.factories import BRANCHES, NOW, make_bank, make_staff, make_user, make_world
from tests.recruitment.steps import confirm, passed_application

pytestmark = pytest.mark.django_db
CODES = [row[0] for row in BRANCHES]
IN_GUANGDONG = {"440000", "440200", "440201", "440300"}


@pytest.fixture
def bank(db: None) -> dict[str, Branch]:
    made = make_bank()
    # Somebody above, so that nothing is done alone.
    make_staff(Role.HQ_HR, "000000")
    return made


def acting(user: User) -> Access:
    return access_of(User.objects.get(pk=user.pk), now=NOW)


def place(role: Role, code: str) -> Place:
    branch = Branch.objects.get(code=code)
    department = Department.objects.get(branch=branch, code="OPERATIONS") if role == Role.DEPARTMENT else None
    return Place(role, branch, department)


def second(request: ApprovalRequest) -> ApprovalRequest:
    """The word of somebody of head office whom nobody here has made."""
    boss = make_staff(Role.HQ_HR, "000000")
    return approve_request(request_id=request.pk, answer="", now=NOW, access=acting(boss))


def granted(user: User, place: Place, access: Access) -> None:
    """A role that was asked for and approved."""
    second(ask_role(user=user, place=place, now=NOW, access=access))


def asked_account(access: Access, **changes: Any) -> ApprovalRequest:
    values: dict[str, Any] = {
        "username": "liu.yan",
        "name": "刘燕",
        "contact": Contact("liu.yan@bank.example"),
        "place": place(Role.CITY_HR, "440200"),
    }
    return ask_account(**values | changes, now=NOW, access=access)


def held(access: Access) -> set[tuple[Permission, int]]:
    """Every permission with every branch or department it holds at."""
    return {
        (permission, key)
        for permission, places in access.scopes.items()
        for key in places.branch_ids | {-department for department in places.department_ids}
    }


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    wishes=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(Role), st.sampled_from(CODES)),
        max_size=8,
    )
)
def test_nobody_ever_gets_a_right_above_the_provinces_own(
    bank: dict[str, Branch], wishes: list[tuple[int, int, Role, str]]
) -> None:
    """Whatever a province and those it raised try, among themselves or for others, nothing leaves its scope."""
    people = [make_staff(Role.PROVINCE_HR, "440000"), *(make_user() for _ in range(3))]
    for actor, target, role, code in wishes:
        try:
            granted(people[target], place(role, code), acting(people[actor]))
        except Refused:
            continue
        assert actor != target
    own = {key for _permission, key in held(acting(people[0]))}
    below = set(
        Department.objects.filter(branch__code__in=IN_GUANGDONG, code="OPERATIONS").values_list(
            "pk", flat=True
        )
    )
    allowed = {permission for permission, _key in held(acting(people[0]))} | {
        Permission.CONFIRM_NEED,
        Permission.PREPARE_ONBOARDING,
    }
    for person in people:
        for permission, key in held(acting(person)):
            assert permission in allowed
            assert key in own or -key in below
    for user in people:
        user.role_grants.all().delete()


@pytest.mark.parametrize(
    ("actor", "at", "role", "code", "is_allowed"),
    [
        (Role.HQ_HR, "000000", Role.AUDITOR, "000000", True),
        (Role.HQ_HR, "000000", Role.CITY_HR, "320100", True),
        (Role.PROVINCE_HR, "440000", Role.PROVINCE_HR, "440000", True),
        (Role.PROVINCE_HR, "440000", Role.CITY_HR, "440300", True),
        (Role.PROVINCE_HR, "440000", Role.ADMINISTRATION, "440201", True),
        (Role.PROVINCE_HR, "440000", Role.CITY_HR, "320100", False),
        (Role.PROVINCE_HR, "440000", Role.HQ_HR, "000000", False),
        (Role.PROVINCE_HR, "440000", Role.AUDITOR, "440000", False),
        (Role.PROVINCE_HR, "440000", Role.IT_OPS, "440000", False),
        (Role.CITY_HR, "440200", Role.CITY_HR, "440200", False),
        (Role.AUDITOR, "000000", Role.AUDITOR, "000000", False),
    ],
)
def test_who_may_grant_what_where(
    bank: dict[str, Branch], actor: Role, at: str, role: Role, code: str, *, is_allowed: bool
) -> None:
    access, user = acting(make_staff(actor, at)), make_user()
    if is_allowed:
        granted(user, place(role, code), access)
        move = StaffTransition.objects.get(subject=user)
        assert (move.action, move.role, move.branch, move.by) == (
            "grant_role",
            role,
            bank[code],
            access.user,
        )
        assert AccessEntry.objects.filter(action="grant_role", user=access.user, branch=bank[code]).exists()
    else:
        with pytest.raises(StaffRefused) as refused:
            ask_role(user=user, place=place(role, code), now=NOW, access=access)
        assert refused.value.why == Refusal.ABOVE
        assert not user.role_grants.exists()


def test_nobody_grants_to_themselves_nor_to_whoever_lends_to_them(bank: dict[str, Branch]) -> None:
    boss, friend = make_staff(Role.HQ_HR, "000000"), make_staff(Role.CITY_HR, "440200")
    with pytest.raises(StaffRefused) as refused:
        ask_role(user=boss, place=place(Role.AUDITOR, "000000"), now=NOW, access=acting(boss))
    assert refused.value.why == Refusal.SELF
    create_delegation(
        delegator=friend, delegate=boss, valid_from=NOW, valid_until=NOW + timedelta(days=1), reason="leave"
    )
    with pytest.raises(StaffRefused) as refused:
        ask_role(user=friend, place=place(Role.AUDITOR, "000000"), now=NOW, access=acting(boss))
    assert refused.value.why == Refusal.BACKWARDS


def test_a_borrowed_right_grants_nothing(bank: dict[str, Branch]) -> None:
    owner, stand_in = make_staff(Role.PROVINCE_HR, "440000"), make_staff(Role.CITY_HR, "440200")
    create_delegation(
        delegator=owner,
        delegate=stand_in,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1),
        reason="leave",
    )
    for role, code in ((Role.CITY_HR, "440300"), (Role.PROVINCE_HR, "440000")):
        with pytest.raises(StaffRefused):
            ask_role(user=make_user(), place=place(role, code), now=NOW, access=acting(stand_in))


def test_an_account_with_a_right_above_is_in_nobodys_care_below(bank: dict[str, Branch]) -> None:
    """A province that made a password link for a head-office account could act as it."""
    province = make_staff(Role.PROVINCE_HR, "440000")
    both = make_staff(Role.CITY_HR, "440200")
    assert in_care(acting(province), both, now=NOW)
    granted(both, place(Role.AUDITOR, "000000"), acting(make_staff(Role.HQ_HR, "000000")))
    for act in (
        lambda: new_link(user=both, now=NOW, access=acting(province)),
        lambda: delegate_access(
            delegator=both,
            delegate=make_staff(Role.CITY_HR, "440300"),
            valid_from=NOW,
            valid_until=NOW + timedelta(days=1),
            reason="leave",
            now=NOW,
            access=acting(province),
        ),
    ):
        with pytest.raises(StaffRefused):
            act()


def test_an_account_that_borrows_a_right_from_above_is_in_nobodys_care_below(bank: dict[str, Branch]) -> None:
    province, boss = make_staff(Role.PROVINCE_HR, "440000"), make_staff(Role.HQ_HR, "000000")
    clerk, other = make_staff(Role.CITY_HR, "440200"), make_staff(Role.CITY_HR, "440300")
    span: dict[str, Any] = {"valid_from": NOW + timedelta(days=1), "valid_until": NOW + timedelta(days=2)}
    create_delegation(delegator=boss, delegate=clerk, reason="leave", **span)
    assert not in_care(acting(province), clerk, now=NOW)
    assert in_care(acting(province), other, now=NOW)
    with pytest.raises(StaffRefused):
        new_link(user=clerk, now=NOW, access=acting(province))


def test_an_invitation_makes_an_account_that_cannot_sign_in_yet(bank: dict[str, Branch]) -> None:
    province = make_staff(Role.PROVINCE_HR, "440000")
    asked = asked_account(acting(province))
    with pytest.raises(AlreadyWaiting):
        asked_account(acting(province))
    second(asked)
    user = User.objects.get(username="liu.yan")
    assert not user.has_usable_password()
    assert user.invited_by == province
    assert list(user.transitions.values_list("action", flat=True)) == ["invite", "grant_role"]
    with pytest.raises(Refused) as refused:
        asked_account(acting(province))
    assert refused.value.field == "username"
    with pytest.raises(Refused) as refused:
        asked_account(acting(province), username="another")
    assert refused.value.field == "email"


def test_the_last_role_ended_ends_what_was_lent_and_borrowed(bank: dict[str, Branch]) -> None:
    first, second, third = (make_staff(Role.CITY_HR, code) for code in ("440200", "440300", "440200"))
    for delegator, delegate in ((first, second), (third, first)):
        create_delegation(
            delegator=delegator,
            delegate=delegate,
            valid_from=NOW,
            valid_until=NOW + timedelta(days=9),
            reason="leave",
        )
    later = NOW + timedelta(hours=1)
    end_role(grant=RoleGrant.objects.get(user=first), now=later)
    assert not Delegation.objects.filter(valid_until__gt=later).exists()
    assert not access_of(User.objects.get(pk=first.pk), now=later).has_permission(Permission.SEE_CANDIDATES)
    with pytest.raises(Conflict):
        end_role(grant=RoleGrant.objects.get(user=first), now=later)


def test_what_waited_for_one_person_alone_goes_up_at_once() -> None:
    users = make_everything_waiting()
    for who in ("city_hr", "department"):
        end_role(grant=RoleGrant.objects.get(user=users[who]), now=NOW)
    assert escalate_reviews(now=NOW) == 1
    assert escalate_follow_ups(now=NOW) == 1
    assert escalate_confirmations(now=NOW) == 1
    above = Branch.objects.get(code="440000")
    assert Notice.objects.get(state="in_review").escalated_to == above
    assert FollowUp.objects.get().escalated_to == above
    assert Confirmation.objects.get(state="open").escalated_to == above


def test_what_a_colleague_can_do_waits_for_the_colleague() -> None:
    users = make_everything_waiting()
    make_staff(Role.CITY_HR, "440200")
    make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")
    for who in ("city_hr", "department"):
        end_role(grant=RoleGrant.objects.get(user=users[who]), now=NOW)
    assert escalate_reviews(now=NOW) + escalate_follow_ups(now=NOW) + escalate_confirmations(now=NOW) == 0


def test_a_list_takes_names_that_can_be_shown_and_refuses_the_others() -> None:
    names = {
        "a.yan": "王䶮",
        "b.dot": "阿卜杜拉·买买提",
        "c.rtl": "\u202e王五",
        "d.formula": '"=HYPERLINK(""http://x"",""y"")"',
        "e.html": "<b>王</b>",
        "f.blank": "\u200b\u200b",
        "g.pua": "王\ue863",
        "h.stretched": "张　三",
    }
    lines = [f"{username},{name},city_hr,440200,,," for username, name in names.items()]
    rows, table = read_staff("\r\n".join([",".join(COLUMNS), *lines]).encode())
    assert [(row.username, row.name) for row in rows] == [
        ("a.yan", "王䶮"),
        ("b.dot", "阿卜杜拉·买买提"),
        ("c.rtl", "王五"),
        ("h.stretched", "张三"),
    ]
    assert [(problem.line, problem.field) for problem in table.errors] == [
        (line, "name") for line in (5, 6, 7, 8)
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"username,name\n", b"a\x00b", b'"', ",".join(COLUMNS).encode("utf-8-sig")]
)
def test_odd_files_are_told(raw: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read_staff(raw)
    assert refused.value.error.message


@settings(max_examples=60)
@given(
    cells=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8"), max_size=12)
            | st.sampled_from(["liu.yan", "刘燕", "city_hr", "440200", "2026-11-30", ""]),
            min_size=1,
            max_size=9,
        ),
        max_size=6,
    )
)
def test_every_line_is_a_row_or_a_problem_and_nothing_raises(cells: list[list[str]]) -> None:
    text = "\n".join([",".join(COLUMNS), *(",".join(line) for line in cells)])
    try:
        rows, table = read_staff(text.encode())
    except FileRefused:
        return
    for problem in table.errors:
        assert problem.line >= 1
        assert problem.message
    for row in rows:
        assert row.role in Role
        assert len(row.branch_code) == 6


def test_an_import_takes_the_right_rows_and_names_the_others(bank: dict[str, Branch]) -> None:
    province = make_staff(Role.PROVINCE_HR, "440000")
    make_staff(Role.CITY_HR, "320100", username="foreign")
    text = "\n".join(
        [
            ",".join(COLUMNS),
            "liu.yan,刘燕,city_hr,440200,,,2030-12-31,liu.yan@bank.example",
            "wu.tao,吴涛,department,440300,OPERATIONS,,,,wu.tao",
            "x,错,city_hr,440200,,,",
            "boss,总行,hq_hr,000000,,,",
            "auditor2,审计,auditor,440000,,,",
            "foreign,外省,city_hr,440200,,,",
            "he.jing,何静,administration,440201,,2026-13-01,",
            "deep,柜员,city_hr,440201,,,,deep@bank.example",
            "mute,无址,city_hr,440200,,,",
        ]
    )
    rows, table = read_staff(text.encode())
    problems = table.errors
    done, refused = import_staff(rows=rows, dry_run=True, now=NOW, access=acting(province))
    assert [one.effect for one in done] == [Effect.INVITED, Effect.INVITED]
    assert not User.objects.filter(username__in=["liu.yan", "wu.tao"]).exists()
    assert [(problem.line, problem.field) for problem in [*problems, *refused]] == [
        (4, "username"),
        (8, "valid_from"),
        (5, "branch_code"),
        (6, "role"),
        (7, "username"),
        (9, "role"),
        (10, "email"),
    ]
    import_staff(rows=rows, dry_run=False, now=NOW, access=acting(province))
    again, _refused = import_staff(rows=rows, dry_run=False, now=NOW, access=acting(province))
    assert [one.effect for one in again] == [Effect.WAITING, Effect.WAITING]
    for asked in ApprovalRequest.objects.all():
        second(asked)
    assert RoleGrant.objects.filter(user__username="wu.tao", department__code="OPERATIONS").count() == 1
    again, _refused = import_staff(rows=rows, dry_run=False, now=NOW, access=acting(province))
    assert [one.effect for one in again] == [Effect.KNOWN, Effect.KNOWN]


def test_the_own_role_is_ended_by_somebody_else(bank: dict[str, Branch]) -> None:
    province = make_staff(Role.PROVINCE_HR, "440000")
    with pytest.raises(StaffRefused):
        take_role(
            grant=RoleGrant.objects.get(user=province), reason="enough", now=NOW, access=acting(province)
        )


def make_everything_waiting() -> dict[str, User]:
    """At Shenzhen a review, a follow-up and a confirmation wait; who works there."""
    make_world()
    notice = confirm(passed_application())
    passed_application()
    open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=FollowUpKind.UNREAD,
        now=NOW,
        minutes=240,
        notice_id=notice.pk,
    )
    return {
        "city_hr": make_staff(Role.CITY_HR, "440200"),
        "department": make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS"),
    }
