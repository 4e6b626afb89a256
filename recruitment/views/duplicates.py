"""Two records of one person: named or found, proposed by one colleague, confirmed by another."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission, log_seen
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import Typed, acted, form_page, sent, takes, tried
from hrportal.kernel.refusals import Conflict, Refused
from recruitment.enums import OPEN_MATCH_STATES, MatchKind, MatchState
from recruitment.forms.candidates import ReasonForm
from recruitment.forms.duplicates import MergeForm, PairForm
from recruitment.models import MatchReview
from recruitment.operations.matching import confirm_match, propose_merge, refuse_match
from recruitment.operations.reindexing import note_pair
from recruitment.queries.candidates import visible_applications
from recruitment.queries.duplicates import may_decide_match, offers_of, open_pairs
from recruitment.queries.sides import side_of_person

NO_APPLICATION = gettext_lazy("No application in your scope has this reference.")


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

    form = PairForm(sent(request))

    def noted(_typed: Typed) -> HttpResponse:
        review = _noted(form, access)
        if access.has_permission_at(Permission.FOLLOW_UP, branch_id=review.branch_id):
            return redirect("duplicate", pk=review.pk)
        done = _("Submitted. %(branch)s, the common parent branch, will decide.")
        messages.success(request, done % {"branch": review.branch})
        return redirect("duplicates")

    return form_page(
        request,
        form,
        noted,
        title=_("Possible duplicate record"),
        intro=_("Nothing changes until a colleague confirms."),
        back_url=reverse("duplicates"),
        back_label=_("Duplicates"),
        submit_label=_("Compare"),
    )


@takes("GET", "POST")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Both records; the first colleague proposes here."""
    access, review = _find(request, pk)
    if review.kind != MatchKind.MERGE or review.state not in OPEN_MATCH_STATES:
        messages.info(request, _("This has already been decided."))
        return redirect(_home(review))
    offers = offers_of(review)
    form = MergeForm(sent(request), offers=offers)

    def proposed(typed: Typed) -> None:
        chosen = typed.get("standing", "")
        propose_merge(
            review_id=review.pk,
            standing=next((row.application for row in offers if str(row.application_id) == chosen), None),
            reason=typed["reason"],
            now=clocks.now(),
            by=access.user,
        )

    def show() -> HttpResponse:
        log_seen(access, f"match:{review.pk}", now=clocks.now(), branch=review.branch)
        context = {
            "review": review,
            "sides": [side_of_person(person) for person in (review.person, review.other) if person],
            "form": form if review.state == MatchState.FOUND else None,
            "is_own": not may_decide_match(review, access.user, now=clocks.now()),
            "refusal": ReasonForm(prefix="refuse"),
        }
        return render(request, "duplicates/detail.html", context, status=422 if form.errors else 200)

    return acted(
        request,
        form,
        proposed,
        show,
        back_url=reverse("duplicate", args=[review.pk]),
        done=_("Proposed. A colleague has to confirm it."),
        leaves_on=Conflict,
    )


@takes("POST")
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The second person's yes."""
    access, review = _find(request, pk)
    if not tried(
        request,
        lambda: confirm_match(review_id=review.pk, now=clocks.now(), by=access.user),
        done=_("Confirmed."),
    ):
        return redirect(_home(review))
    return redirect("duplicates" if review.kind == MatchKind.MERGE else "quarantine")


@takes("POST")
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The second person's no, with a reason; of a pair that was only found, anybody's."""
    access, review = _find(request, pk)
    form = ReasonForm(request.POST, prefix="refuse")
    if not form.is_valid():
        messages.error(request, _("Enter a reason of at least four characters."))
        return redirect(_home(review))
    is_done = tried(
        request,
        lambda: refuse_match(
            review_id=review.pk, answer=form.cleaned_data["reason"], now=clocks.now(), by=access.user
        ),
        done=_("Rejected. The reason has been saved."),
    )
    return redirect("duplicates" if is_done and review.kind == MatchKind.MERGE else _home(review))


def _access(request: HttpRequest) -> Access:
    return viewer(request, Permission.FOLLOW_UP)


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, MatchReview]:
    access = viewer(request)
    rows = MatchReview.objects.select_related("branch", "person", "other", "proposed_by", "standing")
    return access, get_object_or_404(access.limit(rows, Permission.FOLLOW_UP), pk=pk)


def _home(review: MatchReview) -> str:
    """The page a review is decided on."""
    if review.signal_id is not None:
        return reverse("quarantine_signal", args=[review.signal_id])
    return (
        reverse("duplicate", args=[review.pk]) if review.state in OPEN_MATCH_STATES else reverse("duplicates")
    )


def _noted(form: PairForm, access: Access) -> MatchReview:
    found = {
        name: visible_applications(access)
        .select_related("person")
        .filter(ref=form.cleaned_data[name].strip(), person__anonymised_at=None)
        .first()
        for name in ("one", "other")
    }
    persons = [application.person for application in found.values() if application]
    missing = [name for name, application in found.items() if application is None]
    for name in missing[1:]:
        form.add_error(name, NO_APPLICATION)
    if missing:
        raise Refused(NO_APPLICATION, field=missing[0])
    review = note_pair(one=persons[0], other=persons[1], now=clocks.now())
    if review is None:
        raise Refused(_("Both applications already belong to one record."), field="other")
    return review
