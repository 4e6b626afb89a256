"""Opening and reading a notice. A GET changes nothing, for link scanners follow every link."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hrportal.kernel import clocks
from hrportal.kernel.refill import refill
from notifications.operations.read_receipts import record_opened
from notifications.rendering.sms import with_link_html
from recruitment.enums import Attitude
from recruitment.forms.candidate import IdentityForm
from recruitment.operations.identity_check import IdentityWrong, TooManyAttempts, prove_identity
from recruitment.queries.candidate import (
    CandidateNotice,
    contact_phone,
    replies_to,
    target_cards,
    thread_of,
)
from recruitment.queries.offers import moves_of_first_day
from recruitment.rendering.calendar import FirstDay, calendar_file
from recruitment.views.candidate.access import (
    back_to,
    bank_name,
    behind_link,
    client_of,
    give_pass,
    has_pass,
    identity_page,
    open_typed,
    page_url,
)
from recruitment.views.candidate.answers import page_of

ALMOST_DUE = timedelta(days=2)


@behind_link("GET", identified=False)
def show(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """The notice, or the form that asks who one is."""
    if not has_pass(request, found):
        return identity_page(request, found, note=request.GET.get("note", ""))
    return render(request, "candidate/notice.html", page_context(request, found))


@behind_link("POST", identified=False)
def identify(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Four characters; right ones open the notice, which counts as read."""
    form = IdentityForm(request.POST)
    typed = request.POST.get("typed", "")

    def not_yet(note: str) -> HttpResponse:
        return identity_page(request, found, note=note, typed=typed) if typed else back_to(found, note=note)

    if not form.is_valid():
        return not_yet("digits")
    try:
        prove_identity(
            notice=found.notice,
            characters=form.cleaned_data["digits"],
            client=client_of(request),
            now=clocks.now(),
            at=timezone.now(),
        )
    except TooManyAttempts:
        return not_yet("wait")
    except IdentityWrong:
        return not_yet("digits")
    kept = open_typed(found, typed)
    response = _typed_again(request, found, *kept) if kept else back_to(found)
    give_pass(response, found)
    return response


def _typed_again(
    request: HttpRequest, found: CandidateNotice, name: str, sent: dict[str, str]
) -> HttpResponse:
    """The page somebody was about to send, with what they typed in it; they send it themselves."""
    own = render(request, "candidate/notice.html", page_context(request, found))
    response = page_of(request, found, name) or own
    url = page_url(found)
    filled = refill(response.content.decode(), page=url, actions=[f"{url}/{name}"], fields=list(sent.items()))
    response.content = (filled or response.content.decode()).encode()
    return response


@behind_link("POST", identified=False)
def opened(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """A page that became visible reports so; it counts only after somebody has shown who they are.

    Scanners that run scripts make pages visible as well, and a wrong number has an owner.
    """
    if has_pass(request, found):
        record_opened(notice_id=found.notice.pk, now=clocks.now())
    return HttpResponse(status=204)


@behind_link("GET")
def calendar(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """The first day for the phone's calendar."""
    context = found.notice.context
    branch = context.get("branch", {})
    materials = [f"· {item}" for item in context.get("materials", [])]
    lines = [context.get("position", {}).get("name", ""), contact_phone(context)]
    if materials:
        lines += [_("Please bring:"), *materials]
    moves = moves_of_first_day(found.application)
    first_day = FirstDay(
        uid=f"{found.notice.pk}@{urlsplit(settings.PUBLIC_URL).hostname}",
        day=found.starts_on,
        stamped_at=max([found.notice.approved_at or found.notice.composed_at, *moves]),
        sequence=len(moves),
        summary=_("First day at %(branch)s") % {"branch": branch.get("name", "")},
        location=branch.get("address", ""),
        description="\n".join(filter(None, lines)),
    )
    response = HttpResponse(calendar_file(first_day), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="first-day.ics"'
    return response


def page_context(request: HttpRequest, found: CandidateNotice) -> dict[str, object]:
    """What the page of a notice shows."""
    notice, replies = found.notice, replies_to(found.notice)
    return {
        "url": page_url(found),
        "bank": bank_name(),
        "note": request.GET.get("note", ""),
        "found": found,
        "notice": notice,
        "facts": notice.context,
        "letter": letter_of(found),
        "phone": contact_phone(notice.context),
        "targets": target_cards(notice, replies),
        "thread": thread_of(replies),
        "attitudes": Attitude.choices,
        "almost_due": notice.reply_by - clocks.now() < ALMOST_DUE,
    }


def letter_of(found: CandidateNotice) -> SafeString:
    """The approved text as it was reviewed; a link in it leads to this page."""
    html = with_link_html(found.notice.bodies["page_html"], page_url(found))
    # Rendered with autoescaping from a template that the checker allowed, and frozen at approval.
    return mark_safe(html)  # noqa: S308 - see above
