"""The scope of a request, also for a body that is read after the view has ended."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from branches.access import access_of
from branches.models import User
from branches.roles import Role
from hrportal.kernel.scopes import SETTING, current, scoped
from hrportal.middleware import close_answers, scope_of_request
from tests.factories import NOW, make_bank, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]


def told() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(current_setting('{SETTING}', true), '')")
        return str(cursor.fetchone()[0])


def request_of(user: User | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_a_view_and_its_streamed_body_work_in_the_viewer_s_scope() -> None:
    make_bank()
    user = make_staff(Role.CITY_HR, "440200")
    wanted = access_of(user, now=NOW).scope.setting

    def chunks() -> Iterator[str]:
        yield told()
        yield told()

    def view(request: HttpRequest) -> HttpResponse:
        assert told() == wanted
        return StreamingHttpResponse(chunks())  # type: ignore[return-value]  # as Django's own views do

    with scoped(None):
        response = scope_of_request(view)(request_of(user))
        assert b"".join(response) == (wanted * 2).encode()
        assert (current(), told()) == (None, "")


def test_whoever_is_not_signed_in_has_no_scope() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(told())

    assert scope_of_request(view)(request_of(AnonymousUser())).content == b""


def test_no_answer_is_kept_unless_its_view_says_so() -> None:
    def answered(response: HttpResponse) -> HttpResponse:
        return close_answers(lambda _request: response)(RequestFactory().get("/"))

    closed = answered(HttpResponse())
    assert "no-store" in closed["Cache-Control"]
    assert "camera=()" in closed["Permissions-Policy"]
    assert answered(HttpResponse(headers={"Cache-Control": "max-age=60"}))["Cache-Control"] == "max-age=60"
