"""Release requests: ask on the candidate's page, answer on the list; head office may override."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from branches.access import Access, Permission, access_of, log_seen
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes
from recruitment.enums import ApplicationState, ReleaseState
from recruitment.forms.candidates import ReasonForm
from recruitment.models import Application
from recruitment.operations.releases import (
    AlreadyAsked,
    OfferAccepted,
    ask_release,
    grant_release,
    override_claim,
    refuse_release,
)
from recruitment.operations.transitions import StateConflict
from recruitment.queries.candidates import visible_applications
from recruitment.queries.releases import ReleaseView, listed_releases, visible_releases

REFUSALS = (StateConflict, OfferAccepted, AlreadyAsked)


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Requests to answer by deadline, answered ones, or what the viewer's branches asked."""
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.REVIEW_NOTICE)
    chosen = request.GET.get("view", "")
    view = ReleaseView(chosen) if chosen in ReleaseView.values else ReleaseView.OPEN
    rows = listed_releases(access, view=view)
    log_seen(access, "releases", now=clocks.now(), rows=len(rows))
    context = {
        "rows": rows,
        "view": view,
        "views": [
            {
                "url": reverse("releases") + (f"?view={word}" if word != ReleaseView.OPEN else ""),
                "label": word.label,
                "is_active": word == view,
            }
            for word in ReleaseView
        ],
    }
    return render(request, "releases/index.html", context)


@takes("GET", "POST")
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask the other branch to let the candidate go."""
    access, application = _held(request, pk)
    return _with_reason(
        request,
        back_url=reverse("candidate", args=[application.pk]),
        title=_("Request release"),
        intro=_("The branch that reserved %(name)s will see your branch, your name and this reason.")
        % {"name": application.person.name},
        submit=_("Send the request"),
        done=_("Request sent. The answer will appear here and under “Release requests”."),
        act=lambda reason: ask_release(
            application_id=application.pk, reason=reason, now=clocks.now(), by=access.user
        ),
    )


@takes("GET", "POST")
def override(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Head office gives the candidate to this application."""
    access, application = _held(request, pk)
    if not access.everywhere(Permission.REVIEW_NOTICE):
        raise Http404
    return _with_reason(
        request,
        back_url=reverse("candidate", args=[application.pk]),
        title=_("Assign the candidate to this branch"),
        intro=_(
            "The other branch's notice will be stopped, or revoked if already sent. The reason is kept in both histories."
        ),
        submit=_("Decide"),
        submit_class="btn-danger",
        done=_("Decided. This application continues."),
        act=lambda reason: override_claim(
            application_id=application.pk, reason=reason, now=clocks.now(), by=access.user
        ),
    )


@takes("GET", "POST")
def grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let the candidate go."""
    return _answer(
        request,
        pk,
        title=_("Release candidate"),
        intro=_(
            "Your notice will be stopped, or revoked if already sent, and the other branch continues. This cannot be undone."
        ),
        submit=_("Release"),
        submit_class="btn-danger",
        done=_("The candidate is now with the other branch."),
        action=grant_release,
    )


@takes("GET", "POST")
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep the candidate."""
    return _answer(
        request,
        pk,
        title=_("Decline release"),
        intro=_("The requesting branch can read this reason."),
        submit=_("Decline the release"),
        done=_("Declined. The other branch can read the reason."),
        action=refuse_release,
    )


def _answer(request: HttpRequest, pk: UUID, *, action: Callable[..., object], **words: str) -> HttpResponse:
    access = access_of(request.user, now=clocks.now())
    asked = get_object_or_404(visible_releases(access), pk=pk)
    if asked.state != ReleaseState.OPEN:
        messages.warning(request, _("This was changed by someone else. Reload the page."))
        return redirect("releases")
    return _with_reason(
        request,
        back_url=reverse("releases"),
        act=lambda reason: action(request_id=asked.pk, answer=reason, now=clocks.now(), by=access.user),
        **words,
    )


def _held(request: HttpRequest, pk: UUID) -> tuple[Access, Application]:
    """A held application at a branch where the viewer reviews; whatever else does not exist here."""
    access = access_of(request.user, now=clocks.now())
    application = get_object_or_404(
        visible_applications(access).select_related("person"), pk=pk, state=ApplicationState.HELD
    )
    access.require_at(Permission.REVIEW_NOTICE, branch_id=application.branch_id)
    return access, application


def _with_reason(
    request: HttpRequest,
    *,
    act: Callable[[str], object],
    title: str,
    intro: str,
    submit: str,
    done: str,
    back_url: str,
    submit_class: str = "btn-primary",
) -> HttpResponse:
    """A page with one reason; what stops the act is said, and the reason stays as typed."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["reason"])
        except REFUSALS as refusal:
            form.add_error(None, str(_told(refusal)))
        else:
            messages.success(request, done)
            return redirect(back_url)
    context = {
        "title": title,
        "intro": intro,
        "form": form,
        "action": request.path,
        "back_url": back_url,
        "back_label": _("Back"),
        "submit_label": submit,
        "submit_class": submit_class,
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)


def _told(refusal: Exception) -> str | Promise:
    match refusal:
        case OfferAccepted():
            return _("The candidate has accepted the other branch's offer, which cannot be revoked.")
        case AlreadyAsked():
            return _("A release has already been requested. Wait for the answer, or call.")
        case _:
            return _("This was changed by someone else. Reload the page.")
