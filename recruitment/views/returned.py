"""Returned notices: mended by those who compose, seen as they will be, then submitted again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, log_seen
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import Typed, acted, tab, takes, tell
from hrportal.kernel.refusals import Conflict, Refused
from notifications.models import Notice
from notifications.queries.history import reasons_in_words
from notifications.queries.reviews import chain_of, transitions_of
from notifications.queries.shown import shown_bodies
from recruitment.forms.returned import NoticeForm
from recruitment.operations.composing import edit_notice_of, resubmit_notice_of
from recruitment.operations.confirmations import require_possible_date
from recruitment.queries.returned import application_of, editable_notices, returned_notices


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """What came back, by deadline, with the reviewer's reason."""
    access = viewer(request, Permission.COMPOSE_NOTICE)
    rows = returned_notices(access)
    log_seen(access, "returned_notices", now=clocks.now(), rows=len(rows))
    views = [
        tab(reverse("reviews"), _("Waiting for review"), is_active=False),
        tab(reverse("returned_notices"), _("Returned"), is_active=True),
    ]
    return render(request, "reviews/returned.html", {"rows": rows, "views": views})


@takes("GET", "POST")
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change date, language or note; the page then shows the notice as it has become."""
    access, notice = _find(request, pk)
    if request.method != "POST":
        log_seen(
            access, f"notice:{notice.pk}", now=clocks.now(), branch=notice.branch, about=notice.subject_ref
        )
        initial = {
            "language": notice.language,
            "onboarding_on": notice.onboarding_on,
            "personal_note": notice.personal_note,
            "seen": notice.content_hash,
        }
        return _show(request, notice, NoticeForm(initial=initial))
    form = NoticeForm(request.POST)

    def edited(typed: Typed) -> HttpResponse:
        require_possible_date(typed["onboarding_on"], policy=notice.review_policy, now=clocks.now())
        edit_notice_of(
            application=application_of(notice),
            notice=notice,
            language=typed["language"],
            onboarding_on=typed["onboarding_on"],
            note=typed["personal_note"],
            seen=typed["seen"],
            now=clocks.now(),
            by=access.user,
        )
        messages.success(request, _("Saved. Check the candidate preview, then submit."))
        return redirect("returned_notice", pk=pk)

    return acted(
        request,
        form,
        edited,
        lambda: _show(request, notice, form),
        back_url=reverse("returned_notices"),
        leaves_on=Conflict,
    )


@takes("POST")
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the notice before the reviewers again."""
    access, notice = _find(request, pk)
    try:
        resubmit_notice_of(
            application=application_of(notice),
            notice=notice,
            seen=request.POST.get("seen", "")[:64],
            now=clocks.now(),
            by=access.user,
        )
    except Refused as refusal:
        tell(request, refusal)
        if not isinstance(refusal, Conflict):
            return redirect("returned_notice", pk=pk)
    else:
        messages.success(request, _("Submitted. Another person will review it."))
    return redirect("returned_notices")


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Notice]:
    access = viewer(request)
    rows = editable_notices(access).select_related(
        "recipient", "branch", "department", "position", "escalated_to", "review_policy"
    )
    return access, get_object_or_404(rows, pk=pk)


def _show(request: HttpRequest, notice: Notice, form: NoticeForm) -> HttpResponse:
    transitions = transitions_of(notice)
    returned = [move for move in transitions if move.action == "return"]
    context = {
        "notice": notice,
        "form": form,
        "bodies": shown_bodies(notice.bodies),
        "returned": returned[-1] if returned else None,
        "why": reasons_in_words(returned[-1].reason) if returned else "",
        "events": chain_of(notice, transitions),
    }
    return render(request, "reviews/edit.html", context, status=422 if form.errors else 200)
