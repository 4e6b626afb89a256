"""Release requests: ask on the candidate's page, answer on the list; head office may override."""

from collections.abc import Callable
from typing import Unpack
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, log_seen
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import Words, chosen, form_page, sent, tabs, takes, tell
from hrportal.kernel.refusals import Conflict
from recruitment.enums import ApplicationState, ReleaseState
from recruitment.forms.candidates import ReasonForm
from recruitment.models import Application
from recruitment.operations.releases import (
    ask_release,
    grant_release,
    override_claim,
    refuse_release,
)
from recruitment.queries.candidates import visible_applications
from recruitment.queries.releases import ReleaseView, listed_releases, visible_releases


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Requests to answer by deadline, answered ones, or what the viewer's branches asked."""
    access = viewer(request, Permission.REVIEW_NOTICE)
    view = chosen(request, ReleaseView)
    rows = listed_releases(access, view=view)
    log_seen(access, "releases", now=clocks.now(), rows=len(rows))
    context = {
        "rows": rows,
        "view": view,
        "views": tabs(reverse("releases"), ReleaseView.choices, view),
    }
    return render(request, "releases/index.html", context)


@takes("GET", "POST")
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask the other branch to let the candidate go."""
    access, application = _held(request, pk)
    return form_page(
        request,
        ReasonForm(sent(request)),
        lambda typed: ask_release(
            application_id=application.pk, reason=typed["reason"], now=clocks.now(), by=access.user
        ),
        back_url=reverse("candidate", args=[application.pk]),
        title=_("Request release"),
        intro=_("The branch that reserved %(name)s will see your branch, your name and this reason.")
        % {"name": application.person.name},
        submit_label=_("Send the request"),
        done=_("Request sent. The answer will appear here and under “Release requests”."),
    )


@takes("GET", "POST")
def override(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Head office gives the candidate to this application."""
    access, application = _held(request, pk)
    if not access.everywhere(Permission.REVIEW_NOTICE):
        raise Http404
    return form_page(
        request,
        ReasonForm(sent(request)),
        lambda typed: override_claim(
            application_id=application.pk, reason=typed["reason"], now=clocks.now(), by=access.user
        ),
        back_url=reverse("candidate", args=[application.pk]),
        title=_("Assign the candidate to this branch"),
        intro=_(
            "The other branch's notice will be stopped, or revoked if already sent. The reason is kept in both histories."
        ),
        submit_label=_("Decide"),
        submit_class="btn-danger",
        done=_("Decided. This application continues."),
    )


@takes("GET", "POST")
def grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let the candidate go."""
    return _answer(
        request,
        pk,
        grant_release,
        title=_("Release candidate"),
        intro=_(
            "Your notice will be stopped, or revoked if already sent, and the other branch continues. This cannot be undone."
        ),
        submit_label=_("Release"),
        submit_class="btn-danger",
        done=_("The candidate is now with the other branch."),
    )


@takes("GET", "POST")
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep the candidate."""
    return _answer(
        request,
        pk,
        refuse_release,
        title=_("Decline release"),
        intro=_("The requesting branch can read this reason."),
        submit_label=_("Decline the release"),
        done=_("Declined. The other branch can read the reason."),
    )


def _answer(
    request: HttpRequest, pk: UUID, action: Callable[..., object], *, done: str, **words: Unpack[Words]
) -> HttpResponse:
    access = viewer(request)
    asked = get_object_or_404(visible_releases(access), pk=pk)
    if asked.state != ReleaseState.OPEN:
        tell(request, Conflict())
        return redirect("releases")
    return form_page(
        request,
        ReasonForm(sent(request)),
        lambda typed: action(request_id=asked.pk, answer=typed["reason"], now=clocks.now(), by=access.user),
        back_url=reverse("releases"),
        done=done,
        **words,
    )


def _held(request: HttpRequest, pk: UUID) -> tuple[Access, Application]:
    """A held application at a branch where the viewer reviews; whatever else does not exist here."""
    access = viewer(request)
    application = get_object_or_404(
        visible_applications(access).select_related("person"), pk=pk, state=ApplicationState.HELD
    )
    access.require_at(Permission.REVIEW_NOTICE, branch_id=application.branch_id)
    return access, application
