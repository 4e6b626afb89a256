"""A bulk day, told through the simulator's WeCom and mail: one digest each, nothing at night, nothing twice."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from branches.models import Delegation, User
from branches.roles import Role
from hrportal.alerts.digests import OUTBOX, gather_digests
from hrportal.alerts.enums import AlertChannels, AlertTiming
from hrportal.alerts.outages import watch_providers
from hrportal.alerts.preferences import save_preference
from hrportal.alerts.spreading import settle_occasions, spread_occasions
from hrportal.kernel import history
from hrportal.kernel.outbox import OutboxState
from hrportal.kernel.rls import as_owner
from hrportal.models import MOST_DIGESTS_A_DAY, Alert, Digest, DigestMessage, Occasion, ProviderOutage
from notifications.enums import DeliveryState
from notifications.models import Delivery, Notice
from notifications.operations.escalation import escalate_follow_ups, escalate_reviews
from notifications.operations.review import return_notice
from recruitment.models import Application, Confirmation
from recruitment.operations.confirmations import confirm_need, decline_need
from recruitment.operations.deadlines import escalate_confirmations
from recruitment.operations.replies import accept_offer, ask
from tests.factories import NOW, make_staff, signal_payload
from tests.lab import LabClient
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in
from tests.staff import sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "fresh_providers", "business_clock")]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def clerk(role: Role, branch: str, *, department: str = "", **contacts: str) -> User:
    """A colleague with a mailbox, or with the contacts given."""
    user = make_staff(role, branch, department=department)
    user.email = contacts.get("email", f"{user.username}@bank.example")
    user.wecom_id = contacts.get("wecom_id", "")
    user.language = "en"
    user.save()
    return user


def choose(user: User, **changes: object) -> None:
    """What the user chose, the rest as it comes."""
    values = {
        "channels": AlertChannels.EMAIL,
        "timing": AlertTiming.AT_ONCE,
        "hours": [9, 14],
        "free_weekdays": [],
        "away_from": None,
        "away_until": None,
    }
    save_preference(user=user, now=NOW, **(values | changes))  # type: ignore[arg-type]  # by the test


def tell(now: datetime) -> None:
    """One round of the worker."""
    while spread_occasions(now=now):
        pass
    while settle_occasions(now=now):
        pass
    while gather_digests(now=now):
        pass
    while OUTBOX.send_due(now=now):
        pass


def told(lab: LabClient) -> Counter[str]:
    """How many messages each address got."""
    return Counter(entry["recipient"] for entry in lab.ledger())


def ask_about(number: int) -> None:
    """So many candidates of one department to confirm, decided in one batch."""
    first = passed_application()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO recruitment_application SELECT (jsonb_populate_record(one, jsonb_build_object("
            "'id', gen_random_uuid(), 'ref', 'many-' || n, 'result_id', NULL))).* "
            "FROM recruitment_application one, generate_series(2, %s) n WHERE id = %s",
            [number, first.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    others = list(Application.objects.filter(ref__startswith="many-"))
    asked = Confirmation.objects.get(application=first)
    Confirmation.objects.bulk_create(
        Confirmation(application=row, proposed_on=asked.proposed_on, opened_at=NOW, due_at=asked.due_at)
        for row in others
    )
    history.record_all(others, action="decide", was="to_decide", to="confirming", now=NOW)


@pytest.fixture
def department() -> User:
    """The colleague who confirms tellers at 440200."""
    return clerk(Role.DEPARTMENT, "440200", department="OPERATIONS")


def test_four_hundred_candidates_of_one_morning_are_one_digest_each(
    lab: LabClient,
    department: User,
) -> None:
    second = clerk(Role.DEPARTMENT, "440200", department="OPERATIONS", wecom_id="wang.fang")
    choose(second, channels=AlertChannels.BOTH, timing=AlertTiming.DIGEST)
    ask_about(400)
    assert Occasion.objects.filter(work="confirmation").count() == 400
    for minute in range(0, 24 * 60, 30):
        tell(NOW + minute * MINUTE)
    assert Alert.objects.count() == 800
    assert told(lab) == {department.email: 1, second.email: 1, "wang.fang": 1}
    for entry in lab.ledger():
        assert "400" in entry["body"]
        assert "测试" not in entry["body"]
        assert entry["link"].endswith(reverse("confirmations"))
    [at_once] = DigestMessage.objects.filter(digest__user=department)
    assert at_once.claimed_at == NOW + 30 * MINUTE
    chosen = {row.claimed_at for row in DigestMessage.objects.filter(digest__user=second)}
    assert chosen == {NOW + 4 * HOUR}


def test_what_comes_at_night_or_on_a_free_day_waits_for_work(
    lab: LabClient,
    department: User,
) -> None:
    friday_night = NOW + 2 * DAY + 13 * HOUR
    take_in(signal_payload(), now=friday_night)
    for hours in range(57):
        tell(friday_night + hours * HOUR)
        assert told(lab) == {}
    tell(friday_night + 57 * HOUR)
    assert told(lab) == {department.email: 1}


def test_the_inbox_has_it_before_the_digest_and_one_item_leads_to_its_row(
    lab: LabClient,
    department: User,
) -> None:
    passed_application()
    spread_occasions(now=NOW)
    alert = Alert.objects.get(user=department)
    tell(NOW + 5 * MINUTE)
    [entry] = lab.ledger()
    assert entry["link"].endswith(reverse("alert", args=[alert.pk]))
    assert "New · Candidates to confirm: 1" in entry["body"]
    assert "due by" in entry["body"]


def test_what_is_done_before_the_digest_leaves_is_not_told(
    lab: LabClient,
    department: User,
) -> None:
    choose(department, timing=AlertTiming.DIGEST, hours=[14])
    applications = take_in(signal_payload(), signal_payload())
    tell(NOW)
    done = Confirmation.objects.get(application=applications[0])
    decline_need(confirmation_id=done.pk, reason="enough", now=NOW + HOUR, by=department)
    tell(NOW + 4 * HOUR)
    [entry] = lab.ledger()
    assert "confirm: 1" in entry["body"]
    assert Alert.objects.get(occasion__reference=str(applications[0].pk)).read_at is not None


def test_a_worker_killed_between_call_and_record_tells_nobody_twice(
    lab: LabClient,
    department: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed_application()
    tell(NOW)
    with monkeypatch.context() as patched:
        patched.setattr(OUTBOX, "record", lambda **_answer: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tell(NOW + 5 * MINUTE)
    assert told(lab) == {department.email: 1}
    for minutes in range(6, 200, 5):
        tell(NOW + minutes * MINUTE)
    assert told(lab) == {department.email: 1}
    assert DigestMessage.objects.get().state == OutboxState.UNKNOWN


def test_a_worker_killed_between_gathering_and_sending_loses_nothing(
    lab: LabClient,
    department: User,
) -> None:
    passed_application()
    spread_occasions(now=NOW)
    gather_digests(now=NOW + 5 * MINUTE)
    passed_application()
    spread_occasions(now=NOW + 5 * MINUTE)
    for minutes in (7, 8, 9):
        tell(NOW + minutes * MINUTE)
    [entry] = lab.ledger()
    assert entry["recipient"] == department.email
    assert "confirm: 1" in entry["body"] or "confirm: 2" in entry["body"]
    tell(NOW + 2 * HOUR)
    assert Alert.objects.filter(digest__isnull=True).count() == 0


def test_a_provider_in_trouble_is_asked_again_and_tells_once(
    lab: LabClient,
    department: User,
) -> None:
    lab.behave(department.email, "error_before", times=2)
    passed_application()
    for minutes in range(0, 60, 2):
        tell(NOW + minutes * MINUTE)
    assert told(lab) == {department.email: 1}
    assert DigestMessage.objects.get().attempts > 1


def test_what_a_provider_did_not_take_in_the_evening_waits_for_the_morning(
    lab: LabClient,
    department: User,
) -> None:
    lab.behave(department.email, "error_before", times=2)
    evening = NOW + 11 * HOUR + 55 * MINUTE
    take_in(signal_payload(), now=evening)
    for minutes in (0, 3, 4, 5, 6, 10, 60, 300, 599):
        tell(evening + minutes * MINUTE)
    assert told(lab) == {}
    assert DigestMessage.objects.get().attempts == 2
    tell(NOW + 22 * HOUR)
    assert told(lab) == {department.email: 1}


def test_an_address_that_takes_nothing_gives_way_to_the_other_one(
    lab: LabClient,
) -> None:
    user = clerk(Role.DEPARTMENT, "440200", department="OPERATIONS", wecom_id="wang.fang")
    lab.behave("wang.fang", "refuse")
    choose(user, channels=AlertChannels.WECOM)
    passed_application()
    for minutes in (0, 5, 6):
        tell(NOW + minutes * MINUTE)
    assert told(lab) == {user.email: 1}


def test_as_it_happens_is_not_more_often_than_every_half_hour_and_has_a_cap(
    lab: LabClient,
    department: User,
) -> None:
    for minute in range(0, 120, 4):
        passed_application()
        tell(NOW + minute * MINUTE)
    tell(NOW + 3 * HOUR)
    assert 4 <= told(lab)[department.email] <= 5
    with pytest.raises(IntegrityError), transaction.atomic():
        Digest.objects.create(
            user=department, day=NOW.date(), number=MOST_DIGESTS_A_DAY + 1, made_at=NOW, closed_at=NOW
        )


def test_one_occasion_is_told_to_one_person_once(department: User) -> None:
    passed_application()
    spread_occasions(now=NOW)
    alert = Alert.objects.get(user=department)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(user=department, occasion=alert.occasion, made_at=NOW, due_at=NOW)
    Occasion.objects.update(spread_at=None, check_at=NOW)
    spread_occasions(now=NOW)
    assert Alert.objects.filter(user=department).count() == 1


def who() -> set[tuple[str, str, str]]:
    """Work, event and user of every alert."""
    while spread_occasions(now=NOW + 30 * DAY):
        pass
    rows = Alert.objects.values_list("occasion__work", "occasion__event", "user__username")
    return set(rows)


def test_the_nearest_who_may_act_are_told_and_their_stand_ins(department: User) -> None:
    head = clerk(Role.DEPARTMENT, "000000", department="OPERATIONS")
    other = clerk(Role.DEPARTMENT, "440300", department="OPERATIONS")
    stand_in = clerk(Role.AUDITOR, "000000")
    Delegation.objects.create(
        delegator=department, delegate=stand_in, valid_from=NOW - DAY, valid_until=NOW + DAY, reason="leave"
    )
    passed_application()
    spread_occasions(now=NOW)
    people = set(Alert.objects.values_list("user", flat=True))
    assert people == {department.pk, stand_in.pk}
    assert people.isdisjoint({head.pk, other.pk})


def test_due_soon_overdue_and_escalated_each_once_a_level(department: User) -> None:
    above = clerk(Role.DEPARTMENT, "440000", department="OPERATIONS")
    # May answer in the department's place from then on.
    province = clerk(Role.PROVINCE_HR, "440000")
    clerk(Role.CITY_HR, "440200")
    application = passed_application()
    row = Confirmation.objects.get(application=application)
    assert row.remind_at is not None
    assert row.escalate_at is not None
    for moment in (row.remind_at, row.remind_at, row.escalate_at, row.escalate_at):
        escalate_confirmations(now=moment)
    spread_occasions(now=row.escalate_at)
    rows = Alert.objects.values_list("occasion__event", "user__username")
    assert sorted(rows) == sorted(
        [
            ("new", department.username),
            ("due_soon", department.username),
            ("overdue", department.username),
            ("escalated", above.username),
            ("escalated", province.username),
        ]
    )


def test_every_occasion_reaches_whom_it_concerns() -> None:
    hr, admin = clerk(Role.CITY_HR, "440200"), clerk(Role.ADMINISTRATION, "440200")
    province = clerk(Role.PROVINCE_HR, "440000")
    notice = confirm(passed_application())
    found = who()
    return_notice(notice_id=notice.pk, reason="the date", now=NOW, by=province)
    sent = sent_notice()
    ask(notice_id=sent.pk, text="Where?", now=NOW)
    found |= who()
    accept_offer(notice_id=sent.pk, now=NOW + HOUR)
    found |= who()
    assert {
        ("review", "new", hr.username),
        ("returned", "new", hr.username),
        ("question", "new", hr.username),
        ("answer", "new", hr.username),
        ("first_day", "new", admin.username),
        ("onboarding", "new", admin.username),
    } <= found
    assert not {row for row in found if row[2] == province.username}


def test_a_review_that_only_its_author_could_do_is_told_above() -> None:
    author, province = clerk(Role.CITY_HR, "440200"), clerk(Role.PROVINCE_HR, "440000")
    application = passed_application()
    row = Confirmation.objects.get(application=application)
    confirm_need(confirmation_id=row.pk, onboarding_on=row.proposed_on, now=NOW, by=author)
    assert ("review", "new", province.username) in who()
    assert ("review", "new", author.username) not in who()


def test_reviews_and_follow_ups_that_are_late_are_told_on_both_levels() -> None:
    hr, province = clerk(Role.CITY_HR, "440200"), clerk(Role.PROVINCE_HR, "440000")
    notice = confirm(passed_application())
    sent = sent_notice()
    ask(notice_id=sent.pk, text="Where?", now=NOW)
    escalate_reviews(now=Notice.objects.get(pk=notice.pk).due_at)
    # A Friday: outside working time nothing is passed up.
    escalate_follow_ups(now=NOW + 9 * DAY)
    assert {
        ("review", "overdue", hr.username),
        ("review", "escalated", province.username),
        ("question", "overdue", hr.username),
        ("question", "escalated", province.username),
    } <= who()


def test_administration_learns_of_it_at_sending_only_where_the_rule_says_so() -> None:
    admin = clerk(Role.ADMINISTRATION, "440200")
    sent = sent_notice()
    sent.review_policy.inform_administration_at_sending = False
    sent.review_policy.save()
    assert ("first_day", "new", admin.username) not in who()
    accept_offer(notice_id=sent.pk, now=NOW)
    assert ("onboarding", "new", admin.username) in who()


def test_a_provider_out_of_order_is_told_once_also_on_a_free_day(
    lab: LabClient,
) -> None:
    operator = clerk(Role.IT_OPS, "000000")
    choose(operator, timing=AlertTiming.DIGEST, hours=[9])
    saturday = NOW + 3 * DAY
    notices = [approved_notice() for _number in range(3)]
    Delivery.objects.filter(notice__in=notices, channel="email").update(
        provider="smtp", claimed_at=saturday, retries=2, due_at=saturday + HOUR
    )
    watch_providers(now=saturday + MINUTE)
    watch_providers(now=saturday + 2 * MINUTE)
    tell(saturday + 2 * MINUTE)
    assert told(lab) == {operator.email: 1}
    assert "Providers not accepting messages" in lab.ledger()[0]["body"]
    row = Delivery.objects.filter(notice__in=notices, channel="email").first()
    assert row is not None
    Delivery.objects.filter(pk=row.pk).update(
        state=DeliveryState.ACCEPTED, accepted_at=saturday + 3 * MINUTE, provider_id="p"
    )
    watch_providers(now=saturday + 3 * MINUTE)
    assert ProviderOutage.objects.get().ended_at == saturday + 3 * MINUTE


def test_whoever_may_no_longer_see_it_is_not_told(
    lab: LabClient,
    department: User,
) -> None:
    passed_application()
    spread_occasions(now=NOW)
    department.role_grants.update(valid_until=NOW + MINUTE)
    tell(NOW + 5 * MINUTE)
    assert told(lab) == {}
