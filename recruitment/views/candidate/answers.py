"""Answering a notice. Each answer is a POST and ends in a redirect; its GET is the page that asks."""

from collections.abc import Callable

from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from branches.queries.calendar import bank_calendar
from hrportal.kernel import clocks
from hrportal.kernel.refusals import Refused
from recruitment.enums import Attitude
from recruitment.forms.candidate import AskForm, DateForm, DeclineForm, ReactForm
from recruitment.operations.first_days import take_candidates_word
from recruitment.operations.offers import withdraw_acceptance
from recruitment.operations.replies import (
    AlreadyAnswered,
    ReplyEmpty,
    TooManyReplies,
    accept_offer,
    ask,
    decline_offer,
    propose_date,
    react_to_target,
)
from recruitment.queries.candidate import CandidateNotice, Standing, contact_phone
from recruitment.views.candidate.access import back_to, bank_name, behind_link, page_url


@behind_link("GET", "POST")
def accept(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Ask once more, with date and place; then accept."""
    if found.standing is not Standing.OPEN:
        return _not_open(found)
    if request.method == "POST":
        return _answered(found, lambda: accept_offer(notice_id=found.notice.pk, now=clocks.now()))
    return render(request, "candidate/accept.html", _context(found))


@behind_link("GET", "POST")
def decline(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Decline with a reason."""
    if found.standing is not Standing.OPEN:
        return _not_open(found)
    form = DeclineForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        return _answered(
            found, lambda: decline_offer(notice_id=found.notice.pk, reason=form.text(), now=clocks.now())
        )
    return _ask_again(request, found, form, "candidate/decline.html")


@behind_link("POST")
def answer_day(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Agree to the first day that the bank proposed, or say that one cannot come then."""
    agrees = request.POST.get("answer")
    if agrees not in ("yes", "no"):
        return back_to(found, note="choose")
    try:
        take_candidates_word(application_id=found.application.pk, agrees=agrees == "yes", now=clocks.now())
    except Refused:
        return back_to(found, note="answered")
    return back_to(found, note="dated" if agrees == "no" else "agreed")


@behind_link("GET", "POST")
def withdraw(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Say after the acceptance that one does not come."""
    if found.standing is not Standing.ACCEPTED:
        return _not_open(found)
    form = DeclineForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_acceptance(application_id=found.application.pk, reason=form.text(), now=clocks.now())
        except Refused:
            return back_to(found, note="answered")
        return render(request, "candidate/withdrawn.html", _context(found))
    return _ask_again(request, found, form, "candidate/withdraw.html")


@behind_link("GET", "POST")
def ask_question(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Ask HR something."""
    if not found.takes_questions:
        return _not_open(found)
    form = AskForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        return _answered(
            found, lambda: ask(notice_id=found.notice.pk, text=text, now=clocks.now()), note="asked"
        )
    return _ask_again(request, found, form, "candidate/ask.html")


@behind_link("GET", "POST")
def propose(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Propose another first day."""
    if not found.takes_questions:
        return _not_open(found)
    form = DateForm(_sent(request), today=timezone.localdate(clocks.now()), calendar=bank_calendar())
    if request.method == "POST" and form.is_valid():
        day, text = form.cleaned_data["date"], form.cleaned_data["text"]
        return _answered(
            found,
            lambda: propose_date(notice_id=found.notice.pk, day=day, text=text, now=clocks.now()),
            note="dated",
        )
    return _ask_again(request, found, form, "candidate/date.html")


@behind_link("POST")
def react(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Say what one thinks of one target."""
    if not found.takes_questions:
        return _not_open(found)
    form = ReactForm(request.POST)
    if not form.is_valid():
        return back_to(found, note="choose")
    target, attitude = form.cleaned_data["target"], Attitude(form.cleaned_data["attitude"])
    text = form.cleaned_data["text"]
    return _answered(
        found,
        lambda: react_to_target(
            notice_id=found.notice.pk, target_code=target, attitude=attitude, text=text, now=clocks.now()
        ),
        note="reacted",
    )


def page_of(request: HttpRequest, found: CandidateNotice, name: str) -> HttpResponse | None:
    """The page that asks for one answer, nothing typed yet; None where the notice's own page asks it."""
    if name in ("accept", "decline") and found.standing is Standing.OPEN:
        form: Form | None = DeclineForm() if name == "decline" else None
    elif name == "withdraw" and found.standing is Standing.ACCEPTED:
        form = DeclineForm()
    elif name in ("ask", "date") and found.takes_questions:
        form = (
            AskForm()
            if name == "ask"
            else DateForm(today=timezone.localdate(clocks.now()), calendar=bank_calendar())
        )
    else:
        return None
    return render(request, f"candidate/{name}.html", _context(found) | {"form": form})


def _answered(found: CandidateNotice, answer: Callable[[], object], *, note: str = "") -> HttpResponse:
    try:
        answer()
    except AlreadyAnswered:
        return back_to(found, note="answered")
    except TooManyReplies:
        return back_to(found, note="many")
    except ReplyEmpty:
        return back_to(found, note="choose")
    return back_to(found, note=note)


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _not_open(found: CandidateNotice) -> HttpResponse:
    return back_to(found, note="early" if found.standing is Standing.EARLY else "answered")


def _ask_again(request: HttpRequest, found: CandidateNotice, form: Form, template: str) -> HttpResponse:
    return render(request, template, _context(found) | {"form": form}, status=422 if form.errors else 200)


def _context(found: CandidateNotice) -> dict[str, object]:
    facts = found.notice.context
    return {
        "url": page_url(found),
        "bank": bank_name(),
        "found": found,
        "notice": found.notice,
        "facts": facts,
        "phone": contact_phone(facts),
    }
