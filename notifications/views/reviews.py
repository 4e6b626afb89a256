"""Reviews: the queue by deadline, one notice as the candidate will see it, the decision."""

from collections.abc import Callable
from typing import Any, Unpack
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.access import Access, Permission, log_seen
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import Typed, Words, chosen, form_page, sent, tab, tabs, takes, tried
from hrportal.kernel.refusals import Conflict
from notifications.enums import UNSENT_NOTICE_STATES, NoticeState
from notifications.forms.reviews import ApproveForm, BulkApproveForm, ReasonForm, UndoForm
from notifications.models import Notice
from notifications.operations.outdated import outdated
from notifications.operations.planning import AT_ONCE
from notifications.operations.reply_by import restated_if_possible
from notifications.operations.review import (
    UNDO,
    approve,
    approve_many,
    cancel,
    return_notice,
    undo_approvals,
)
from notifications.queries.authors import may_review
from notifications.queries.history import reasons_in_words
from notifications.queries.reply_by import Restated
from notifications.queries.reviews import (
    QueueView,
    chain_of,
    comparison_of,
    composed_anew,
    held_approvals,
    neighbour,
    queue,
    steps_of,
    transitions_of,
    visible_notices,
)
from notifications.queries.shown import shown_bodies
from notifications.queries.traces import explain

# Results of a bulk approval wait here for the next page: keys and sentences, no names.
RESULTS = "review_results"
HELD_UNTIL = "held_until"
MOST_NAMED = 5


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """The queue; nothing is chosen yet."""
    access = viewer(request, Permission.REVIEW_NOTICE)
    context = _queue_context(request, access)
    log_seen(access, "reviews", now=clocks.now(), rows=len(context["rows"]))
    return render(request, "reviews/index.html", context)


@takes("GET")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One notice beside the queue."""
    access, notice = _find(request, pk)
    log_seen(access, f"notice:{notice.pk}", now=clocks.now(), branch=notice.branch, about=notice.subject_ref)
    transitions = transitions_of(notice)
    shown = _if_approved_now(notice)
    may_see_contacts = access.has_permission_at(Permission.SEE_CONTACTS, branch_id=notice.branch_id)
    names = {notice.position.code: str(notice.position), notice.branch.code: notice.branch.name}
    trace = explain(notice.trace, names=names)
    context = _queue_context(request, access) | {
        "notice": notice,
        "is_open": notice.state == NoticeState.IN_REVIEW,
        "may_cancel": notice.state in UNSENT_NOTICE_STATES,
        "is_editor": not may_review(notice, access.user, now=clocks.now()),
        "outdated": _outdated(notice) if notice.state == NoticeState.IN_REVIEW else "",
        "bodies": shown_bodies(shown.bodies if shown else notice.bodies),
        "reply_by": shown.reply_by if shown else notice.reply_by,
        "composed_anew": composed_anew(transitions),
        "steps": steps_of(notice, may_see_contacts=may_see_contacts),
        "trace": trace,
        "passed_over": sum(not judged.is_chosen for judged in trace),
        "is_by_rule": any(judged.is_chosen for judged in trace),
        "comparison": comparison_of(notice),
        "events": chain_of(notice, transitions),
        "approve_form": ApproveForm(initial={"content_hash": notice.content_hash}),
        "reason_form": ReasonForm(auto_id="return_%s"),
        "cancel_form": ReasonForm(auto_id="cancel_%s"),
    }
    return render(request, "reviews/index.html", context)


@takes("POST")
def approve_one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve what was on the screen, then open the next one."""
    access, _notice = _find(request, pk)
    form = ApproveForm(request.POST)
    onward = _onward(request, access, pk)
    content_hash = form.cleaned_data["content_hash"] if form.is_valid() else ""
    # A key is pressed sooner than meant.
    by_key = request.POST.get("by") == "key"
    if not tried(
        request,
        lambda: approve(
            notice_id=pk,
            content_hash=content_hash,
            now=clocks.now(),
            by=access.user,
            hold=clocks.business_span(UNDO) if by_key else AT_ONCE,
        ),
    ):
        return redirect(_address(request, pk))
    if by_key:
        _note_hold(request)
    else:
        messages.success(request, _("Approved. The notice is being sent."))
    return redirect(onward)


@takes("POST")
def approve_chosen(request: HttpRequest) -> HttpResponse:
    """Approve the ticked ones, each on its own; what became of each is named on the next page."""
    access = viewer(request, Permission.REVIEW_NOTICE)
    form = BulkApproveForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["chosen"]))
        return redirect(_address(request))
    seen = form.cleaned_data["chosen"]
    if visible_notices(access).filter(pk__in=seen).count() != len(seen):
        raise Http404
    refused = approve_many(seen=seen, now=clocks.now(), by=access.user)
    done = len(seen) - len(refused)
    if done:
        messages.success(
            request, ngettext("%(n)d notice approved.", "%(n)d notices approved.", done) % {"n": done}
        )
    _note_hold(request)
    request.session[RESULTS] = [(str(pk), str(refusal.sentence)) for pk, refusal in refused.items()]
    return redirect(_address(request))


