"""Changing an offer that was sent: every act is one form on one page."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.access import Permission
from hrportal.kernel import clocks
from hrportal.kernel.pages import form_page, sent, takes, tell
from hrportal.kernel.refusals import Conflict
from recruitment.enums import OfferAct
from recruitment.forms.candidates import ReasonForm
from recruitment.forms.offers import (
    DayAnswerForm,
    DeadlineForm,
    FirstDayForm,
    RecordedAnswerForm,
    RevocationForm,
)
from recruitment.operations.answers import record_answer
from recruitment.operations.first_days import answer_proposed_day, change_first_day
from recruitment.operations.offer_terms import correct_answer, extend_deadline, reopen_offer
from recruitment.operations.offers import (
    ask_revocation,
    record_no_show,
    uphold_offer,
    withdraw_acceptance,
)
from recruitment.queries.offers import acts_open
from recruitment.views.candidates import find_application


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of one act: its form, its operation, its words."""

    form: Callable[..., Form]
    act: Callable[..., object]
    intro: str | Promise
    submit_label: str | Promise
    done: str | Promise
    submit_class: str = "btn-primary"


PAGES: dict[OfferAct, Page] = {
    OfferAct.REVOKE: Page(
        form=RevocationForm,
        act=ask_revocation,
        intro=_(
            "A second person has to approve the revocation. Until then nothing more of the offer is sent. "
            "Once approved, the candidate is informed, preparations stop, and the next branch in line continues."
        ),
        submit_label=_("Request revocation"),
        submit_class="btn-danger",
        done=_("Requested. A second person has to approve it, see Approvals."),
    ),
    OfferAct.UPHOLD: Page(
        form=ReasonForm,
        act=uphold_offer,
        intro=_(
            "The interview result was reversed after the offer was sent. The offer stays valid, held messages "
            "are sent, and the candidate has at least until the end of tomorrow to reply."
        ),
        submit_label=_("Uphold the offer"),
        done=_("The offer is upheld."),
    ),
    OfferAct.WITHDRAW_ACCEPTANCE: Page(
        form=ReasonForm,
        act=withdraw_acceptance,
        intro=_(
            "The candidate told you that they will not start. Say when and how. The candidate receives a "
            "confirmation, preparations stop, and the next branch in line continues."
        ),
        submit_label=_("Record the withdrawal"),
        submit_class="btn-danger",
        done=_("Recorded. The candidate is being informed."),
    ),
    OfferAct.NO_SHOW: Page(
        form=ReasonForm,
        act=record_no_show,
        intro=_(
            "The candidate did not start on the first day. Say how you know. The candidate is informed, and "
            "the offer ends."
        ),
        submit_label=_("Record the no-show"),
        submit_class="btn-danger",
        done=_("Recorded. The candidate is being informed."),
    ),
    OfferAct.EXTEND: Page(
        form=DeadlineForm,
        act=extend_deadline,
        intro=_(
            "The candidate is informed of the new deadline. Messages that name the old one are cancelled."
        ),
        submit_label=_("Extend"),
        done=_("Extended. The candidate is being informed."),
    ),
    OfferAct.REOPEN: Page(
        form=DeadlineForm,
        act=reopen_offer,
        intro=_(
            "The offer expired without an answer. It is opened again if no other application has reserved "
            "the candidate since. The candidate is informed."
        ),
        submit_label=_("Open again"),
        done=_("The offer is open again. The candidate is being informed."),
    ),
    OfferAct.CORRECT_ANSWER: Page(
        form=ReasonForm,
        act=correct_answer,
        intro=_(
            "For an answer given or entered by mistake within the last day. It is removed, the candidate is "
            "informed and can answer again. Say how you know that it was a mistake."
        ),
        submit_label=_("Remove the answer"),
        submit_class="btn-danger",
        done=_("Removed. The candidate can answer again."),
    ),
    OfferAct.RECORD_ANSWER: Page(
        form=RecordedAnswerForm,
        act=record_answer,
        intro=_("The candidate receives a confirmation of what you enter and can object."),
        submit_label=_("Record the answer"),
        done=_("Recorded. The candidate is being informed."),
    ),
    OfferAct.FIRST_DAY: Page(
        form=FirstDayForm,
        act=change_first_day,
        intro=_(
            "Before the candidate has accepted, the day changes immediately. After the acceptance, the candidate is "
            "asked unless they have agreed. Checklist and calendar entry follow the new day."
        ),
        submit_label=_("Change the first day"),
        done=_("Done. The candidate is being informed."),
    ),
    OfferAct.ANSWER_DAY: Page(
        form=DayAnswerForm,
        act=answer_proposed_day,
        intro=_("The candidate asked for another first day. Agree with the department first."),
        submit_label=_("Answer"),
        done=_("Answered. The candidate is being informed."),
    ),
}


@takes("GET", "POST")
def change(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Do one act to the offer, or show what it asks."""
    access, application = find_application(request, pk)
    access.require_at(Permission.CHANGE_OFFER, branch_id=application.branch_id)
    if act not in OfferAct:
        raise Http404
    chosen, back = OfferAct(act), reverse("candidate", args=[pk])
    if chosen not in acts_open(application, now=clocks.now()):
        tell(request, Conflict())
        return redirect(back)
    page = PAGES[chosen]
    return form_page(
        request,
        page.form(sent(request)),
        lambda typed: page.act(application_id=application.pk, **typed, now=clocks.now(), by=access.user),
        back_url=back,
        back_label=application.person.name,
        done=page.done,
        leaves_on=Conflict,
        title=str(chosen.label),
        intro=str(page.intro),
        submit_label=str(page.submit_label),
        submit_class=page.submit_class,
    )
