"""One form, one operation: what stands against it is said where it is read, and what was typed stays."""

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.contrib.messages import ERROR, SUCCESS, WARNING, get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from hrportal.kernel.optimistic_lock import EditConflict, SeenField
from hrportal.kernel.pages import acted, chosen, tabs, takes, tried
from hrportal.kernel.refusals import Conflict, NotSecondPerson, ReasonMissing, Refused


class Named(forms.Form):
    name = forms.CharField()
    seen = SeenField()


class Lists(TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"


def request_of(rf: RequestFactory, **sent: str) -> HttpRequest:
    request = rf.post("/acts/", sent)
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]  # as the middleware does
    return request


def posted(
    rf: RequestFactory, act: Callable[[dict[str, Any]], object], **sent: str
) -> tuple[HttpResponse, Named, list[tuple[int, str]]]:
    request = request_of(rf, **sent)
    form = Named(request.POST)
    answer = acted(
        request,
        form,
        act,
        lambda: HttpResponse(form.as_p(), status=422 if form.errors else 200),
        back_url="/list/",
        done="Done.",
        leaves_on=Conflict,
    )
    return answer, form, [(said.level, str(said)) for said in get_messages(request)]


def refusing(refusal: Exception) -> Callable[[dict[str, Any]], object]:
    def act(typed: dict[str, Any]) -> object:
        raise refusal

    return act


def test_what_is_done_is_said_where_it_leads(rf: RequestFactory) -> None:
    did: list[str] = []
    answer, _form, said = posted(rf, lambda typed: did.append(typed["name"]), name="Li")
    assert (answer.status_code, answer["Location"]) == (302, "/list/")
    assert (did, said) == (["Li"], [(SUCCESS, "Done.")])


def test_an_act_may_lead_elsewhere(rf: RequestFactory) -> None:
    answer, _form, said = posted(rf, lambda _typed: HttpResponse("the row", status=201), name="Li")
    assert (answer.status_code, said) == (201, [])


def test_nothing_is_done_with_what_is_not_valid(rf: RequestFactory) -> None:
    did: list[object] = []
    answer, _form, _said = posted(rf, did.append, name="")
    assert (answer.status_code, did) == (422, [])


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        (Refused("Choose another name.", field="name"), "name"),
        (Refused("Not today."), "__all__"),
        (Refused("Too late.", field="a field of another form"), "__all__"),
        (NotSecondPerson(), "__all__"),
        (ReasonMissing(), "__all__"),
    ],
)
def test_what_stands_against_it_is_said_at_the_form_that_keeps_the_text(
    rf: RequestFactory, refusal: Refused, field: str
) -> None:
    answer, form, said = posted(rf, refusing(refusal), name="Li Na")
    assert answer.status_code == 422
    assert "Li Na" in answer.text
    assert form.errors == {field: [str(refusal.sentence)]}
    assert said == []


def test_where_nothing_is_left_to_ask_it_is_said_on_the_list(rf: RequestFactory) -> None:
    answer, _form, said = posted(rf, refusing(Conflict()), name="Li")
    assert (answer.status_code, answer["Location"]) == (302, "/list/")
    assert said == [(WARNING, str(Conflict.sentence))]


def test_another_s_edit_leaves_the_text_and_starts_from_what_is_stored(rf: RequestFactory) -> None:
    conflict = EditConflict(by="Zhao Lei", at=None, what="", seen="2")
    answer, form, _said = posted(rf, refusing(conflict), name="Li", seen="1")
    assert (answer.status_code, form["seen"].value()) == (422, "2")
    assert "Zhao Lei" in form.non_field_errors()[0]
    assert "Zhao Lei" not in repr(conflict)


def test_what_is_no_refusal_is_not_swallowed(rf: RequestFactory) -> None:
    with pytest.raises(ZeroDivisionError):
        posted(rf, refusing(ZeroDivisionError()), name="Li")


def test_a_button_says_what_became_of_it(rf: RequestFactory) -> None:
    request = request_of(rf)
    assert tried(request, lambda: None, done="Sent.")
    assert not tried(request, lambda: refusing(Refused("Turned off."))({}))
    assert [(said.level, said.message) for said in get_messages(request)] == [
        (SUCCESS, "Sent."),
        (ERROR, "Turned off."),
    ]


def test_the_first_tab_is_the_list_itself() -> None:
    found = tabs("/list/", Lists.choices, Lists.DONE, counts={Lists.OPEN: 3}, kept={"branch": "44"})
    assert [(one["url"], one["is_active"], one["count"]) for one in found] == [
        ("/list/?branch=44", False, 3),
        ("/list/?view=done&branch=44", True, None),
    ]


@pytest.mark.parametrize(("asked", "shown"), [("done", Lists.DONE), ("", Lists.OPEN), ("x", Lists.OPEN)])
def test_a_view_that_does_not_exist_is_the_first(rf: RequestFactory, asked: str, shown: Lists) -> None:
    assert chosen(rf.get("/list/", {"view": asked}), Lists) is shown


def test_a_page_takes_what_it_says(rf: RequestFactory) -> None:
    @takes("GET")
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert [page(rf.generic(method, "/")).status_code for method in ("GET", "HEAD", "POST", "PUT")] == [
        200,
        200,
        405,
        405,
    ]
