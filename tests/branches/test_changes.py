"""What changed: written by the database, read by the auditor, without values of persons."""

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from branches.models import Branch, RoleGrant, User
from branches.operations import end_role
from branches.queries.changes import kinds
from hrportal.kernel import clocks
from notifications.models import ReviewPolicy
from recruitment.models import NoticeRule, Person
from tests.factories import make_world, resident_id, signal_payload
from tests.recruitment.steps import take_in
from tests.staff import Staff, make_everybody

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None) -> Staff:
    make_world()
    return make_everybody()


def lines(staff: Staff, **wanted: str) -> list[tuple[str, str, str]]:
    page = staff.client("auditor").get("/audit/changes/", wanted, follow=True)
    assert page.status_code == 200
    return [(row.kind, row.label, row.name) for row in page.context["page"].rows]


def test_every_setting_and_every_role_has_a_history() -> None:
    assert kinds().keys() == {
        "branch", "calendaryear", "user", "rolegrant", "delegation",
        "channelplan", "channelplanstep", "reviewpolicy", "messagetemplate", "templateversion", "templatebody",
        "noticerule", "noticeruleposition", "checklistitem", "person", "target",
    }  # fmt: skip


def test_a_change_tells_before_after_and_who(staff: Staff) -> None:
    policy = ReviewPolicy.objects.get(code="default")
    boss = staff.client("hq_hr")
    form = boss.get(f"/admin/notifications/reviewpolicy/{policy.pk}/change/").context["adminform"].form
    answer = boss.post(
        f"/admin/notifications/reviewpolicy/{policy.pk}/change/", form.initial | {"review_minutes": 77}
    )
    assert answer.status_code == 302
    auditor = staff.client("auditor")
    wanted = {"kind": "reviewpolicy", "user": "hq_hr"}
    (row,) = auditor.get("/audit/changes/", wanted, follow=True).context["page"].rows
    assert (row.label, row.name) == ("update", "default")
    page = auditor.get(f"/audit/changes/reviewpolicy/{row.key}/")
    assert page.context["lines"] == [("HR reviews within minutes", "240", "77")]
    assert "hq_hr" in page.text
    assert lines(staff, kind="reviewpolicy", user="city_hr") == []
    assert lines(staff, kind="reviewpolicy", user="nobody") == []


def test_what_goes_around_the_portal_is_kept_too(staff: Staff) -> None:
    NoticeRule.objects.update(priority=999)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE branches_branch SET name = '改名' WHERE code = '440300'")
    assert ("branch", "update", "440300") in lines(staff, kind="branch")
    assert lines(staff, kind="noticerule")[0][1] == "update"


def test_roles_and_passwords(staff: Staff) -> None:
    grant = RoleGrant.objects.get(user=staff.users["city_hr"])
    end_role(grant=grant, now=clocks.now())
    assert lines(staff, kind="rolegrant")[0] == ("rolegrant", "update", "City HR")
    user = User.objects.get(username="city_hr")
    user.set_password("another good one")
    user.save()
    found = staff.client("auditor").get("/audit/changes/", {"kind": "user"}).context["page"].rows[0]
    assert (found.label, found.name) == ("password", "city_hr")
    page = staff.client("auditor").get(f"/audit/changes/user/{found.key}/").text
    assert user.password not in page


def test_of_a_person_only_that_a_fact_changed_is_kept(staff: Staff) -> None:
    number = resident_id(9)
    take_in(signal_payload(name="王小明", id_number=number))
    Person.objects.update(name="王大明")
    Person.objects.update(education="master")
    assert [row[1] for row in lines(staff, kind="person")] == ["facts", "name"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(e)::text FROM recruitment_personevent e")
        kept = " ".join(row[0] for row in cursor.fetchall())
    for value in ("王", "master", number, 'id_number":"\\\\x'):
        assert value not in kept


@pytest.mark.parametrize("sql", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"])
def test_the_history_is_only_added_to(staff: Staff, sql: str) -> None:
    with (
        connection.cursor() as cursor,
        pytest.raises((InternalError, IntegrityError, ProgrammingError)),
        transaction.atomic(),
    ):
        cursor.execute(sql.format("branches_rolegrantevent"))


def test_pages_follow_each_other_without_gap_and_cost_the_same(staff: Staff) -> None:
    auditor = staff.client("auditor")
    with CaptureQueriesContext(connection) as one:
        first = auditor.get("/audit/changes/")
    assert len(one) <= 10
    seen, cursor = [], first.context["page"].next
    seen += [(row.kind, row.key) for row in first.context["page"].rows]
    while cursor:
        page = auditor.get("/audit/changes/", {"cursor": cursor}).context["page"]
        seen += [(row.kind, row.key) for row in page.rows]
        cursor = page.next
    everything = {
        (name, key)
        for name, model in kinds().items()
        for key in model._base_manager.values_list("pk", flat=True)
    }
    assert len(seen) == len(set(seen))
    assert set(seen) == everything
    assert auditor.get("/audit/changes/", {"cursor": "x"}).status_code == 400


def test_only_the_auditor_reads(staff: Staff) -> None:
    for who in staff.users.keys() - {"auditor"}:
        assert staff.client(who).get("/audit/changes/").status_code == 403
        assert staff.client(who).get("/audit/changes/branch/1/").status_code == 403
    assert staff.client("auditor").get("/audit/changes/branch/999999/").status_code == 404
    assert staff.client("auditor").get("/audit/changes/nonsense/1/").status_code == 404
    assert Branch.objects.exists()
