"""A production from a backup: restored on a new server, migrated, behind a pooler, in a browser's hands."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg2
import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from branches.roles import Role
from hrportal.kernel.scopes import bank_wide
from recruitment.models import Application
from tests.embedded import TESTS
from tests.factories import make_staff
from tests.ports import free_ports
from tests.production import OWNER, PASSWORDS, PORTAL, ROOT, Production, admin, running_production
from tests.rls_policies import PROTECTED
from tests.small_bank import sweep
from tests.two_branches import HERE, THERE, make_two_branches
from tests.workers import wait_until

pytestmark = pytest.mark.django_db
PASSWORD = "correct Horse battery 7 staple"
HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
POLICIES = "SELECT count(*) FROM pg_policy"
FORM = 'name="csrfmiddlewaretoken" value="'


@pytest.fixture(scope="module")
def backup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, set[str]]]:
    """A dump of a filled database, and the references of the candidates of each branch in it."""
    path = tmp_path_factory.mktemp("backup") / "hrportal.dump"
    with django_db_blocker.unblock(), bank_wide("a test"):
        try:
            make_two_branches()
            for code in (HERE, THERE):
                staff = make_staff(Role.CITY_HR, code, username=f"city_{code}")
                with override_settings(PASSWORD_HASHERS=HASHERS):
                    staff.password = make_password(PASSWORD)
                staff.save()
            refs = {
                code: set(Application.objects.filter(branch__code=code).values_list("ref", flat=True))
                for code in (HERE, THERE)
            }
            name = connection.settings_dict["NAME"]
            admin(TESTS, *("pg_dump", "-d", name, "-Fc", "--exclude-schema=kept_*", "-f", str(path)))
        finally:
            sweep()
    return path, refs


@pytest.fixture(scope="module")
def bare(backup: tuple[Path, dict[str, set[str]]]) -> Iterator[Production]:
    """The dump in a new server that has the two accounts and none of the roles they work as."""
    with running_production() as production:
        for account, password in PASSWORDS.items():
            quoted = password.replace("'", "''")
            production.sql(f"CREATE ROLE {account} LOGIN PASSWORD '{quoted}'")
        production.sql(f"ALTER DATABASE hrportal OWNER TO {OWNER}")
        production.admin(
            *("pg_restore", "-d", "hrportal", "--no-owner", f"--role={OWNER}", str(backup[0])), check=False
        )
        yield production


@pytest.fixture(scope="module")
def restored(bare: Production) -> Production:
    """The same after what the operator does then."""
    bare.make_accounts()
    assert bare.manage("migrate", account=OWNER).returncode == 0
    return bare


def test_nothing_starts_on_a_restored_database_without_its_roles(bare: Production) -> None:
    said = bare.manage("serve", "--no-worker", account=PORTAL)
    assert said.returncode == 1
    assert "The roles hrportal_app and hrportal_bank do not both exist" in said.stderr
    assert "Traceback" not in said.stderr


def test_migrate_says_what_the_administrator_has_to_do_and_then_makes_what_is_missing(
    bare: Production,
) -> None:
    before = int(bare.sql(POLICIES))
    said = bare.manage("migrate", account=OWNER)
    assert said.returncode == 1
    assert "CREATE ROLE hrportal_app NOLOGIN" in said.stderr
    assert "Traceback" not in said.stderr
    bare.make_accounts()
    said = bare.manage("migrate", account=OWNER)
    assert said.returncode == 0, said.stderr
    assert "put right" in said.stdout
    assert before < int(bare.sql(POLICIES)) == 3 * len(PROTECTED)


def test_a_second_migrate_changes_nothing_and_the_check_is_content(restored: Production) -> None:
    assert "put right" not in restored.manage("migrate", account=OWNER).stdout
    verified = restored.manage("check_rls", account=PORTAL, pooled=True)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_worker_refuses_the_owner_s_account(restored: Production) -> None:
    said = restored.manage("worker", account=OWNER)
    assert said.returncode == 1
    assert "hrportal_owner is or may become hrportal_owner, the owner of" in said.stderr


def test_migrate_with_the_portal_s_account_is_refused_in_a_line(restored: Production) -> None:
    said = restored.manage("migrate", account=PORTAL)
    assert said.returncode == 1
    assert "`migrate` needs the owner of the tables" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_database_that_is_not_there_is_named_in_a_line(bare: Production, tmp_path: Path) -> None:
    address = f"postgresql://{PORTAL}:secret@/hrportal?host={tmp_path}"
    said = bare.manage("load_bank", str(tmp_path), account=PORTAL, DATABASE_URL=address)
    assert said.returncode == 1
    assert said.stderr.startswith("The database of DATABASE_URL does not answer:")
    assert "secret" not in said.stderr


def test_a_database_that_nobody_migrated_says_so(bare: Production, tmp_path: Path) -> None:
    bare.sql("CREATE DATABASE empty", database="postgres")
    address = bare.environment(PORTAL)["DATABASE_URL"].replace("/hrportal?", "/empty?")
    said = bare.manage("first_account", "100001", "李雷", account=PORTAL, DATABASE_URL=address)
    assert said.returncode == 1
    assert "Run `manage.py migrate` first." in said.stderr
    assert "Traceback" not in said.stderr


def test_the_portal_s_account_may_nothing_by_itself(restored: Production) -> None:
    with psycopg2.connect(
        host=str(restored.instance.sockets), user=PORTAL, password=PASSWORDS[PORTAL], dbname="hrportal"
    ) as direct:
        for statement in (
            "SELECT FROM recruitment_person",
            "DELETE FROM branches_branch",
            "SET ROLE hrportal_owner",
        ):
            with direct.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
            direct.rollback()


def test_role_and_scope_hold_behind_a_pooler_that_changes_connections(restored: Production) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.through_pooler", HERE, THERE],
        cwd=ROOT,
        env=restored.environment(PORTAL, pooled=True)
        | {"DJANGO_SETTINGS_MODULE": "hrportal.settings", "WEB_STATEMENT_SECONDS": "0.2"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    seen = found["seen"]
    assert seen.pop("most connections of one client") > 1
    assert seen == {"looks": 4 * 40 * 5}
    assert found["branches"] > 2
    assert "statement timeout" in found["cut off"]


def test_two_cities_see_their_own_candidates_behind_the_pooler(
    restored: Production, backup: tuple[Path, dict[str, set[str]]]
) -> None:
    refs = backup[1]
    (port,) = free_ports(1)
    served = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--no-worker", "--port", str(port), "--workers", "1"],
        cwd=ROOT,
        env=restored.environment(PORTAL, pooled=True) | {"SECOND_FACTOR_REQUIRED": "false"},
    )
    try:
        wait_until(lambda: _is_ready(port) or served.poll() is not None)
        with ThreadPoolExecutor(4) as pool:
            looks = [pool.submit(_candidates, port, code) for code in (HERE, THERE) * 4]
            pages = [look.result() for look in looks]
    finally:
        served.terminate()
        served.wait(timeout=30)
    for code, page in zip((HERE, THERE) * 4, pages, strict=True):
        other = THERE if code == HERE else HERE
        assert any(ref in page for ref in refs[code])
        assert not any(ref in page for ref in refs[other])


def _is_ready(port: int) -> bool:
    try:
        with _client(port) as client:
            return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _client(port: int) -> httpx.Client:
    """A browser that the proxy in front has let in."""
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={
            "host": "offers.bank.example",
            "x-forwarded-proto": "https",
            "referer": "https://offers.bank.example/",
        },
        timeout=30,
        trust_env=False,
    )


def _candidates(port: int, code: str) -> str:
    with _client(port) as client:
        token = client.get("/sign-in/").text.partition(FORM)[2].partition('"')[0]
        form = {"username": f"city_{code}", "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = client.post("/sign-in/", data=form, headers=_cookies(client))
        assert answer.status_code == 302, answer.text
        return client.get("/candidates/", headers=_cookies(client)).raise_for_status().text


def _cookies(client: httpx.Client) -> dict[str, str]:
    """What a browser sends to the proxy, and no client sends over plain HTTP."""
    return {"cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)}