@takes("POST")
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was just approved, as long as nothing of it has left."""
    access = viewer(request, Permission.REVIEW_NOTICE)
    form = UndoForm(request.POST)
    keys = set(form.cleaned_data["chosen"]) if form.is_valid() else set()
    if visible_notices(access).filter(pk__in=keys).count() != len(keys):
        raise Http404
    done = undo_approvals(notice_ids=keys, now=clocks.now(), by=access.user)
    if done:
        messages.success(
            request,
            ngettext(
                "Undone. %(n)d notice is in review again.", "Undone. %(n)d notices are in review again.", done
            )
            % {"n": done},
        )
    if done < len(keys):
        messages.error(request, _("This cannot be undone: the notice has already been sent."))
    return redirect(_address(request, keys.pop() if len(keys) == 1 else None))


@takes("GET", "POST")
def return_to_author(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return a notice to its authors."""
    return _with_reason(
        request,
        pk,
        return_notice,
        done=_("Returned. The editors can see the reason."),
        title=_("Return this notice"),
        intro=_("The notice goes back to its editors, and to you for review once revised."),
        submit_label=_("Return"),
        submit_class="btn-danger",
    )


@takes("GET", "POST")
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cancel a notice that has not gone out."""
    return _with_reason(
        request,
        pk,
        cancel,
        done=_("Cancelled. Nothing will be sent."),
        title=_("Cancel this notice"),
        intro=_(
            "Nothing will be sent, and the candidate becomes available to other branches. This cannot be undone."
        ),
        submit_label=_("Cancel the notice"),
        submit_class="btn-danger",
    )


def _with_reason(
    request: HttpRequest, pk: UUID, decide: Callable[..., object], *, done: str, **words: Unpack[Words]
) -> HttpResponse:
    access, _notice = _find(request, pk)

    def decided(typed: Typed) -> HttpResponse:
        onward = _onward(request, access, pk)
        decide(notice_id=pk, reason=typed["reason"], now=clocks.now(), by=access.user)
        messages.success(request, done)
        return redirect(onward)

    return form_page(
        request,
        ReasonForm(sent(request)),
        decided,
        back_url=_address(request, pk),
        back_label=_("Reviews"),
        leaves_on=Conflict,
        **words,
    )


def _note_hold(request: HttpRequest) -> None:
    request.session[HELD_UNTIL] = (clocks.now() + clocks.business_span(UNDO)).timestamp()


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Notice]:
    access = viewer(request)
    rows = visible_notices(access).select_related(
        "recipient",
        "branch",
        "department",
        "position",
        "escalated_to",
        "base_version__template",
        "channel_plan",
        "review_policy",
    )
    return access, get_object_or_404(rows, pk=pk)


def _outdated(notice: Notice) -> str:
    """What would send the notice back if it were approved now, in words."""
    return reasons_in_words(", ".join(outdated([notice], now=clocks.now()).get(notice.pk, [])))


def _if_approved_now(notice: Notice) -> Restated | None:
    """The text with the date that an approval of now would promise; None where it has that one, or has left."""
    is_open = notice.state == NoticeState.IN_REVIEW
    return restated_if_possible(notice, now=clocks.now()) if is_open else None


def _queue_context(request: HttpRequest, access: Access) -> dict[str, Any]:
    view = chosen(request, QueueView)
    rows = queue(access, view=view, now=clocks.now())
    # Nothing is asked where nothing was held back: the page is opened all day.
    is_fresh = request.session.get(HELD_UNTIL, 0) > clocks.now().timestamp()
    held = held_approvals(access, now=clocks.now()) if is_fresh else []
    return {
        "rows": rows,
        "total": getattr(rows[0], "total", 0) if rows else 0,
        "query": _query(view),
        "views": [
            *tabs(reverse("reviews"), QueueView.choices, view),
            tab(reverse("returned_notices"), _("Returned"), is_active=False),
        ],
        "results": _results(request, access),
        "held": held,
        "held_names": ", ".join(row.recipient.name for row in held[:MOST_NAMED]),
    }


def _results(request: HttpRequest, access: Access) -> list[tuple[Notice, str]]:
    """What the last bulk approval refused, told once."""
    refused = dict(request.session.pop(RESULTS, ()))
    if not refused:
        return []
    rows = visible_notices(access).filter(pk__in=refused).select_related("recipient").only("recipient__name")
    return [(row, refused[str(row.pk)]) for row in rows]


def _onward(request: HttpRequest, access: Access, pk: UUID) -> str:
    """Where a reviewer goes after deciding about this one; asked before the decision."""
    rows = queue(access, view=chosen(request, QueueView), now=clocks.now())
    return _address(request, neighbour(rows, pk))


def _address(request: HttpRequest, pk: UUID | None = None) -> str:
    view = chosen(request, QueueView)
    return (reverse("review", args=[pk]) if pk else reverse("reviews")) + _query(view)


def _query(view: str) -> str:
    return "" if view == QueueView.ALL else "?" + urlencode({"view": view})
