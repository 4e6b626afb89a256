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

from branches.access import Access, Power, hash_of_words
from branches.hooks import applications_of_subject
from branches.models import AccessEntry
from branches.queries.tree import path_of

Row = TypeVar("Row", bound=Model)
# Under which names filters keep what was typed freely.
WORDS = ("q", "person", "purpose", "words")
# Words that fit more applications than this say too little about whom the auditor means.
MOST_APPLICATIONS = 1_000


class TooManyPersons(Exception):
    """What was typed for a person fits too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEntries:
    """What the log is narrowed to; what is empty narrows nothing."""

    person: str = ""
    user: str = ""
    verb: str = ""
    branch: str = ""
    since: date | None = None
    until: date | None = None
    purpose: str = ""
    words: str = ""


def verb_names() -> dict[str, str]:
    """The verbs of the log in the active language."""
    return {
        "saw": _("Saw the page of a person"),
        "listed": _("Saw a list of persons"),
        "searched": _("Searched a list of persons"),
        "reveal_phone": _("Saw a phone number"),
        "reveal_email": _("Saw an email address"),
        "reveal_id_number": _("Saw an ID number"),
        "reveal_app": _("Saw an app account"),
        "reveal_wechat": _("Saw a WeChat account"),
        "reveal_wecom": _("Saw a WeCom account"),
        "reveal_export": _("Took sealed values away in an export in full"),
        "correct_address": _("Gave another phone number or mailbox of a candidate"),
        "disclosure_alarm": _("Unusually many sealed values"),
        "disclosure_alarm_close": _("Looked into unusually many sealed values"),
        "reveal_refused": _("Was refused to see more: limit of the hour"),
        "admitted_elsewhere": _("Was told that a candidate is admitted elsewhere"),
        "ask_release": _("Asked another branch for a release"),
        "export_ask": _("Asked for an export"),
        "export_approve": _("Approved an export"),
        "export_refuse": _("Refused an export"),
        "export": _("Exported"),
        "export_download": _("Downloaded an export"),
        "export_alarm": _("Unusual volume of exports"),
        "export_alarm_close": _("Looked into an unusual volume"),
        "grant_role": _("Granted a role"),
        "end_role": _("Ended a role"),
        "delegate": _("Lent the own rights for an absence"),
        "sign_in": _("Signed in"),
        "sign_in_failed": _("Sign-in failed"),
        "sign_in_locked": _("Sign-in locked after too many tries"),
        "single_sign_on_refused": _("Single sign-on without an account here"),
        "single_sign_on_failed": _("Single sign-on failed"),
        "second_factor_failed": _("Wrong code of the second factor"),
        "second_factor_set": _("Set up the second factor"),
        "second_factor_removed": _("Removed the own second factor"),
        "second_factor_reset": _("Removed the second factor of an account"),
        "recovery_codes_made": _("Made new recovery codes"),
        "password_changed": _("Changed the password"),
        "session_ended": _("Ended own sessions"),
        "end_delegation": _("Took lent rights back"),
        "first_account": _("Made the first account"),
        "invite_staff": _("Invited a member of staff"),
        "staff_renamed": _("Gave a member of staff a new name"),
        "staff_link": _("Had a link for a new password sent"),
        "staff_address": _("Had the address for links of an account changed"),
        "password_set_by_link": _("Set a password by a link"),
        "approval_ask": _("Asked for approval"),
        "approval_approve": _("Approved a request"),
        "approval_refuse": _("Refused a request"),
        "approval_withdraw": _("Withdrew a request for approval"),
        "move_branch": _("Moved a branch"),
        "merge_branch": _("Merged a branch into another"),
        "close_branch": _("Closed a branch"),
        "correct_signal": _("Put facts of a signal right"),
        "propose_match": _("Proposed an identity decision"),
        "confirm_match": _("Confirmed an identity decision"),
        "refuse_match": _("Refused an identity decision"),
        "keep_difference": _("Kept a fact against what a machine sent"),
        "take_difference": _("Took over a fact that a machine sent"),
        "open_data_request": _("Took down a request about personal data"),
        "data_evidence": _("Was given all that is held of a person"),
        "correct_person": _("Put right what is held of a person"),
        "answer_data_request": _("Answered a request about personal data"),
        "anonymise": _("Made a person anonymous"),
        "rotate_keys": _("Sealed personal data with a new key"),
        "searched_log": _("Searched the access log"),
        "try_again": _("Had failed rows tried again"),
    }


def visible_entries(access: Access) -> QuerySet[AccessEntry]:
    """The entries of the auditor's branches, with who and where."""
    return access.limit(AccessEntry.objects.select_related("user", "branch"), Power.SEE_AUDIT)


def narrowed_entries(rows: QuerySet[AccessEntry], wanted: WantedEntries) -> QuerySet[AccessEntry]:
    """The entries that fit.

    Raises:
        TooManyPersons: ``person`` fits more than ``MOST_APPLICATIONS`` applications.
    """
    if wanted.person:
        rows = rows.filter(about__in=applications_of(wanted.person))
    if wanted.user:
        rows = rows.filter(user__username=wanted.user)
    if wanted.verb:
        rows = rows.filter(verb=wanted.verb)
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
        TooManyPersons: they are more than ``MOST_APPLICATIONS``.
    """
    found: set[UUID] = set().union(*applications_of_subject(words))
    if len(found) > MOST_APPLICATIONS:
        raise TooManyPersons
    return found
