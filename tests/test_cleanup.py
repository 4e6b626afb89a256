"""Every table has an answer to how long its rows are kept, and the rules do what they say."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.exceptions import FieldError
from django.db import connection
from pghistory.models import Event

from hrportal import cleanup
from hrportal.kernel import clocks
from hrportal.kernel.history import Transition
from hrportal.kernel.scopes import scoped
from hrportal.tasks import remove_old_rows
from notifications.enums import NoticeEventKind
from notifications.models import Address, NoticeEvent, Receipt, SendRateLimit
from recruitment.models import IdentityAttempts
from tests.factories import NOW, make_world
from tests.recruitment.steps import approved_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
# Few at any time, whatever the years: as many as there are branches, positions, staff, rules, seasons or tasks,
# or taken out again by the work itself.
BOUNDED = frozenset(
    {
        *(
            "hrportal.AlertPreference",
            "hrportal.ProviderOutage",
            "hrportal.TaskRun",
            "kernel.FailedRow",
            "branches.AuditChainPending",
            "branches.ExportFile",
        ),
        *("branches.Branch", "branches.Position", "branches.Department", "branches.ImportHeading"),
        "branches.CalendarYear",
        "recruitment.Season",
        *(
            "branches.User",
            "branches.User_groups",
            "branches.User_user_permissions",
            "branches.FormerPassword",
        ),
        *("guardian.UserObjectPermission", "guardian.GroupObjectPermission", "contenttypes.ContentType"),
        *("auth.Permission", "auth.Group", "auth.Group_permissions", "mfa.Authenticator"),
        *("account.EmailAddress", "account.EmailConfirmation"),
        *("socialaccount.SocialApp", "socialaccount.SocialAccount", "socialaccount.SocialToken"),
        *("notifications.ChannelPlan", "notifications.ChannelPlanStep", "notifications.ReviewPolicy"),
        *("notifications.MessageTemplate", "notifications.TemplateVersion", "notifications.TemplateBody"),
        *("recruitment.NoticeRule", "recruitment.NoticeRule_positions", "recruitment.ChecklistItem"),
        *("recruitment.RetentionRule", "recruitment.TrainedReplyModel", "recruitment.AcceptanceTraining"),
        *(
            "performance.Target",
            "performance.TargetVersion",
            "performance.Analysis",
            "performance.Recommendation",
        ),
    }
)
# Gone with the row that each belongs to, for which there is a rule.
WITH_ANOTHER = frozenset({"hrportal.Alert", "hrportal.DigestMessage"})
# What the bank has done and promised, and whom it concerned: kept, and made anonymous by the retention rules.
FOR_GOOD = frozenset(
    {
        *(
            "branches.AccessEntry",
            "branches.AuditChainLink",
            "branches.AuditChainCheck",
            "branches.Export",
            "branches.ApprovalRequest",
            "branches.StaffMessage",
        ),
        *("branches.RoleGrant", "branches.Delegation", "admin.LogEntry", "pghistory.Context"),
        *("branches.DisclosureAlarm", "notifications.AddressChangeMessage", "recruitment.ReplyAnswer"),
        *("notifications.NoticeUpdate", "recruitment.FirstDayProposal"),
        *(
            "notifications.Recipient",
            "notifications.Address",
            "notifications.Notice",
            "notifications.Notice_versions",
        ),
        *(
            "notifications.Approval",
            "notifications.NoticeReadReceipt",
            "notifications.Delivery",
            "notifications.FollowUp",
        ),
        *(
            "recruitment.Person",
            "recruitment.PersonDocument",
            "recruitment.FactDifference",
            "recruitment.CandidateRef",
        ),
        *(
            "recruitment.Application",
            "recruitment.InterviewResult",
            "recruitment.Claim",
            "recruitment.Confirmation",
        ),
        *("recruitment.InterviewSignal", "recruitment.MatchReview", "recruitment.OnboardingTask"),
        *(
            "recruitment.ReleaseRequest",
            "recruitment.Reply",
            "recruitment.ReplyCorrection",
            "recruitment.DataRequest",
        ),
        *(
            "performance.HistoricInterview",
            "performance.Hire",
            "performance.CaseNote",
            "performance.RecordUpload",
        ),
        *("performance.PerformanceRecord", "performance.RecordCorrection", "performance.RecordDifference"),
    }
)


def test_every_table_has_an_answer() -> None:
    """Histories are kept for good; every other table stands in one of the lists."""
    tables = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and not issubclass(model, Transition | Event)
    }
    ruled = [rule.model for rule in cleanup.RULES]
    assert tables == {*ruled, *BOUNDED, *WITH_ANOTHER, *FOR_GOOD}
    assert len(tables) == len(ruled) + len(BOUNDED) + len(WITH_ANOTHER) + len(FOR_GOOD)


def test_what_is_past_its_time_goes_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "BATCH", 2)
    wall = clocks.wall_clock()
    for number in range(5):
        Session.objects.create(
            session_key=f"old{number}", session_data="", expire_date=wall - timedelta(days=1)
        )
        IdentityAttempts.objects.create(key=bytes([number]), since=wall - timedelta(days=401))
    Session.objects.create(session_key="new", session_data="", expire_date=wall + timedelta(hours=1))
    IdentityAttempts.objects.create(key=b"new", since=wall)
    with scoped(None):
        remove_old_rows()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert IdentityAttempts.objects.count() == 1


def test_what_still_waits_is_not_removed_however_old() -> None:
    make_world()
    notice = approved_notice()
    long_ago = NOW - timedelta(days=500)
    old: dict[str, Any] = {
        "provider": "twilio",
        "provider_id": "SM1",
        "evidence": "delivered",
        "due_at": long_ago,
    }
    Receipt.objects.create(**old, dedupe_key="waits", received_at=long_ago)
    Receipt.objects.create(**old, dedupe_key="settled", received_at=long_ago, outcome="orphan")
    SendRateLimit.objects.create(
        address=Address.objects.all()[0], channel="sms", day=long_ago.date(), sent=1, cap=5
    )
    NoticeEvent.objects.all()._raw_delete("default")
    NoticeEvent.objects.create(notice=notice, kind=NoticeEventKind.SENT, at=long_ago)
    NoticeEvent.objects.create(notice=notice, kind=NoticeEventKind.STOPPED, at=long_ago, consumed_at=long_ago)
    with scoped(None):
        remove_old_rows()
    assert list(Receipt.objects.values_list("dedupe_key", flat=True)) == ["waits"]
    assert list(NoticeEvent.objects.values_list("kind", flat=True)) == [NoticeEventKind.SENT]
    assert not SendRateLimit.objects.exists()


def test_a_rule_that_fails_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    IdentityAttempts.objects.create(key=b"old", since=clocks.wall_clock() - timedelta(days=401))
    broken = cleanup.Rule("sessions.Session", "no_such_column", 0)
    monkeypatch.setattr(cleanup, "RULES", (broken, *cleanup.RULES))
    with scoped(None), pytest.raises(FieldError):
        remove_old_rows()
    assert not IdentityAttempts.objects.exists()


@pytest.mark.parametrize(
    ("rule", "index"),
    [
        ("notifications.Receipt", "receipt_to_remove"),
        ("notifications.NoticeEvent", "notice_event_to_remove"),
        ("notifications.SendRateLimit", "send_allowance_to_remove"),
        ("performance.RecordMessage", "record_message_to_remove"),
        ("hrportal.Occasion", "occasion_to_remove"),
        ("hrportal.Digest", "digest_to_remove"),
    ],
)
def test_a_table_that_grows_every_day_is_not_read_whole(rule: str, index: str) -> None:
    """The planner takes the index where it may; a column without one leaves it nothing but the table."""
    [found] = [one for one in cleanup.RULES if one.model == rule]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in cleanup.past_its_time(found, now=NOW).order_by(found.column)[:5].explain()
