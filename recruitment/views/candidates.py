"""Candidates: the list, one candidate's page, answers to their questions."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import (
    Access,
    Permission,
    PermissionScope,
    log_disclosure,
    log_seen,
    without_words,
)
from branches.models import Position
from branches.queries import branch_choices
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.masks import mask_id_number
from hrportal.kernel.optimistic_lock import EditConflict, start_from
from hrportal.kernel.pages import Typed, acted, tabs, takes
from hrportal.kernel.refusals import Refused
from hrportal.kernel.searches import searched, without_words_in_address
from notifications.addresses import mask_address
from notifications.channels import CHANNELS
from notifications.enums import AddressKind
from notifications.models import Address, Delivery, Notice
from notifications.queries.recipients import current_addresses
from recruitment.context import dimension_names
from recruitment.enums import OfferAct, ReleaseState, ReplyKind
from recruitment.forms.candidates import AnswerForm, CandidateFilter, RevealForm
from recruitment.forms.replies import ClassificationForm
from recruitment.models import Application, Reply
from recruitment.operations.answers import answer_question
from recruitment.queries.candidate_page import FOR_DEPARTMENTS, PARTS, Belongings, belongings_of
from recruitment.queries.candidates import (
    admitted_elsewhere,
    contacts_of,
    evidence_steps_of,
    narrowed,
    visible_applications,
    wanted_of,
)
from recruitment.queries.differences import differences_of
from recruitment.queries.offers import acts_open
from recruitment.queries.reply_classification import classification_digest
from recruitment.queries.timeline import ALL_REASONS, short_timeline_of, timeline_of
from recruitment.views.traces import in_words, names_by_code

ID_NUMBER = "id_number"
# The columns of the list; a row of all columns costs several times as much.
SHOWN = (
    *("ref", "state", "state_at", "person__name", "branch__name", "result__score"),
    *("position__name_zh", "position__name_en"),
)


@takes("GET")
@without_words_in_address
def index(request: HttpRequest) -> HttpResponse:
    """Applications in the viewer's scope, the latest change first."""
    access = viewer(request, Permission.SEE_CANDIDATES, Permission.CONFIRM_NEED)
    form = filter_of(request, access)
    rows = visible_applications(access)
    rows = (
        narrowed(rows, wanted_of(form.cleaned_data), contacts=contacts_of(access))
        if form.is_valid()
        else rows.none()
    )
    found = page(rows.only(*SHOWN), by="state_at", cursor=request.GET.get("cursor", ""))
    log_seen(
        access,
        "candidates",
        now=clocks.now(),
        rows=len(found.rows),
        wanted=without_words(form.cleaned_data, "q") if form.is_valid() else None,
    )
    context = {
        "form": form,
        "page": found,
        "views": _views(request, only_department=not access.has_permission(Permission.SEE_CANDIDATES)),
        "is_filtered": any(value for name, value in request.GET.items() if name != "cursor"),
        "export_query": urlencode([(name, value) for name, value in request.GET.items() if name != "cursor"]),
    }
    return render(request, "candidates/index.html", context)


