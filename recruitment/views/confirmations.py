"""Confirmations: the hiring department says whether it needs the person, and from which day."""

from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.access import Access, Permission, log_seen
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import Typed, acted, chosen, form_page, sent, tabs, takes
from hrportal.kernel.refusals import Conflict, Refused
from notifications.rendering.findings import NoticeImpossible
from recruitment.forms.confirmations import BulkConfirmForm, DateForm, DeclineForm
from recruitment.models import Confirmation
from recruitment.operations.confirmations import (
    confirm_many,
    confirm_need,
    decline_need,
    earliest_possible_date,
    policy_of,
    undo_confirmations,
)
from recruitment.queries.confirmations import (
    ConfirmationView,
    answered,
    just_confirmed,
    most_pressing,
    visible_confirmations,
    with_candidate,
)

# Departments, and HR for what was passed up to it.
ANSWERING = (Permission.CONFIRM_NEED, Permission.COMPOSE_NOTICE)
# What a bulk confirmation refused waits here for the next page: keys and sentences, no names.
RESULTS = "confirmation_results"
MOST_NAMED = 5


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Open confirmations by deadline, or those answered."""
    access = viewer(request, *ANSWERING)
    return _show(request, access)


@takes("POST")
def confirm_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm with the date given; what stops it is said beside the date, which stays as typed."""
    access, confirmation = _find(request, pk)
    form = DateForm(request.POST, confirmation=confirmation, earliest=_earliest(confirmation))

    def confirmed(typed: Typed) -> None:
        try:
            confirm_need(
                confirmation_id=pk,
                onboarding_on=typed["onboarding_on"],
                now=clocks.now(),
                by=access.user,
            )
        except NoticeImpossible as refusal:
            # The row of the list has room for words beside its date only.
            raise Refused(refusal.sentence, field="onboarding_on") from None

    return acted(
        request,
        form,
        confirmed,
        lambda: _show(request, access, refused=form, refused_pk=pk),
        back_url=_address(request),
        done=_("Confirmed. The notice has been submitted for review."),
        leaves_on=Conflict,
    )


@takes("POST")
def confirm_chosen(request: HttpRequest) -> HttpResponse:
    """Confirm the ticked ones with the dates proposed; what stopped others is named on the next page."""
    access = viewer(request, *ANSWERING)
    form = BulkConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["chosen"]))
        return redirect(_address(request))
    keys = set(form.cleaned_data["chosen"])
    if visible_confirmations(access).filter(pk__in=keys).count() != len(keys):
        raise Http404
    refused = confirm_many(confirmation_ids=keys, now=clocks.now(), by=access.user)
    done = len(keys) - len(refused)
    if done:
        messages.success(
            request, ngettext("%(n)d candidate confirmed.", "%(n)d candidates confirmed.", done) % {"n": done}
        )
    request.session[RESULTS] = [(pk, str(refusal.sentence)) for pk, refusal in refused.items()]
    return redirect(_address(request))


@takes("POST")
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was just confirmed, as long as no reviewer has decided about it."""
    access = viewer(request, *ANSWERING)
    form = BulkConfirmForm(request.POST)
    keys = set(form.cleaned_data["chosen"]) if form.is_valid() else set()
    if visible_confirmations(access).filter(pk__in=keys).count() != len(keys):
        raise Http404
    done = undo_confirmations(confirmation_ids=keys, now=clocks.now(), by=access.user)
    if done:
        messages.success(
            request,
            ngettext(
                "Undone. %(n)d candidate is pending again.",
                "Undone. %(n)d candidates are pending again.",
                done,
            )
            % {"n": done},
        )
    if done < len(keys):
        messages.error(
            request, _("This cannot be undone: the notice has already been reviewed. Call the branch's HR.")
        )
    return redirect(_address(request))


@takes("GET", "POST")
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline the need, with a reason."""
    access, confirmation = _find(request, pk)
    return form_page(
        request,
        DeclineForm(sent(request)),
        lambda typed: decline_need(
            confirmation_id=pk, reason=typed["reason"], now=clocks.now(), by=access.user
        ),
        title=_("Decline the need"),
        intro=_("%(name)s becomes available to other branches of the bank. This cannot be undone.")
        % {"name": confirmation.application.person.name},
        back_url=_address(request),
        back_label=_("Confirmations"),
        submit_label=_("Decline the need"),
        submit_class="btn-danger",
        done=_("Declined. The candidate becomes available to other branches."),
        leaves_on=Conflict,
    )


def _find(request: HttpRequest, pk: int) -> tuple[Access, Confirmation]:
    access = viewer(request)
    return access, get_object_or_404(with_candidate(visible_confirmations(access)), pk=pk)


def _show(
    request: HttpRequest, access: Access, *, refused: DateForm | None = None, refused_pk: int = 0
) -> HttpResponse:
    """The list; a date that was refused comes back as typed, with the reason."""
    view = chosen(request, ConfirmationView)
    undoable = just_confirmed(access, now=clocks.now())
    context: dict[str, object] = {
        "views": tabs(reverse("confirmations"), ConfirmationView.choices, view),
        "query": _query(view),
        "results": _results(request, access),
        "undoable": undoable,
        "undoable_names": ", ".join(row.application.person.name for row in undoable[:MOST_NAMED]),
    }
    if view == ConfirmationView.ANSWERED:
        found = page(answered(access), by="decided_at", cursor=request.GET.get("cursor", ""))
        log_seen(access, "confirmations", now=clocks.now(), rows=len(found.rows))
        return render(request, "confirmations/answered.html", context | {"page": found})
    rows = most_pressing(access, view=view, now=clocks.now())
    log_seen(access, "confirmations", now=clocks.now(), rows=len(rows))
    forms_of = {row.pk: DateForm(confirmation=row, earliest=_earliest(row)) for row in rows}
    if refused is not None:
        forms_of[refused_pk] = refused
    context |= {
        "rows": [(row, forms_of[row.pk]) for row in rows],
        "total": getattr(rows[0], "total", 0) if rows else 0,
    }
    return render(request, "confirmations/index.html", context, status=422 if refused else 200)


def _results(request: HttpRequest, access: Access) -> list[tuple[Confirmation, str]]:
    """What the last bulk confirmation refused, told once."""
    refused = dict(request.session.pop(RESULTS, ()))
    if not refused:
        return []
    rows = with_candidate(visible_confirmations(access).filter(pk__in=refused))
    return [(row, refused[row.pk]) for row in rows]


def _earliest(row: Confirmation) -> date:
    return earliest_possible_date(policy=policy_of(row.application), now=clocks.now())


def _address(request: HttpRequest) -> str:
    return reverse("confirmations") + _query(chosen(request, ConfirmationView))


def _query(view: str) -> str:
    return "" if view == ConfirmationView.OPEN else "?" + urlencode({"view": view})
