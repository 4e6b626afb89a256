"""The pages of staff, over HTTP."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from branches.models import AccessEntry, ApprovalRequest, Delegation, RoleGrant, StaffMessage, User
from branches.operations import create_delegation
from branches.operations.staff_messages import OUTBOX, link_for
from branches.roles import Role
from branches.staff_files import COLUMNS
from hrportal.kernel.hooks import has_channel
from hrportal.kernel.outbox import OutboxState
from notifications.providers.registry import providers
from notifications.providers.smtp import Smtp
from tests.factories import NOW, make_bank, make_staff
from tests.kernel.tables.files import workbook_of
from tests.lab import LabClient, running_lab
from tests.staff import Staff, make_everybody

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(business_clock: Settings) -> Staff:
    make_bank()
    return make_everybody()


@pytest.fixture
def lab(settings: Settings) -> Iterator[LabClient]:
    with running_lab() as lab:
        for name, value in lab.settings().items():
            setattr(settings, name, value)
        providers.cache_clear()
        yield lab
        # It alone keeps connections.
        cast("Smtp", providers()["smtp"]).close()
    providers.cache_clear()


def form(**changes: str) -> dict[str, str]:
    return {
        "username": "liu.yan",
        "name": "刘燕",
        "email": "liu.yan@bank.example",
        "wecom_id": "",
        "role": "city_hr",
        "branch": "440200",
        "department": "",
        "valid_from": "",
        "valid_until": "",
        **changes,
    }


def approve_all(client: Client) -> None:
    keys = [str(key) for key in ApprovalRequest.objects.values_list("pk", flat=True)]
    assert client.post("/approvals/decide/", {"chosen": keys, "decision": "approve"}).status_code == 302


def link_of(user: User) -> str:
    """As it leaves to its owner."""
    return link_for(user).removeprefix("http://127.0.0.1:8000")


def test_an_invited_colleague_sets_a_password_once_and_works(staff: Staff) -> None:
    assert staff.client("province_hr").post("/staff/invite/", form()).status_code == 302
    approve_all(staff.client("hq_hr"))
    user = User.objects.get(username="liu.yan")
    link = link_of(user)
    client = Client(headers={"accept-language": "en"})
    page = client.get(link, follow=True)
    assert link.split("/")[-2] not in page.request["PATH_INFO"]
    words = {"new_password1": "A long enough 1", "new_password2": "A long enough 1"}
    assert client.post(page.request["PATH_INFO"], words, follow=True).status_code == 200
    assert AccessEntry.objects.get(action="password_set_by_link").user == user
    assert "no longer works" in Client(headers={"accept-language": "en"}).get(link, follow=True).text
    user.refresh_from_db()
    assert user.check_password("A long enough 1")
    colleague = Client()
    colleague.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert colleague.get("/candidates/").status_code == 200


def test_the_link_reaches_the_mailbox_and_nothing_else(staff: Staff, lab: LabClient) -> None:
    staff.client("province_hr").post("/staff/invite/", form())
    approve_all(staff.client("hq_hr"))
    OUTBOX.send_due(now=NOW + timedelta(minutes=1))
    message = StaffMessage.objects.get()
    assert (message.state, message.attempts) == (OutboxState.SENT, 1)
    [entry] = lab.ledger()
    assert entry["recipient"] == "liu.yan@bank.example"
    assert "/invitation/" in entry["link"]
    assert OUTBOX.send_due(now=NOW + timedelta(hours=1)) == 0


def test_what_a_dead_worker_held_is_not_sent_twice(staff: Staff, lab: LabClient) -> None:
    staff.client("province_hr").post("/staff/invite/", form())
    approve_all(staff.client("hq_hr"))
    assert len(OUTBOX.claim_due(now=NOW + timedelta(minutes=1))) == 1
    OUTBOX.send_due(now=NOW + timedelta(hours=1))
    assert StaffMessage.objects.get().state == OutboxState.UNKNOWN
    assert lab.ledger() == []


def test_what_a_worker_holds_is_its_own_for_real_minutes(
    staff: Staff, lab: LabClient, settings: Settings
) -> None:
    staff.client("province_hr").post("/staff/invite/", form())
    approve_all(staff.client("hq_hr"))
    settings.CLOCK_RATE = 60.0
    assert len(OUTBOX.claim_due(now=NOW + timedelta(minutes=1))) == 1
    OUTBOX.send_due(now=NOW + timedelta(hours=9))
    assert StaffMessage.objects.get().state == OutboxState.SENDING
    OUTBOX.send_due(now=NOW + timedelta(hours=11))
    assert StaffMessage.objects.get().state == OutboxState.UNKNOWN
    assert lab.ledger() == []


def test_a_bank_without_mail_is_told_and_its_operator_prints_the_link(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(has_channel, "functions", [no_channel])
    staff.client("province_hr").post("/staff/invite/", form())
    approve_all(staff.client("hq_hr"))
    OUTBOX.send_due(now=NOW + timedelta(minutes=1))
    user = User.objects.get(username="liu.yan")
    assert "staff_link" in staff.client("province_hr").get(f"/staff/{user.pk}/").text
    said = StringIO()
    call_command("staff_link", "liu.yan", by="hq_hr", reason="no mail server; seen in person", stdout=said)
    assert "/invitation/" in said.getvalue()
    with pytest.raises(CommandError, match="somebody else"):
        call_command("staff_link", "hq_hr", by="hq_hr", reason="for myself")


def no_channel(code: str) -> bool:
    """A bank that has none."""
    return False


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"username": "l"}, "username", "3 to 60 letters"),
        ({"username": "city_hr"}, "username", "already in use"),
        ({"role": "hq_hr"}, "role", "Select a valid choice"),
        ({"branch": "320100"}, "branch", "Select a valid choice"),
        ({"branch": "440201"}, "branch", "not available at this branch level"),
        ({"role": "department"}, "department", "Choose a department"),
        ({"department": "OPERATIONS"}, "department", "Choose a department"),
        ({"email": ""}, "email", "email address or a WeCom account"),
        ({"email": "nobody"}, "email", "valid email"),
        ({"valid_until": "2020-01-01"}, "valid_until", "in the past"),
        ({"valid_from": "2027-01-02", "valid_until": "2027-01-01"}, "valid_until", "before the first"),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(
    staff: Staff, changes: dict[str, str], field: str, words: str
) -> None:
    answer = staff.client("province_hr").post("/staff/invite/", form(**changes))
    assert answer.status_code == 422
    assert any(words in error for error in answer.context["form"].errors[field])
    assert not User.objects.filter(username="liu.yan").exists()


def test_granting_and_ending_holds_from_the_next_request(staff: Staff) -> None:
    user = staff.users["city_hr"]
    colleague, province = staff.client("city_hr"), staff.client("province_hr")
    assert colleague.get("/reviews/").status_code == 200
    held = RoleGrant.objects.get(user=user)
    assert province.post(f"/staff/roles/{held.pk}/end/", {"reason": ""}).status_code == 422
    assert province.post(f"/staff/roles/{held.pk}/end/", {"reason": "left the bank"}).status_code == 302
    assert colleague.get("/reviews/").headers["Location"].startswith("/sign-in/")
    colleague = staff.client("city_hr")
    assert colleague.get("/reviews/").status_code == 403
    assert colleague.get("/candidates/").status_code == 403
    assert province.post(f"/staff/roles/{held.pk}/end/", {"reason": "left the bank"}).status_code == 422
    again = form(branch="440300")
    assert province.post(f"/staff/{user.pk}/grant/", again).status_code == 302
    assert colleague.get("/reviews/").status_code == 403
    approve_all(staff.client("hq_hr"))
    assert colleague.get("/reviews/").status_code == 200
    assert "left the bank" in province.get(f"/staff/{user.pk}/").text


def test_what_is_not_of_the_own_subtree_does_not_exist(staff: Staff) -> None:
    foreign = staff.users["foreign_city_hr"]
    RoleGrant.objects.filter(user=foreign).update(
        branch_id=RoleGrant.objects.get(user=staff.users["foreign_province_hr"]).branch_id
    )
    province, held = staff.client("province_hr"), RoleGrant.objects.get(user=foreign)
    delegation = create_delegation(
        delegator=foreign,
        delegate=staff.users["foreign_province_hr"],
        valid_from=NOW,
        valid_until=NOW + timedelta(days=2),
        reason="leave",
    )
    for url in (f"/staff/{foreign.pk}/", f"/staff/{foreign.pk}/grant/", f"/staff/{foreign.pk}/delegate/"):
        assert province.get(url).status_code == 404
    for url in (
        f"/staff/{foreign.pk}/grant/",
        f"/staff/{foreign.pk}/link/",
        f"/staff/{foreign.pk}/address/",
        f"/staff/roles/{held.pk}/end/",
        f"/staff/delegations/{delegation.pk}/end/",
    ):
        assert province.post(url, form(reason="enough")).status_code == 404
    assert foreign.username not in province.get("/staff/").text
    assert foreign.username in staff.client("hq_hr").get("/staff/").text


@pytest.mark.parametrize("who", ["city_hr", "department", "administration", "it_ops", "auditor"])
def test_nobody_else_sees_the_pages(staff: Staff, who: str) -> None:
    client = staff.client(who)
    for url in ("/staff/", "/staff/invite/", "/staff/import/", f"/staff/{staff.users['city_hr'].pk}/"):
        assert client.get(url).status_code == 403
    assert client.post("/staff/invite/", form()).status_code == 403


def test_a_province_reads_of_a_head_office_account_only_what_it_holds_in_the_province(staff: Staff) -> None:
    province, boss = staff.client("province_hr"), staff.users["hq_hr"]
    assert province.get(f"/staff/{boss.pk}/").status_code == 404
    assert province.post(f"/staff/{boss.pk}/link/").status_code == 404
    make_staff(Role.CITY_HR, "440300", username="both")
    both = User.objects.get(username="both")
    staff.client("hq_hr").post(f"/staff/{both.pk}/grant/", form(role="auditor", branch="000000"))
    make_staff(Role.HQ_HR, "000000", username="hq_hr_2")
    second = Client()
    second.force_login(
        User.objects.get(username="hq_hr_2"), backend="django.contrib.auth.backends.ModelBackend"
    )
    approve_all(second)
    page = province.get(f"/staff/{both.pk}/")
    assert "总行" not in page.text.split("<main")[1]
    assert "总行" in staff.client("hq_hr").get(f"/staff/{both.pk}/").text.split("<main")[1]
    province.post(f"/staff/{both.pk}/link/")
    assert not StaffMessage.objects.filter(user=both).exists()
    both.refresh_from_db()
    assert both.has_usable_password()


def test_an_absence_is_covered_and_taken_back(staff: Staff) -> None:
    province, absent = staff.client("province_hr"), staff.users["city_hr"]
    stand_in = staff.client("foreign_city_hr")
    url = f"/staff/{absent.pk}/delegate/"
    wanted = {
        "delegate": "foreign_city_hr",
        "valid_from": "",
        "valid_until": "2026-11-06",
        "reason": "annual leave",
    }
    assert province.post(url, {**wanted, "delegate": "nobody"}).status_code == 422
    assert province.post(url, {**wanted, "delegate": absent.username}).status_code == 422
    assert province.post(url, {**wanted, "delegate": "province_hr"}).status_code == 422
    assert province.post(url, {**wanted, "valid_until": ""}).status_code == 422
    assert "深圳" not in stand_in.get("/candidates/").text.split("<main")[1]
    assert province.post(url, wanted).status_code == 302
    assert "深圳" in stand_in.get("/candidates/").text.split("<main")[1]
    delegation = Delegation.objects.get()
    assert "annual leave" in province.get(f"/staff/{absent.pk}/").text
    assert province.post(f"/staff/delegations/{delegation.pk}/end/").status_code == 302
    assert "深圳" not in stand_in.get("/candidates/").text.split("<main")[1]


def test_a_file_is_looked_at_first_and_then_taken_in(staff: Staff) -> None:
    province = staff.client("province_hr")
    text = (
        ",".join(COLUMNS)
        + "\nliu.yan,刘燕,city_hr,440200,,,,liu.yan@bank.example\nwrong,错行,hq_hr,000000,,,\n"
    )
    for encoding in ("utf-8-sig", "gb18030"):
        upload = SimpleUploadedFile("staff.csv", text.encode(encoding))
        looked = province.post("/staff/import/", {"file": upload})
        assert looked.status_code == 200
        assert "刘燕" in looked.text
    assert not User.objects.filter(username="liu.yan").exists()
    looked = province.post("/staff/import/", {"file": SimpleUploadedFile("staff.csv", text.encode())})
    assert [(one.line, one.field) for one in looked.context["problems"]] == [(3, "branch_code")]
    done = province.post("/staff/import/run/", {"encoded": looked.context["form"]["encoded"].value()})
    assert "/invitation/" not in done.text
    approve_all(staff.client("hq_hr"))
    assert User.objects.filter(username="liu.yan").exists()
    assert not User.objects.filter(username="wrong").exists()
    assert province.post("/staff/import/", {}).status_code == 422
    bad = SimpleUploadedFile("staff.csv", b"\xff\xff\xff")
    assert "neither text" in province.post("/staff/import/", {"file": bad}).text
    assert province.post("/staff/import/run/", {}).status_code == 422


def look_at(client: Client, raw: bytes, name: str = "staff.csv") -> Any:
    return client.post("/staff/import/", {"file": SimpleUploadedFile(name, raw)})


def test_a_list_as_people_keep_it(staff: Staff) -> None:
    text = (
        "市分行人员名单,,,,,\n用户名,姓名,角色,机构代码,开始日期,邮箱\n"
        "liu.yan,刘燕,市行HR,440200,2026/12/1,liu.yan@bank.example\n"
        "00123,数字,city_hr,440200.0,20261201,n@bank.example\nsun.li,孙丽,hq_hr,0,,\n"
    )
    for raw in (
        text.encode("gbk"),
        text.replace(",", ";").encode("utf-8-sig"),
        text.replace(",", "\t").encode("utf-16"),
    ):
        looked = look_at(staff.client("province_hr"), raw)
        assert [(one.line, one.field) for one in looked.context["problems"]] == [(5, "branch_code")]
        assert [one.row.username for one in looked.context["done"]] == ["liu.yan", "00123"]
        assert "Lines above the headings, not read: 1." in looked.text


def test_a_workbook_of_staff(staff: Staff) -> None:
    raw = workbook_of(
        ("liu.yan", "刘燕", "city_hr", "440200", "", None, date(2027, 3, 31), "liu.yan@bank.example", ""),
        head=COLUMNS,
    )
    (done,) = look_at(staff.client("province_hr"), raw, "staff.xlsx").context["done"]
    assert done.row.valid_until == date(2027, 3, 31)


def test_a_heading_is_asked_about_once(staff: Staff) -> None:
    province = staff.client("province_hr")
    raw = "username,name,role,branch_code,email,手机\nliu.yan,刘燕,city_hr,440200,l@bank.example,13800001234\n".encode()
    looked = look_at(province, raw)
    assert looked.status_code == 422
    assert "Map columns" in looked.text
    told = {"encoded": looked.context["form"]["encoded"].value(), "heading0": "-"}
    assert len(province.post("/staff/import/", told).context["done"]) == 1
    assert len(look_at(province, raw).context["done"]) == 1


def test_a_user_name_that_lost_its_zeros_is_nobody_else(staff: Staff) -> None:
    make_staff(Role.CITY_HR, "440200", username="00777")
    text = ",".join(COLUMNS) + "\n777,数字,city_hr,440200,,,\n'777,别人,city_hr,440200,,,,7@bank.example\n"
    looked = look_at(staff.client("province_hr"), text.encode())
    assert [(one.line, one.field) for one in looked.context["problems"]] == [(2, "username")]
    assert len(looked.context["done"]) == 1


@pytest.mark.parametrize("many", [1, 30])
def test_the_list_costs_the_same_for_many(
    staff: Staff, django_assert_num_queries: DjangoAssertNumQueries, many: int
) -> None:
    for _number in range(many):
        make_staff(Role.CITY_HR, "440200")
    client = staff.client("province_hr")
    found = client.get("/staff/?q=%E5%91%98&role=city_hr&branch=440200", follow=True)
    with django_assert_num_queries(LIST_QUERIES):
        assert client.get(found.wsgi_request.get_full_path()).status_code == 200


LIST_QUERIES = 10


def test_views_of_the_list(staff: Staff) -> None:
    hq = staff.client("hq_hr")
    RoleGrant.objects.filter(user=staff.users["city_hr"]).update(valid_until=NOW - timedelta(days=1))

    def names(url: str) -> set[str]:
        return {row.username for row in hq.get(url, follow=True).context["page"].rows}

    assert "city_hr" not in names("/staff/")
    assert names("/staff/?view=ended") == {"city_hr"}
    assert names("/staff/?role=auditor") == {"auditor"}
    assert names("/staff/?branch=320000") == {"foreign_province_hr"}
    assert names("/staff/?q=audi") == {"auditor"}
    assert reverse("staff") == "/staff/"


def test_another_name_under_a_known_user_name_is_asked_back(staff: Staff) -> None:
    province = staff.client("province_hr")
    known = make_staff(Role.CITY_HR, "440200", username="liu.yan")
    User.objects.filter(pk=known.pk).update(display_name="刘燕")
    text = (
        ",".join(COLUMNS)
        + "\nliu.yan,陈一鸣,department,440200,OPERATIONS,,\nliu.yan,刘 燕,city_hr,440200,,,\n"
    )
    looked = province.post("/staff/import/", {"file": SimpleUploadedFile("staff.csv", text.encode())})
    (problem,) = looked.context["problems"]
    assert (problem.line, problem.field, problem.value) == (2, "name", "received: 陈**, on record: 刘*")
    assert "陈一鸣" not in looked.text
    encoded = {"encoded": looked.context["form"]["encoded"].value()}
    province.post("/staff/import/run/", encoded)
    assert not RoleGrant.objects.filter(user=known, role=Role.DEPARTMENT).exists()
    assert 'name="accept" value="2"' in looked.text
    province.post("/staff/import/run/", {**encoded, "accept": "2"})
    approve_all(staff.client("hq_hr"))
    known.refresh_from_db()
    assert known.display_name == "陈一鸣"
    assert RoleGrant.objects.filter(user=known, role=Role.DEPARTMENT).exists()
    assert "New name" in province.get(f"/staff/{known.pk}/").text


def test_one_file_does_not_give_one_user_name_two_names(staff: Staff) -> None:
    text = (
        ",".join(COLUMNS)
        + "\nliu.yan,刘燕,city_hr,440200,,,,l@bank.example\nliu.yan,陈一鸣,city_hr,440300,,,,l@bank.example\n"
    )
    looked = look_at(staff.client("province_hr"), text.encode())
    assert [(one.line, one.field) for one in looked.context["problems"]] == [(3, "name")]


def test_a_second_role_of_an_account_that_waits_is_not_lost_in_silence(staff: Staff) -> None:
    row = "liu.yan,刘燕,city_hr,{},,,,l@bank.example"
    text = "\n".join([",".join(COLUMNS), row.format("440200"), row.format("440300")])
    looked = look_at(staff.client("province_hr"), text.encode())
    (problem,) = looked.context["problems"]
    assert (problem.line, problem.field) == (3, "role")
    assert "after it is approved" in problem.message


def test_nobody_renames_whoever_holds_more_than_they_do(staff: Staff) -> None:
    """A province sees of a colleague of head office what is held in the province, and that is not enough."""
    both = make_staff(Role.CITY_HR, "440300", username="both")
    staff.client("hq_hr").post(f"/staff/{both.pk}/grant/", form(role="auditor", branch="000000"))
    text = ",".join(COLUMNS) + "\nboth,另一人,city_hr,440200,,,\n"
    province = staff.client("province_hr")
    looked = look_at(province, text.encode())
    encoded = looked.context["form"]["encoded"].value()
    done = province.post("/staff/import/run/", {"encoded": encoded, "accept": "2"})
    assert [(one.line, one.field) for one in done.context["problems"]] == [(2, "role")]
    before = both.display_name
    both.refresh_from_db()
    assert both.display_name == before