@takes("GET")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All that the viewer may know about one application."""
    access, application = find_application(request, pk)
    log_seen(
        access,
        f"application:{application.pk}",
        now=clocks.now(),
        branch=application.branch,
        about=application.pk,
    )
    return render(request, "candidates/detail.html", page_context(access, application))


@takes("POST")
def answer(request: HttpRequest, pk: UUID, reply_id: UUID) -> HttpResponse:
    """Answer a question; the candidate reads it on the notice."""
    access, application = find_application(request, pk)
    access.require_at(Permission.FOLLOW_UP, branch_id=application.branch_id)
    reply = get_object_or_404(Reply, pk=reply_id, application=application, kind=ReplyKind.QUESTION)
    form = AnswerForm(request.POST, prefix=str(reply.pk))

    def answered(typed: Typed) -> None:
        try:
            answer_question(
                reply_id=reply.pk,
                text=typed["text"],
                seen=typed["seen"],
                now=clocks.now(),
                by=access.user,
            )
        except EditConflict as refusal:
            start_from(form, refusal)
            raise Refused(_answered_meanwhile(refusal)) from None

    def show() -> HttpResponse:
        context = page_context(access, application, refused=(reply.pk, form))
        return render(request, "candidates/detail.html", context, status=422)

    return acted(
        request,
        form,
        answered,
        show,
        back_url=f"{reverse('candidate', args=[pk])}#replies",
        done=_("Answered. The candidate can read it on their notice page."),
    )


def filter_of(request: HttpRequest, access: Access) -> CandidateFilter:
    """The filter in the address, with the branches that the viewer may choose."""
    return CandidateFilter(
        searched(request),
        branches=branch_choices(_places(access)),
        positions=[(position.code, str(position)) for position in Position.objects.all()],
    )


def find_application(request: HttpRequest, pk: UUID) -> tuple[Access, Application]:
    access = viewer(request)
    rows = visible_applications(access).select_related(
        "person__recipient", "branch", "position", "department", "result", "rule"
    )
    return access, get_object_or_404(rows, pk=pk)


def page_context(
    access: Access, application: Application, *, refused: tuple[UUID, AnswerForm] | None = None
) -> dict[str, Any]:
    """What the page shows: HR sees the whole path, a department facts, scores and its own part."""
    sees_all = access.has_permission_at(Permission.SEE_CANDIDATES, branch_id=application.branch_id)
    belongings = belongings_of(application.pk, only=tuple(PARTS) if sees_all else FOR_DEPARTMENTS)
    names = dimension_names()
    context: dict[str, Any] = {
        "application": application,
        "sees_all": sees_all,
        "facts": _facts(application),
        "results": [_scored(result, names) for result in belongings.results],
        "confirmations": belongings.confirmations,
    }
    if not sees_all:
        return context | {"events": short_timeline_of(belongings.moves["own_moves"])}
    is_known = application.person.anonymised_at is None
    if is_known and access.has_permission_at(Permission.SEE_CONTACTS, branch_id=application.branch_id):
        context["contacts"] = _contacts(application, belongings.addresses)
        context["reveal_form"] = RevealForm(kinds=revealable(application, belongings.addresses))
    context["elsewhere"] = elsewhere = admitted_elsewhere(application, now=clocks.now())
    if elsewhere is not None:
        log_disclosure(
            user=access.user,
            action="admitted_elsewhere",
            subject=f"application:{application.pk}",
            branch=application.branch,
            about=application.pk,
            now=clocks.now(),
        )
        context["releases"] = asked = belongings.releases
        reviews = access.has_permission_at(Permission.REVIEW_NOTICE, branch_id=application.branch_id)
        context["may_ask_release"] = reviews and not any(row.state == ReleaseState.OPEN for row in asked)
        context["may_override"] = access.everywhere(Permission.REVIEW_NOTICE)
    if is_known and access.has_permission_at(Permission.FOLLOW_UP, branch_id=application.branch_id):
        context["differences"] = differences_of(
            application.person, belongings.differences, addresses=belongings.addresses, now=clocks.now()
        )
    return context | {
        "notices": [_with_evidence_steps(notice, belongings.deliveries) for notice in belongings.notices],
        "replies": _replies(belongings, refused),
        "offer_acts": _offer_acts(access, application),
        "may_answer": access.has_permission_at(Permission.FOLLOW_UP, branch_id=application.branch_id),
        "follow_ups": belongings.follow_ups,
        "trace": in_words(application.trace, names=names_by_code(belongings.positions)),
        "events": timeline_of(**belongings.moves),
    }


def _offer_acts(access: Access, application: Application) -> list[OfferAct]:
    if not access.has_permission_at(Permission.CHANGE_OFFER, branch_id=application.branch_id):
        return []
    return acts_open(application, now=clocks.now())


def _facts(application: Application) -> list[tuple[str, object]]:
    person = application.person
    return [
        (_("Reference"), application.ref),
        (_("Branch"), application.branch),
        (_("Position"), application.position),
        (_("Department"), application.department),
        (_("Season"), application.season),
        (_("Preference"), application.preference),
        (_("Education"), person.get_education_display()),
        (_("Graduation"), person.graduation_year),
        (_("Experience"), ", ".join(person.experience_tags)),
        (_("Onboarding date"), application.onboarding_on and application.onboarding_on.isoformat()),
    ]


def addresses_of(application: Application) -> dict[str, Address]:
    """The addresses in use, by kind: one query."""
    found = current_addresses([application.person.recipient_id])
    return {kind: address for (_recipient_id, kind), address in found.items()}


def _contacts(application: Application, addresses: Mapping[str, Address]) -> list[tuple[str, str]]:
    """Masked here, so that nothing plain reaches a template."""
    person = application.person
    shown = [(person.get_id_type_display(), mask_id_number(person.id_number.decrypt()))]
    of_channels = (channel.address for channel in CHANNELS.values())
    for kind in dict.fromkeys((AddressKind.PHONE, AddressKind.EMAIL, *of_channels)):
        address = addresses.get(kind)
        shown.append((str(kind.label), mask_address(kind, address.value.decrypt()) if address else "–"))
    return shown


def revealable(application: Application, addresses: Mapping[str, Address]) -> list[tuple[str, str]]:
    """Code and name of what is encrypted of this person; nothing is, once nobody knows who it was."""
    if application.person.anonymised_at is not None:
        return []
    return [
        (ID_NUMBER, str(application.person.get_id_type_display())),
        *((kind.value, str(kind.label)) for kind in AddressKind if kind.value in addresses),
    ]


def _scored(result: Any, names: dict[str, str]) -> dict[str, Any]:
    ranked = sorted(result.dimensions.items(), key=lambda item: -item[1])
    return {"result": result, "dimensions": [(names.get(code, code), value) for code, value in ranked]}


def _with_evidence_steps(notice: Notice, deliveries: list[Delivery]) -> dict[str, Any]:
    return {
        "notice": notice,
        "evidence_steps": evidence_steps_of(notice),
        "deliveries": [row for row in deliveries if row.notice_id == notice.pk],
        "ended": ALL_REASONS.get(notice.stop_reason, notice.stop_reason),
    }


def _replies(belongings: Belongings, refused: tuple[UUID, AnswerForm] | None) -> list[dict[str, Any]]:
    """Each reply with its form, and with the target it is about as the candidate read it."""
    forms = dict([refused]) if refused else {}
    targets = {
        target["code"]: target["text"]
        for notice in reversed(belongings.notices)
        for target in notice.context.get("targets", [])
    }
    return [
        {
            "reply": reply,
            "target": targets.get(reply.target_code, reply.target_code),
            "form": forms.get(reply.pk)
            or AnswerForm(prefix=str(reply.pk), initial={"seen": str(len(reply.answers.all()))}),
            "reading": ClassificationForm(
                initial={
                    "labels": reply.labels,
                    "attitude": reply.target_attitude,
                    "seen": classification_digest(reply),
                },
                auto_id=f"id_{reply.pk}_%s",
            ),
        }
        for reply in belongings.replies
    ]


def _answered_meanwhile(refusal: EditConflict) -> str:
    return _(
        "%(who)s has already answered; see above. Your answer has not been sent. Send it if it is "
        "still needed; the candidate will then see both."
    ) % {"who": refusal.by}


def _places(access: Access) -> PermissionScope | None:
    return access.scopes.get(Permission.SEE_CANDIDATES) or access.scopes.get(Permission.CONFIRM_NEED)


def _views(request: HttpRequest, *, only_department: bool) -> list[dict[str, object]]:
    labels = {
        "": _("All"),
        "passed": _("Passed"),
        "held": _("Hired by another branch"),
        "no_rule": _("Unmatched"),
        "unread": _("Notified, unread"),
        "accepted": _("Accepted"),
    }
    if only_department:
        labels = {view: labels[view] for view in ("", "unread", "accepted")}
    return tabs(reverse("candidates"), labels.items(), request.GET.get("view", ""))
