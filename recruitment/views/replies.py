"""Replies that a person should read: the queue, one click for a meaning, and how far both sides agree."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.access import Access, Permission
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import tab, tabs, takes, tried
from recruitment.enums import ClassificationState, ReplyLabel, TargetAttitude
from recruitment.forms.replies import ChosenRepliesForm, ClassificationForm, OneLabelForm
from recruitment.models import Reply
from recruitment.operations.reply_classification import (
    confirm_classifications,
    correct_classification,
)
from recruitment.queries.reply_classification import (
    LEAST_SHOWN,
    active_evaluation,
    agreement_by_label,
    classification_digest,
    oldest_for_people,
    trained_models,
    visible_replies,
    with_candidates,
)
from recruitment.reply_classification.rules import negates

VIEWS = (ClassificationState.WAITING, ClassificationState.AUTOMATIC, ClassificationState.CONFIRMED)


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Replies that wait for a person, the oldest first; or what was read already, the newest first."""
    access = viewer(request, Permission.FOLLOW_UP)
    chosen = request.GET.get("view", "")
    view = ClassificationState(chosen) if chosen in VIEWS else ClassificationState.WAITING
    context: dict[str, object] = {"view": view, "views": views_of(view, access), "labels": ReplyLabel}
    if view == ClassificationState.WAITING:
        context["rows"] = waiting = oldest_for_people(access)
        for row in waiting:
            row.seen = classification_digest(row)  # type: ignore[attr-defined]  # for the page only
            row.negates = negates(row.text)  # type: ignore[attr-defined]  # for the page only
        context["batch_actions"] = [
            {
                "url": reverse("replies_confirm"),
                "label": _("Suggestions confirmed"),
                "icon": "checks",
                "css_class": "btn-primary",
            }
        ]
    else:
        rows = with_candidates(visible_replies(access).filter(classification_state=view))
        found = page(rows, by="read_at", cursor=request.GET.get("cursor", ""), size=25)
        context |= {"page": found, "rows": found.rows}
    return render(request, "replies/index.html", context)


@takes("POST")
def read(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what one reply means: one label by a button, or everything by a form."""
    access = viewer(request)
    reply = get_object_or_404(visible_replies(access), pk=pk)
    meant = _meant(request.POST, reply)
    back = _back(request)
    if meant is None:
        messages.error(request, _("No changes were made. Choose the meaning of the reply and the attitude."))
        return redirect(back)
    labels, attitude = meant
    tried(
        request,
        lambda: correct_classification(
            reply_id=reply.pk,
            labels=labels,
            attitude=attitude,
            seen=request.POST.get("seen", "")[:64],
            now=clocks.now(),
            by=access.user,
        ),
        done=_("Saved. The previous classification stays in the history."),
    )
    return redirect(back)


@takes("POST")
def confirm(request: HttpRequest) -> HttpResponse:
    """The suggestions of all ticked replies are right."""
    access = viewer(request, Permission.FOLLOW_UP)
    form = ChosenRepliesForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["chosen"]))
        return redirect("replies")
    chosen = set(form.cleaned_data["chosen"])
    if visible_replies(access).filter(pk__in=chosen).count() != len(chosen):
        raise Http404
    done, left = confirm_classifications(reply_ids=chosen, now=clocks.now(), by=access.user)
    messages.success(
        request, ngettext("%(n)d reply classified.", "%(n)d replies classified.", done) % {"n": done}
    )
    if left:
        messages.warning(
            request,
            ngettext(
                "%(n)d reply contains a negation and was left. Read and confirm it separately.",
                "%(n)d replies contain a negation and were left. Read and confirm them one by one.",
                left,
            )
            % {"n": left},
        )
    return redirect("replies")


@takes("GET")
def agreement(request: HttpRequest) -> HttpResponse:
    """Kappa between the model and people by label, and how the model does on the frozen replies."""
    access = viewer(request, Permission.FOLLOW_UP)
    compared, rows = agreement_by_label(access)
    version, measured = active_evaluation()
    context = {
        "views": views_of(None, access),
        "compared": compared,
        "rows": rows,
        "least": LEAST_SHOWN,
        "version": version,
        "measured": measured,
        "trained": trained_models(),
    }
    return render(request, "replies/agreement.html", context)


def _meant(sent: QueryDict, reply: Reply) -> tuple[list[ReplyLabel], TargetAttitude] | None:
    """What was said, None where it is not a meaning that exists."""
    one = OneLabelForm(sent)
    if "only" in sent:
        if not one.is_valid():
            return None
        return [ReplyLabel(one.cleaned_data["only"])], TargetAttitude(reply.target_attitude or "none")
    form = ClassificationForm(sent)
    if not form.is_valid():
        return None
    return [ReplyLabel(label) for label in form.cleaned_data["labels"]], TargetAttitude(
        form.cleaned_data["attitude"]
    )


def _back(request: HttpRequest) -> str:
    """To the page the form stood on, if it is one of ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("replies")


def views_of(
    active: ClassificationState | None, access: Access, *, is_acceptance: bool = False
) -> list[dict[str, object]]:
    """The tabs of all pages about replies; that of the likelihood estimate for head office only."""
    labels = {
        ClassificationState.WAITING: _("To classify"),
        ClassificationState.AUTOMATIC: _("Auto-classified"),
        ClassificationState.CONFIRMED: _("Classified manually"),
    }
    views = [
        *tabs(reverse("replies"), labels.items(), active),
        tab(
            reverse("reply_agreement"),
            _("Agreement"),
            is_active=active is None and not is_acceptance,
        ),
    ]
    if access.everywhere(Permission.SEE_ANALYSIS):
        views.append(tab(reverse("reply_acceptance"), _("Likelihood to accept"), is_active=is_acceptance))
    return views
