"""Returned notices: mended by those who compose, seen as they will be, then submitted again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from branches.access import Access, Permission, access_of, log_seen
from hrportal.kernel import clocks
from hrportal.kernel.optimistic_lock import EditConflict, in_words, refuse
from hrportal.kernel.pages import takes
from notifications.models import Notice
from notifications.operations.outdated import NoticeOutdated
from notifications.operations.transitions import NoticeConflict
from notifications.queries.history import reasons_in_words
from notifications.queries.reviews import chain_of, transitions_of
from notifications.queries.shown import shown_bodies
from recruitment.forms.returned import NoticeForm
from recruitment.operations.composing import COMPOSE_REFUSALS, edit_notice_of, resubmit_notice_of
from recruitment.operations.confirmations import DateImpossible, require_possible_date
from recruitment.queries.returned import application_of, editable_notices, returned_notices
from recruitment.views.refusals import told


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """What came back, by deadline, with the reviewer's reason."""
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.COMPOSE_NOTICE)
    rows = returned_notices(access)
    log_seen(access, "returned_notices", now=clocks.now(), rows=len(rows))
    return render(request, "reviews/returned.html", {"rows": rows})


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
    if form.is_valid():
        changed = form.cleaned_data
        try:
            require_possible_date(changed["onboarding_on"], policy=notice.review_policy, now=clocks.now())
            edit_notice_of(
                application=application_of(notice),
                notice=notice,
                language=changed["language"],
                onboarding_on=changed["onboarding_on"],
                note=changed["personal_note"],
                seen=changed["seen"],
                now=clocks.now(),
                by=access.user,
            )
        except NoticeConflict as refusal:
            messages.error(request, told(refusal))
            return redirect("returned_notices")
        except EditConflict as refusal:
            refuse(form, refusal)
        except DateImpossible as refusal:
            form.add_error("onboarding_on", told(refusal))
        except COMPOSE_REFUSALS as refusal:
            form.add_error(None, told(refusal))
        else:
            messages.success(request, _("Saved. Check the candidate preview, then submit."))
            return redirect("returned_notice", pk=pk)
    return _show(request, notice, form)


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
    except EditConflict as refusal:
        messages.error(request, in_words(refusal, has_text=False))
        return redirect("returned_notice", pk=pk)
    except NoticeConflict as refusal:
        messages.error(request, told(refusal))
    except (NoticeOutdated, *COMPOSE_REFUSALS) as refusal:
        messages.error(request, told(refusal))
        return redirect("returned_notice", pk=pk)
    else:
        messages.success(request, _("Submitted. Another person will review it."))
    return redirect("returned_notices")


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Notice]:
    access = access_of(request.user, now=clocks.now())
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
