"""Two records of one person: named or found, proposed by one colleague, confirmed by another."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission, access_of, log_seen
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import takes
from recruitment.enums import OPEN_MATCH_STATES, MatchKind, MatchState
from recruitment.forms.candidates import ReasonForm
from recruitment.forms.duplicates import MergeForm, PairForm
from recruitment.models import Application, MatchReview
from recruitment.operations.matching import OwnProposal, confirm_match, propose_merge, refuse_match
from recruitment.operations.merging import MergeRefused
from recruitment.operations.reindexing import note_pair
from recruitment.operations.transitions import StateConflict
from recruitment.queries.candidates import visible_applications
from recruitment.queries.duplicates import may_decide_match, offers_of, open_pairs
from recruitment.queries.sides import side_of_person

REFUSALS: dict[str, str | Promise] = {
    "forgotten": gettext_lazy("One of the records has been anonymised. There is nothing to merge."),
    "choose": gettext_lazy(
        "Both records have an offer. Reject this proposal and propose again, choosing the offer to keep."
    ),
    "accepted": gettext_lazy(
        "The candidate has accepted the offer that would end. Reject this proposal, and propose to keep the accepted offer."
    ),
    "data_requests": gettext_lazy(
        "Both have an open data request of the same kind. Answer one of them first."
    ),
}


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Pairs that nobody has decided, the newest first."""
    access = _access(request)
    found = page(open_pairs(access), by="found_at", cursor=request.GET.get("cursor", ""))
    log_seen(access, "duplicates", now=clocks.now(), rows=len(found.rows))
    return render(request, "duplicates/index.html", {"page": found})


@takes("GET", "POST")
def name_pair(request: HttpRequest) -> HttpResponse:
    """Two records that a colleague thinks are one person."""
    access = _access(request)
    form = PairForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (review := _noted(form, access)):
        if not access.has_permission_at(Permission.FOLLOW_UP, branch_id=review.branch_id):
            messages.success(
                request,
                _("Submitted. %(branch)s, the common parent branch, will decide.")
                % {"branch": review.branch},
            )
            return redirect("duplicates")
        return redirect("duplicate", pk=review.pk)
    context = {
        "title": _("Possible duplicate record"),
        "intro": _("Nothing changes until a colleague confirms."),
        "form": form,
        "action": request.path,
        "back_url": reverse("duplicates"),
        "back_label": _("Duplicates"),
        "submit_label": _("Compare"),
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)


@takes("GET", "POST")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Both records; the first colleague proposes here."""
    access, review = _find(request, pk)
    if review.kind != MatchKind.MERGE or review.state not in OPEN_MATCH_STATES:
        messages.info(request, _("This has already been decided."))
        return redirect(_home(review))
    offers = offers_of(review)
    form = MergeForm(request.POST if request.method == "POST" else None, offers=offers)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data.get("standing", "")
        standing = next((row.application for row in offers if str(row.application_id) == chosen), None)
        try:
            propose_merge(
                review_id=review.pk,
                standing=standing,
                reason=form.cleaned_data["reason"],
                now=clocks.now(),
                by=access.user,
            )
        except StateConflict:
            messages.warning(request, _("This was changed by someone else. Reload the page."))
        else:
            messages.success(request, _("Proposed. A colleague has to confirm it."))
        return redirect("duplicate", pk=review.pk)
    log_seen(access, f"match:{review.pk}", now=clocks.now(), branch=review.branch)
    context = {
        "review": review,
        "sides": [side_of_person(person) for person in (review.person, review.other) if person],
        "form": form if review.state == MatchState.FOUND else None,
        "is_own": not may_decide_match(review, access.user, now=clocks.now()),
        "refusal": ReasonForm(prefix="refuse"),
    }
    return render(request, "duplicates/detail.html", context, status=422 if form.errors else 200)


@takes("POST")
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The second person's yes."""
    access, review = _find(request, pk)
    try:
        confirm_match(review_id=review.pk, now=clocks.now(), by=access.user)
    except OwnProposal:
        messages.error(
            request,
            _("You proposed this, or your access comes from the proposer. A colleague has to confirm it."),
        )
    except MergeRefused as refused:
        messages.error(request, str(REFUSALS[refused.code]))
    except StateConflict:
        messages.warning(request, _("This was changed by someone else. Reload the page."))
    else:
        messages.success(request, _("Confirmed."))
        return redirect("duplicates" if review.kind == MatchKind.MERGE else "quarantine")
    return redirect(_home(review))


@takes("POST")
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The second person's no, with a reason; of a pair that was only found, anybody's."""
    access, review = _find(request, pk)
    form = ReasonForm(request.POST, prefix="refuse")
    if not form.is_valid():
        messages.error(request, _("Enter a reason of at least four characters."))
        return redirect(_home(review))
    try:
        refuse_match(
            review_id=review.pk, answer=form.cleaned_data["reason"], now=clocks.now(), by=access.user
        )
    except OwnProposal:
        messages.error(
            request,
            _("You proposed this, or your access comes from the proposer. A colleague has to decide."),
        )
    except StateConflict:
        messages.warning(request, _("This was changed by someone else. Reload the page."))
    else:
        messages.success(request, _("Rejected. The reason has been saved."))
        return redirect("duplicates" if review.kind == MatchKind.MERGE else _home(review))
    return redirect(_home(review))


def _access(request: HttpRequest) -> Access:
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.FOLLOW_UP)
    return access


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, MatchReview]:
    access = access_of(request.user, now=clocks.now())
    rows = MatchReview.objects.select_related("branch", "person", "other", "proposed_by", "standing")
    return access, get_object_or_404(access.limit(rows, Permission.FOLLOW_UP), pk=pk)


def _home(review: MatchReview) -> str:
    """The page a review is decided on."""
    if review.signal_id is not None:
        return reverse("quarantine_signal", args=[review.signal_id])
    return (
        reverse("duplicate", args=[review.pk]) if review.state in OPEN_MATCH_STATES else reverse("duplicates")
    )


def _noted(form: PairForm, access: Access) -> MatchReview | None:
    found: list[Application] = []
    for name in ("one", "other"):
        rows = visible_applications(access).select_related("person")
        application = rows.filter(ref=form.cleaned_data[name].strip(), person__anonymised_at=None).first()
        if application is None:
            form.add_error(name, _("No application in your scope has this reference."))
        else:
            found.append(application)
    if len(found) < 2:
        return None
    review = note_pair(one=found[0].person, other=found[1].person, now=clocks.now())
    if review is None:
        form.add_error("other", _("Both applications already belong to one record."))
    return review
