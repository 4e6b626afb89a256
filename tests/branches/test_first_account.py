"""The first account: where nobody can sign in yet, and nowhere else."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from branches.management.commands.createsuperuser import Command
from branches.models import AccessEntry, RoleGrant, StaffTransition, User
from branches.operations import end_role
from branches.roles import Role
from tests.factories import NOW, make_bank, make_staff

pytestmark = pytest.mark.django_db
PASSWORD = "correct Horse battery 7 staple"


def first_account(*arguments: str) -> str:
    said = StringIO()
    call_command("first_account", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def test_its_link_sets_the_password_and_head_office_invites_an_auditor(client: Client) -> None:
    make_bank()
    link = first_account("100001", "李雷").split()[-1]
    assert link.startswith("http://127.0.0.1:8000/invitation/")
    page = client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    form = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert client.post(page.redirect_chain[-1][0], form).status_code == 302
    assert client.post("/sign-in/", {"username": "100001", "password": PASSWORD}).status_code == 302
    assert client.get("/staff/").status_code == 200
    assert client.get("/staff/invite/").status_code == 200
    assert AccessEntry.objects.get(action="first_account").user is None
    assert StaffTransition.objects.get(action="first_account").subject.username == "100001"


def test_its_password_may_come_from_a_file(client: Client, password_file: Path) -> None:
    make_bank()
    assert (
        first_account("100001", "李雷", "--password-file", str(password_file)).strip().endswith("/sign-in/")
    )
    client.post("/sign-in/", {"username": "100001", "password": PASSWORD})
    assert client.get("/staff/").status_code == 200


def test_it_makes_two_who_are_each_others_second_person_and_no_third() -> None:
    make_bank()
    first_account("100001", "李雷", "--email", "li.lei@bank.example")
    with pytest.raises(CommandError, match="another account has this mailbox"):
        first_account("100002", "韩梅", "--email", "LI.LEI@bank.example")
    first_account("100002", "韩梅")
    with pytest.raises(CommandError, match="invite others under Staff"):
        first_account("100003", "林涛")
    assert not User.objects.filter(username="100003").exists()


def path_of(said: str) -> str:
    return said.rsplit(maxsplit=1)[-1].removeprefix("http://127.0.0.1:8000")


def test_a_link_that_was_lost_is_followed_by_a_fresh_one(client: Client) -> None:
    make_bank()
    lost = path_of(first_account("100001", "李雷"))
    fresh = path_of(first_account("100001", "李雷"))
    assert client.get(lost, follow=True).redirect_chain == []
    page = client.get(fresh, follow=True)
    form = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert client.post(page.redirect_chain[-1][0], form).status_code == 302
    assert User.objects.count() == RoleGrant.objects.count() == 1
    assert AccessEntry.objects.get(action="staff_link").user is None
    # It has joined: no link of an operator takes it over any more.
    with pytest.raises(CommandError, match="choose another name"):
        first_account("100001", "李雷")


def test_a_link_is_for_an_account_that_the_command_made() -> None:
    make_bank()
    make_staff(Role.HQ_HR, "000000", username="100001").set_unusable_password()
    with pytest.raises(CommandError, match="choose another name"):
        first_account("100001", "李雷")


@pytest.mark.usefixtures("business_clock")
def test_it_is_the_way_back_when_head_office_has_nobody_left() -> None:
    make_bank()
    left = make_staff(Role.HQ_HR, "000000")
    end_role(grant=RoleGrant.objects.get(user=left), now=NOW + timedelta(microseconds=1))
    blocked = make_staff(Role.HQ_HR, "000000")
    blocked.is_active = False
    blocked.save()
    assert "/invitation/" in first_account("100001", "李雷")


def test_it_needs_the_bank_first() -> None:
    with pytest.raises(CommandError, match=r"manage\.py load_bank"):
        first_account("100001", "李雷")


@pytest.mark.parametrize(
    ("username", "complaint"), [("", "username: "), ("two words", "username: "), ("x" * 151, "username: ")]
)
def test_a_name_that_no_account_can_have_is_named(username: str, complaint: str) -> None:
    make_bank()
    with pytest.raises(CommandError, match=complaint):
        first_account(username, "李雷")


def test_a_password_that_breaks_the_rule_makes_nothing(password_file: Path) -> None:
    make_bank()
    password_file.write_text("short")
    with pytest.raises(CommandError, match=r"password: .* Nothing was made\."):
        first_account("100001", "李雷", "--password-file", str(password_file))
    assert not User.objects.filter(username="100001").exists()


def test_a_file_that_cannot_be_read_makes_nothing(tmp_path: Path) -> None:
    make_bank()
    with pytest.raises(CommandError, match=r"--password-file: .* cannot be read"):
        first_account("100001", "李雷", "--password-file", str(tmp_path / "missing"))
    assert not User.objects.filter(username="100001").exists()


def test_a_taken_name_is_named() -> None:
    make_bank()
    make_staff(Role.CITY_HR, "440200", username="100001")
    with pytest.raises(CommandError, match="There is an account 100001 already"):
        first_account("100001", "李雷")


@pytest.mark.parametrize("options", [(), ("--noinput", "--username", "root")])
def test_there_are_no_superusers(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "createsuperuser", *options])
    assert "manage.py first_account" in capsys.readouterr().err
