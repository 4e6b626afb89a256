"""Reads of the access log."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.access import Access, Permission, hash_of_words
from branches.hooks import applications_of_subject
from branches.models import AccessEntry
from branches.queries.tree import path_of
from hrportal.kernel.refusals import Refused

Row = TypeVar("Row", bound=Model)
# Under which names filters keep what was typed freely.
WORDS = ("q", "person", "purpose", "words")
# Words that fit more applications than this say too little about whom the auditor means.
MOST_APPLICATIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEntries:
    """What the log is narrowed to; what is empty narrows nothing."""

    person: str = ""
    user: str = ""
    action: str = ""
    branch: str = ""
    since: date | None = None
    until: date | None = None
    purpose: str = ""
    words: str = ""


def action_names() -> dict[str, str]:
    """The verbs of the log in the active language."""
    return {
        "saw": _("Viewed a person's page"),
        "listed": _("Viewed a list of people"),
        "searched": _("Searched a list of people"),
        "reveal_phone": _("Viewed a phone number"),
        "reveal_email": _("Viewed an email address"),
        "reveal_id_number": _("Viewed an ID number"),
        "reveal_app": _("Viewed an app account"),
        "reveal_wechat": _("Viewed a WeChat account"),
        "reveal_wecom": _("Viewed a WeCom account"),
        "reveal_export": _("Downloaded an export with unmasked values"),
        "correct_address": _("Changed the phone number or email address of a candidate"),
        "disclosure_alarm": _("Unusual number of sensitive values viewed"),
        "disclosure_alarm_close": _("Reviewed an unusual number of sensitive values viewed"),
        "reveal_refused": _("Blocked from viewing more: hourly limit reached"),
        "admitted_elsewhere": _("Informed that a candidate was hired by another branch"),
        "ask_release": _("Requested a release from another branch"),
        "export_ask": _("Requested an export"),
        "export_approve": _("Approved an export"),
        "export_refuse": _("Rejected an export"),
        "export": _("Exported"),
        "export_download": _("Downloaded an export"),
        "export_alarm": _("Unusual volume of exports"),
        "export_alarm_close": _("Reviewed an unusual export volume"),
        "grant_role": _("Granted a role"),
        "end_role": _("Ended a role"),
        "delegate": _("Delegated their access"),
        "sign_in": _("Signed in"),
        "sign_in_failed": _("Sign-in failed"),
        "sign_in_locked": _("Sign-in locked after too many attempts"),
        "single_sign_on_refused": _("Single sign-on without a portal account"),
        "single_sign_on_failed": _("Single sign-on failed"),
        "second_factor_failed": _("Wrong second-factor code"),
        "second_factor_set": _("Set up the second factor"),
        "second_factor_removed": _("Removed their own second factor"),
        "second_factor_reset": _("Removed the second factor of an account"),
        "recovery_codes_made": _("Generated new recovery codes"),
        "password_changed": _("Changed the password"),
        "session_ended": _("Signed out of their other devices"),
        "end_delegation": _("Revoked a delegation"),
        "first_account": _("Created the first account"),
        "invite_staff": _("Invited an employee"),
        "staff_renamed": _("Changed the name of an employee"),
        "staff_link": _("Requested a password link"),
        "staff_address": _("Requested a change of the address for password links"),
        "password_set_by_link": _("Set a password through a link"),
        "approval_ask": _("Submitted for approval"),
        "approval_approve": _("Approved a request"),
        "approval_refuse": _("Rejected a request"),
        "approval_withdraw": _("Withdrew an approval request"),
        "move_branch": _("Moved a branch"),
        "merge_branch": _("Merged a branch"),
        "close_branch": _("Closed a branch"),
        "correct_signal": _("Corrected an interview result"),
        "propose_match": _("Proposed an identity decision"),
        "confirm_match": _("Confirmed an identity decision"),
        "refuse_match": _("Rejected an identity decision"),
        "keep_difference": _("Kept the current value over a value from the interview system"),
        "take_difference": _("Accepted a value from the interview system"),
        "open_data_request": _("Logged a data request"),
        "data_evidence": _("Obtained the full record of a person"),
        "correct_person": _("Corrected the data of a person"),
        "answer_data_request": _("Answered a data request"),
        "anonymise": _("Anonymised a person"),
        "rotate_keys": _("Re-encrypted personal data with a new key"),
        "searched_log": _("Searched the access log"),
        "try_again": _("Retried failed rows"),
    }


def visible_entries(access: Access) -> QuerySet[AccessEntry]:
    """The entries of the auditor's branches, with who and where."""
    return access.limit(AccessEntry.objects.select_related("user", "branch"), Permission.SEE_AUDIT)


def narrowed_entries(rows: QuerySet[AccessEntry], wanted: WantedEntries) -> QuerySet[AccessEntry]:
    """The entries that fit.

    Raises:
        Refused: ``person`` fits more than ``MOST_APPLICATIONS`` applications.
    """
    if wanted.person:
        rows = rows.filter(about__in=applications_of(wanted.person))
    if wanted.user:
        rows = rows.filter(user__username=wanted.user)
    if wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.branch:
        rows = rows.filter(branch__path__startswith=path_of(wanted.branch))
    if wanted.purpose:
        rows = rows.filter(purpose__icontains=wanted.purpose)
    if wanted.words:
        hashed = hash_of_words(wanted.words)
        rows = rows.filter(reduce(or_, (Q(**{f"filter__{name}": hashed}) for name in WORDS)))
    return within(rows, "at", wanted.since, wanted.until)


def within(rows: QuerySet[Row], column: str, since: date | None, until: date | None) -> QuerySet[Row]:
    """Rows of these days, both included, in the time of the bank."""
    if since:
        rows = rows.filter(**{f"{column}__gte": midnight(since)})
    if until:
        rows = rows.filter(**{f"{column}__lt": midnight(until + timedelta(days=1))})
    return rows


def midnight(day: date) -> datetime:
    """The first moment of a day in the time of the bank."""
    return timezone.make_aware(datetime.combine(day, time.min))


def applications_of(words: str) -> set[UUID]:
    """The applications of the persons whom the words fit, asked of whoever knows persons.

    Raises:
        Refused: they are more than ``MOST_APPLICATIONS``.
    """
    found: set[UUID] = set().union(*applications_of_subject(words))
    if len(found) > MOST_APPLICATIONS:
        raise Refused(_("Too many matches. Enter the full name, a reference or a number."), field="person")
    return found
