"""The access log: only added to, linked into one chain, searched by the auditor."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from branches.access import log_disclosure
from branches.enums import ChainFault
from branches.models import AccessEntry, AuditChainCheck, AuditChainLink, AuditChainPending, Branch
from branches.operations.chain import link_all, link_entries
from branches.queries.chain import verify_chain
from branches.tasks import extend_audit_chain, verify_audit_chain
from hrportal.kernel import clocks
from hrportal.kernel.rls import as_owner
from recruitment.models import Application, CandidateRef
from tests.factories import NOW, make_world, resident_id
from tests.recruitment.steps import passed_application
from tests.staff import Staff, failed_sms, make_everybody, sent_notice

pytestmark = pytest.mark.django_db
TABLES = ("branches_accessentry", "branches_auditchainlink", "branches_auditchaincheck")


def log(count: int = 1, **changes: object) -> None:
    for number in range(count):
        values = {"user": None, "action": "saw", "subject": f"application:{number}", "now": NOW}
        log_disclosure(**(values | changes))  # type: ignore[arg-type]  # one dictionary for all arguments


def tamper(sql: str) -> None:
    """As somebody who owns the tables would, around the triggers."""
    with as_owner(), connection.cursor() as cursor:
        # A table with checks still to come cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor.execute(sql)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


def faults() -> list[tuple[ChainFault, int]]:
    return [(found.fault, found.position) for found in verify_chain().findings]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_the_owner_of_the_tables_is_refused(table: str, sql: str, role: str) -> None:
    log()
    link_all(now=NOW)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # The test database has this one off so that it can be emptied between tests.
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER is_not_emptied")
        cursor.execute(f"SET LOCAL session_replication_role = {role}")
        statement = (
            sql.format(table).replace("id = id", "hash = hash") if "chainlink" in table else sql.format(table)
        )
        with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
            cursor.execute(statement)
    assert AccessEntry.objects.count() == AuditChainLink.objects.count() == 1


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("sql", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_portal_itself_has_no_right_to_more_than_adding(table: str, sql: str) -> None:
    log()
    column = "previous" if "chainlink" in table else "at"
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
        cursor.execute(sql.format(table, column, column))


def test_every_entry_becomes_one_link() -> None:
    log(5)
    assert AuditChainPending.objects.count() == 5
    assert tuple(link_entries(now=NOW, limit=limit) for limit in (2, 9, 9)) == (2, 3, 0)
    links = list(AuditChainLink.objects.order_by("position"))
    assert [link.position for link in links] == [1, 2, 3, 4, 5]
    assert [bytes(link.previous) for link in links[1:]] == [bytes(link.hash) for link in links[:-1]]
    chain = verify_chain()
    assert (chain.links, chain.waiting, chain.findings) == (5, 0, [])
    assert chain.last_hash == bytes(links[-1].hash).hex()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE branches_accessentry SET purpose = 'x' WHERE id = {3}", [(ChainFault.ALTERED, 3)]),
        ("UPDATE branches_accessentry SET user_id = NULL, at = at + interval '1 us' WHERE id = {1}", [(ChainFault.ALTERED, 1)]),
        ("UPDATE branches_accessentry SET rows = 1 WHERE id = {5}", [(ChainFault.ALTERED, 5)]),
        ("""UPDATE branches_accessentry SET filter = '{{"q": "x"}}' WHERE id = {2}""", [(ChainFault.ALTERED, 2)]),
        ("DELETE FROM branches_accessentry WHERE id = {3}", [(ChainFault.REMOVED, 3)]),
        ("DELETE FROM branches_auditchainlink WHERE position = 3", [(ChainFault.REMOVED, 3), (ChainFault.UNLINKED, 0)]),
        ("DELETE FROM branches_auditchainlink WHERE position = 5", [(ChainFault.UNLINKED, 0)]),
        ("DELETE FROM branches_accessentry WHERE id = {5}", [(ChainFault.REMOVED, 5)]),
        ("UPDATE branches_auditchainlink SET position = position + 1 WHERE position = 5", [(ChainFault.REMOVED, 5), (ChainFault.ALTERED, 6)]),
    ],
)  # fmt: skip
def test_what_was_altered_or_removed_is_found(change: str, found: list[tuple[ChainFault, int]]) -> None:
    log(5)
    link_all(now=NOW)
    assert faults() == []
    keys = AccessEntry.objects.order_by("pk").values_list("pk", flat=True)
    tamper(change.format(0, *keys))
    assert faults() == found


def test_a_tail_cut_off_with_its_seals_is_found_by_a_hash_kept_elsewhere() -> None:
    log(5)
    link_all(now=NOW)
    kept = verify_chain().last_hash
    middle = bytes(AuditChainLink.objects.get(position=2).hash).hex()
    last = AccessEntry.objects.order_by("pk").last()
    assert last is not None
    tamper(
        f"DELETE FROM branches_auditchainlink WHERE position = 5; DELETE FROM branches_accessentry WHERE id = {last.pk}"  # noqa: S608 - a key of our own
    )
    assert faults() == []
    assert [found.fault for found in verify_chain(expect=kept).findings] == [ChainFault.CUT_OFF]
    assert verify_chain(expect=middle).findings == []


def test_the_command_prints_the_hash_to_keep_and_fails_on_a_finding() -> None:
    log(3)
    out = StringIO()
    call_command("verify_audit", stdout=out)
    kept = out.getvalue().split()[-1]
    assert kept == verify_chain().last_hash
    call_command("verify_audit", expect=kept, stdout=StringIO())
    with pytest.raises(CommandError) as wrong:
        call_command("verify_audit", expect="0" * 64, stdout=StringIO())
    assert wrong.value.returncode == 1
    with pytest.raises(CommandError, match="64 hexadecimal"):
        call_command("verify_audit", expect="abc", stdout=StringIO())
    key = AccessEntry.objects.order_by("pk").values_list("pk", flat=True)[1]
    tamper(f"UPDATE branches_accessentry SET subject = 'x' WHERE id = {key}")  # noqa: S608 - a key of our own
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=out)
    assert f"altered: link 2, entry {key}" in out.getvalue()


def test_the_tasks_seal_and_verify() -> None:
    log(2)
    extend_audit_chain()
    verify_audit_chain()
    check = AuditChainCheck.objects.get()
    assert (check.links, check.findings) == (2, 0)


@pytest.mark.django_db(transaction=True)
def test_writers_and_sealers_side_by_side_make_one_chain() -> None:
    """Six writers and three sealers at once: no entry lost, no fork, and no writer waits for a sealer."""

    def write() -> None:
        log(20)
        connections.close_all()

    def chain_link() -> None:
        for _round in range(15):
            link_entries(now=NOW, limit=7)
        connections.close_all()

    threads = [Thread(target=write) for _ in range(6)] + [Thread(target=chain_link) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    link_all(now=NOW)
    chain = verify_chain()
    assert (chain.links, chain.waiting, chain.findings) == (120, 0, [])


class TestPages:
    @pytest.fixture
    def world(self, db: None) -> dict[str, Branch]:
        return make_world()

    @pytest.fixture
    def staff(self, world: dict[str, Branch]) -> Staff:
        return make_everybody()

    def entries(self, staff: Staff, **wanted: str) -> list[AccessEntry]:
        rows: list[AccessEntry] = (
            staff.client("auditor").get("/audit/", wanted, follow=True).context["page"].rows
        )
        return rows

    def test_pages_that_show_a_person_are_logged(self, staff: Staff) -> None:
        notice = sent_notice(name="李传")
        task = failed_sms(notice)
        city = staff.client("city_hr")
        for address in (
            f"/candidates/{notice.subject_ref}/",
            f"/follow-ups/{task.pk}/",
            f"/reviews/{notice.pk}/",
        ):
            assert city.get(address).status_code == 200
        ref = Application.objects.get(pk=notice.subject_ref).ref
        found = self.entries(staff, person=ref)
        assert [(entry.action, entry.subject.split(":")[0]) for entry in found] == [
            ("saw", "notice"),
            ("saw", "follow_up"),
            ("saw", "application"),
        ]
        assert {entry.user for entry in found} == {staff.users["city_hr"]}
        sent_by = CandidateRef.objects.get(person__applications=notice.subject_ref).ref
        assert len(self.entries(staff, person=sent_by)) == 3
        assert len(self.entries(staff, person=str(notice.subject_ref))) == 3
        assert self.entries(staff, person="APP-unknown") == []

    def test_a_person_is_found_by_name_phone_and_document_in_any_spelling(self, staff: Staff) -> None:
        number = resident_id(8)
        notice = sent_notice(name="Müller·Anna", phone="+8613800990077", id_number=number)
        staff.client("city_hr").get(f"/candidates/{notice.subject_ref}/")
        seen = AccessEntry.objects.get(action="saw")
        for words in ("ＭＵＬＬＥＲ", "anna muller", "138 0099 0077", number):
            assert self.entries(staff, person=words) == [seen], words
        for words in ("miller", "13800990078", resident_id(9)):
            assert self.entries(staff, person=words) == []

    def test_words_that_fit_too_many_persons_are_refused_with_a_remedy(
        self, staff: Staff, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("branches.queries.access_log", "recruitment.queries.references"):
            monkeypatch.setattr(f"{module}.MOST_APPLICATIONS", 1)
        for name in ("李传", "李芳"):
            passed_application(name=name)
        page = staff.client("auditor").get("/audit/", {"person": "李"}, follow=True)
        assert "Too many matches" in page.content.decode()
        assert page.context["page"].rows == []
        one = staff.client("auditor").get("/audit/", {"person": "李传"}, follow=True)
        assert "Too many matches" not in one.content.decode()

    def test_lists_of_persons_are_logged(self, staff: Staff) -> None:
        pages = [
            ("city_hr", "/candidates/", "candidates"),
            ("city_hr", "/follow-ups/", "follow_ups"),
            ("city_hr", "/deliveries/", "deliveries"),
            ("city_hr", "/reviews/", "reviews"),
            ("city_hr", "/reviews/returned/", "returned_notices"),
            ("city_hr", "/releases/", "releases"),
            ("city_hr", "/no-rule/", "no_rule"),
            ("department", "/confirmations/", "confirmations"),
            ("department", "/confirmations/?view=answered", "confirmations"),
            ("administration", "/onboarding/", "onboarding"),
        ]
        for who, address, _subject in pages:
            assert staff.client(who).get(address).status_code == 200
        entries = AccessEntry.objects.filter(action="listed").order_by("pk")
        assert [(entry.subject, entry.user, entry.rows) for entry in entries] == [
            (subject, staff.users[who], 0) for who, _address, subject in pages
        ]

    def test_my_work_is_logged_when_it_names_somebody(self, staff: Staff) -> None:
        client = staff.client("city_hr")
        client.get("/")
        assert not AccessEntry.objects.filter(subject="my_work").exists()
        failed_sms(sent_notice(name="李传"))
        client.get("/")
        assert AccessEntry.objects.get(subject="my_work").rows == 1

    def test_a_search_is_logged_without_its_words(self, staff: Staff) -> None:
        sent_notice(name="李传")
        staff.client("city_hr").get("/candidates/", {"q": "李传", "state": "notified"}, follow=True)
        entry = AccessEntry.objects.get(action="searched")
        assert entry.rows == 1
        assert entry.filter["state"] == "notified"
        assert "李" not in str(entry.filter)
        assert self.entries(staff, words="李传") == [entry]
        assert self.entries(staff, words="王") == []

    def test_searches_of_the_log_are_logged(self, staff: Staff) -> None:
        self.entries(staff)
        assert not AccessEntry.objects.filter(action="searched_log").exists()
        self.entries(staff, user="city_hr", person="C-1")
        entry = AccessEntry.objects.get(action="searched_log")
        assert entry.user == staff.users["auditor"]
        assert entry.filter["user"] == "city_hr"
        assert entry.filter["person"] != "C-1"

    def test_dates_purposes_and_bad_input(self, staff: Staff, world: dict[str, Branch]) -> None:
        for days, purpose in ((0, "call about it"), (3, "check the number")):
            log(action="reveal_phone", purpose=purpose, now=NOW + timedelta(days=days))
        assert len(self.entries(staff, action="reveal_phone")) == 2
        assert len(self.entries(staff, action="reveal_phone", since="2026-11-05")) == 1
        assert len(self.entries(staff, action="reveal_phone", until="2026-11-04")) == 1
        assert len(self.entries(staff, action="reveal_phone", since="2026-11-07", until="2026-11-07")) == 1
        assert len(self.entries(staff, action="reveal_phone", purpose="NUMBER")) == 1
        page = staff.client("auditor").get("/audit/", {"since": "2026-11-07", "until": "2026-11-01"})
        assert "must not be before the start date" in page.text
        assert page.context["page"].rows == []
        assert staff.client("auditor").get("/audit/", {"cursor": "x"}).status_code == 400

    def test_an_entry_shows_its_link(self, staff: Staff) -> None:
        log(action="reveal_phone", purpose="call about it")
        entry = AccessEntry.objects.get(action="reveal_phone")
        auditor = staff.client("auditor")
        assert "Pending; this takes a few seconds" in auditor.get(f"/audit/{entry.pk}/").text
        link_all(now=NOW)
        page = auditor.get(f"/audit/{entry.pk}/").text
        assert bytes(entry.chain_link.hash).hex() in page
        assert "call about it" in page
        assert auditor.get("/audit/999999999/").status_code == 404
        for who in staff.users.keys() - {"auditor"}:
            assert staff.client(who).get(f"/audit/{entry.pk}/").status_code == 403

    def test_the_page_tells_whether_the_log_holds(self, staff: Staff, business_clock: Iterator[None]) -> None:
        auditor = staff.client("auditor")
        assert "not been verified yet" in auditor.get("/audit/").text
        verify_audit_chain()
        assert "entries are intact" in auditor.get("/audit/").text
        key = AccessEntry.objects.order_by("pk").values_list("pk", flat=True)[0]
        tamper(f"UPDATE branches_accessentry SET purpose = 'x' WHERE id = {key}")  # noqa: S608 - a key of our own
        verify_audit_chain()
        assert "1 finding." in auditor.get("/audit/").text
        assert auditor.post("/audit/check/").status_code == 302
        assert staff.client("hq_hr").post("/audit/check/").status_code == 403
        assert clocks.now() >= AuditChainCheck.objects.latest("id").at
