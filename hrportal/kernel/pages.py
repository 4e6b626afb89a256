"""One way to act on a page: the methods it takes, its form, one operation, what stands against it, where it leads.

A view finds its row and asks for the permission, then hands the operation to ``form_page`` (a page with one
form), to ``acted`` (a form on another page) or to ``tried`` (a button). Whatever is ``Refused`` is said
where it is read: at the form, which keeps what was typed, or on the page it leads to.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Required, TypedDict, TypeVar, Unpack
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import TextChoices
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hrportal.kernel.refusals import Conflict, Refused

# What a form makes of what was typed, by field.
Typed = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])
Choices = TypeVar("Choices", bound=TextChoices)


def takes(*methods: str) -> Callable[[View], View]:
    """Take these methods, and HEAD where GET is one of them; any other gets 405, signed in or not.

    Nothing is said of the sign-in: ``branches.sign_in.middleware.SignInRequired`` asks every page for it.
    """
    taken = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: View) -> View:
        guarded = require_http_methods(taken)(view)
        guarded.methods = taken  # type: ignore[attr-defined]  # read by the middleware
        return guarded

    return decorate


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form of this page is bound to; None before it was sent."""
    return request.POST if request.method == "POST" else None


class Words(TypedDict, total=False):
    """What stands around a form."""

    title: Required[str]
    intro: str
    submit_label: Required[str]
    submit_class: str


def acted(
    request: HttpRequest,
    form: BaseForm,
    act: Callable[[Typed], object],
    show: Callable[[], HttpResponse],
    *,
    back_url: str,
    done: str | Promise = "",
    leaves_on: type[Refused] | tuple[type[Refused], ...] = (),
) -> HttpResponse:
    """What becomes of a form: its operation done, or the page again with what was typed and why it was not.

    ``act`` gets the form's cleaned data; it may answer by itself where it leads elsewhere than to
    ``back_url``, where ``done`` is said. After a refusal of ``leaves_on`` there is nothing left to ask
    here, so it is said there as well. ``show`` draws the page, 422 where the form has errors.
    """
    if request.method == "POST" and form.is_valid():
        try:
            answer = act(form.cleaned_data)
        except leaves_on as refusal:
            tell(request, refusal)
            return HttpResponseRedirect(back_url)
        except Refused as refusal:
            refusal.tell(form)
        else:
            if isinstance(answer, HttpResponse):
                return answer
            if done:
                messages.success(request, str(done))
            return HttpResponseRedirect(back_url)
    return show()


def form_page(
    request: HttpRequest,
    form: BaseForm,
    act: Callable[[Typed], object],
    *,
    back_url: str,
    back_label: str = "",
    done: str | Promise = "",
    leaves_on: type[Refused] | tuple[type[Refused], ...] = (),
    **words: Unpack[Words],
) -> HttpResponse:
    """A page of its own for one form; see ``acted``."""

    def show() -> HttpResponse:
        context = {
            **words,
            "form": form,
            "action": request.get_full_path(),
            "back_url": back_url,
            "back_label": back_label or _("Back"),
        }
        return render(request, "components/form_page.html", context, status=422 if form.errors else 200)

    return acted(request, form, act, show, back_url=back_url, done=done, leaves_on=leaves_on)


def tried(request: HttpRequest, act: Callable[[], object], *, done: str | Promise = "") -> bool:
    """Whether an operation was done; that it was, or what stands against it, is said on the next page."""
    try:
        act()
    except Refused as refusal:
        tell(request, refusal)
        return False
    if done:
        messages.success(request, str(done))
    return True


def tell(request: HttpRequest, refusal: Refused) -> None:
    """Say on the next page why nothing was done; that somebody was faster is nobody's error."""
    level = messages.WARNING if isinstance(refusal, Conflict) else messages.ERROR
    messages.add_message(request, level, str(refusal.sentence))


def chosen(request: HttpRequest, choices: type[Choices], *, by: str = "view") -> Choices:
    """The view that the address asks for; the first of the list where it asks for none that exists."""
    wanted = request.GET.get(by, "")
    return choices(wanted) if wanted in choices.values else next(iter(choices))


def tabs(
    url: str,
    labels: Iterable[tuple[str, object]],
    active: str | None,
    *,
    by: str = "view",
    counts: Mapping[str, int | None] | None = None,
    kept: Mapping[str, str] | None = None,
) -> list[dict[str, object]]:
    """The tabs of one list, as ``components/views_bar.html`` draws them; the first has the list's own address.

    ``labels`` are value and label of each, as a ``TextChoices`` has them; ``active`` is the value that is
    shown, None on a page beside the list; ``kept`` is what else stays chosen in every address.
    """
    return [
        tab(
            url,
            label,
            is_active=value == active,
            count=(counts or {}).get(value),
            query={**({by: value} if number else {}), **(kept or {})},
        )
        for number, (value, label) in enumerate(labels)
    ]


def tab(
    url: str,
    label: object,
    *,
    is_active: bool,
    count: int | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """One tab: a page of its own among those of a list."""
    address = f"{url}?{urlencode(query)}" if query else url
    return {"url": address, "label": label, "is_active": is_active, "count": count}
