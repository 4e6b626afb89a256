"""Whose hand is in a notice: who wrote it, its texts, or chose what it is made by."""

from collections.abc import Iterable
from datetime import datetime

from branches.access import Permission
from branches.models import User
from branches.queries import head_office
from branches.queries.second_person import Act, has_second_person, is_second_person
from notifications.hooks import choosers_of_notice
from notifications.models import Notice, NoticeTransition, TemplateVersion

EDITING_ACTIONS = ("compose", "edit", "resubmit")


def may_review(notice: Notice, user: User, *, now: datetime) -> bool:
    """Whether the user is a second person to everybody whose hand is in the notice."""
    return is_second_person(
        user, acts=authors_of(notice), permission=Permission.REVIEW_NOTICE, branch=notice.branch, now=now
    )


def authors_of(notice: Notice) -> list[Act]:
    """Everybody whose hand is in the content, and when: editors, authors of its texts, who chose its rule."""
    transitions = NoticeTransition.objects.filter(
        subject=notice, action__in=EDITING_ACTIONS, by__isnull=False
    )
    versions = TemplateVersion.objects.filter(pk__in=notice.versions.values("pk"))
    found: list[Act] = [*transitions.values_list("by", "at"), *_authors_of_texts(versions)]
    return found + [act for acts in choosers_of_notice(notice.subject_ref) for act in acts]


def may_publish(version: TemplateVersion, user: User, *, now: datetime) -> bool:
    """Whether the user may put a draft into use: somebody else handed it over, or the bank has nobody else."""
    who, at = version.submitted_by_id, version.submitted_at
    if who is not None and at is not None:
        return is_second_person(
            user, acts=[(who, at)], permission=Permission.WRITE_TEMPLATES, branch=None, now=now
        )
    acts, permission = [(user.pk, now)], Permission.WRITE_TEMPLATES
    return not has_second_person(acts=acts, but=user, permission=permission, branch=head_office(), now=now)


def _authors_of_texts(versions: Iterable[TemplateVersion]) -> list[Act]:
    """Who handed a published text over; who published it alone, where nobody had."""
    found: list[Act] = []
    for version in versions:
        if version.submitted_by_id is not None and version.submitted_at is not None:
            found.append((version.submitted_by_id, version.submitted_at))
        elif version.published_by_id is not None and version.published_at is not None:
            found.append((version.published_by_id, version.published_at))
    return found
