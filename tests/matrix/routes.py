"""Every URL of the portal, asked as every role, for a row in every relation to that role."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, cast

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from branches.enums import BranchLevel
from branches.roles import Role, rights_of_role
from tests.factories import make_staff
from tests.matrix.rows import Place, marker

METHODS = ("GET", "POST", "PUT", "DELETE")
RELATIONS = ("own", "below", "above", "sibling", "elsewhere")
# Each role with the branch it works at and where the row lies in each relation to it; "-" lies nowhere.
CITY = {
    "own": "440200",
    "below": "440201",
    "above": "440000",
    "sibling": "440300",
    "elsewhere": "320100",
}
PROVINCE = {
    "own": "440000",
    "below": "440200",
    "above": "000000",
    "sibling": "320000",
    "elsewhere": "320100",
}
HEAD_OFFICE = {"own": "000000", "below": "440200"}
# Roles that could be held lower as well, but whose work is the whole bank's.
OF_THE_BANK = (Role.IT_OPS, Role.AUDITOR)


def _relations(role: Role) -> dict[str, str]:
    levels = rights_of_role(role).levels
    if role in OF_THE_BANK or levels == (BranchLevel.HEAD_OFFICE,):
        return HEAD_OFFICE
    return PROVINCE if levels == (BranchLevel.PROVINCE,) else CITY


ROLES: dict[str, tuple[Role | None, dict[str, str]]] = {
    "anonymous": (None, CITY),
    **{role.value: (role, _relations(role)) for role in Role},
}
# Which of a branch's rows a URL names: by the parameters it has and the part of the portal it is in.
ROWS: dict[str, dict[str, str]] = {
    "/n/<token>": {"token": "token"},
    "/candidates/<pk>/offer/<act>/": {"pk": "application", "act": "offer_act"},
    "/candidates/<pk>/release/": {"pk": "held"},
    "/candidates/<pk>/override/": {"pk": "held"},
    "/candidates/<pk>/": {"pk": "application", "reply_id": "reply", "difference_id": "difference"},
    "/confirmations/<pk>/": {"pk": "confirmation"},
    "/reviews/returned/<pk>/": {"pk": "returned"},
    "/reviews/<pk>/": {"pk": "review"},
    "/follow-ups/<pk>/": {"pk": "follow_up"},
    "/onboarding/<task_id>/": {"task_id": "task"},
    "/releases/<pk>/": {"pk": "release"},
    "/quarantine/<pk>/": {"pk": "signal"},
    "/duplicates/<pk>/": {"pk": "match"},
    "/no-rule/<pk>/": {"pk": "no_rule"},
    "/replies/<pk>/": {"pk": "reply"},
    "/recommendations/<pk>/": {"pk": "recommendation"},
    "/data-requests/<pk>/": {"pk": "data_request"},
    "/exports/<pk>/": {"pk": "export"},
    "/hires/<pk>/record/": {"pk": "to_hire"},
    "/hires/<pk>/": {"pk": "hire", "difference_id": "disputed"},
    "/performance-records/<pk>/": {"pk": "upload"},
    "/audit/<pk>/": {"pk": "access_entry"},
    "/audit/changes/<kind>/<pk>/": {"kind": "change_kind", "pk": "change"},
    "/approvals/<pk>/": {"pk": "approval"},
    "/staff/<pk>/": {"pk": "staff"},
    "/staff/roles/<pk>/": {"pk": "grant"},
    "/staff/delegations/<pk>/": {"pk": "delegation"},
    "/content-blocks/<pk>/": {"pk": "part"},
    "/content-blocks/versions/<pk>/": {"pk": "part_version"},
    "/branches/<code>/": {"code": "code"},
    "/analysis/cases/<pk>/": {"pk": "hire"},
}
# Django's admin takes every method for one of two.
SETTINGS = "/admin/"
# Rows that no branch has: settings, what machines ask for by a name of their own, links with a secret.
FIXED = {
    SETTINGS: {"object_id": "0", "pk": "0", "url": "no-such-page", "app_label": "recruitment"},
    "/seasons/": {"code": "2026-autumn"},
    "/exports/alarms/": {"pk": "0"},
    "/invitation/": {"uidb64": "MA", "token": "none"},
    "/account/sessions/": {"session_id": "0"},
    "/inbox/": {"pk": "0"},
    "/sign-in/sso/": {"provider_id": "none"},
    "/analysis/known-truth/": {"pk": "00000000-0000-0000-0000-000000000000"},
    "/analysis/<panel>/": {"panel": "dimensions"},
    "/webhooks/": {"callback": "wechat"},
    "/api/v1/": {"webhook_id": "msg_1", "notice_id": "1", "recommendation_id": "1"},
}
PARAMETER = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")
REGEX_GROUP = re.compile(r"\^?\(\?P<(\w+)>[^)]*\)\$?")


@dataclass(frozen=True)
class Route:
    """One URL of the configuration, its parameters without their converters."""

    path: str

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.path)

    @property
    def names_a_row(self) -> bool:
        return any(self.path.startswith(place) for place in ROWS)

    def url(self, place: Place) -> str:
        """The address of the branch's own row.

        Raises:
            KeyError: nobody said which row the URL names; ``ROWS`` is the place to say it.
        """
        values = self._values(place) if self.parameters else {}
        return PARAMETER.sub(lambda found: str(values[found[1]]), self.path)

    def _values(self, place: Place) -> dict[str, Any]:
        for start, kinds in ROWS.items():
            if self.path.startswith(start):
                return {name: place.keys[kind] for name, kind in kinds.items()}
        for start, fixed in FIXED.items():
            if self.path.startswith(start):
                return fixed
        raise KeyError(f"tests/matrix/routes.py: name the row of {self.path} in ROWS.")


def routes() -> list[Route]:
    """Every URL once, in the order of the configuration."""
    return [Route(path) for path in dict.fromkeys(_paths(get_resolver()))]


def _paths(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = before + REGEX_GROUP.sub(r"<\1>", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield PARAMETER.sub(r"<\1>", path)
        else:
            yield from _paths(pattern, path)


Case = tuple[str, str, str]


class Prober:
    """Asks as one role and says in a word what came back; whatever was changed is undone."""

    def __init__(self, role: str, places: dict[str, Place]) -> None:
        self._places = places
        kind, self.relations = ROLES[role]
        self._client = Client(raise_request_exception=False, headers={"accept-language": "en"})
        if kind is not None:
            department = "OPERATIONS" if rights_of_role(kind).at_department else ""
            user = make_staff(kind, self.relations["own"], department=department)
            self._client.force_login(user)

    def answers(self, route: Route) -> dict[Case, str]:
        """What each method and relation gets, by (path, method, relation)."""
        found: dict[Case, str] = {}
        for method in METHODS[:2] if route.path.startswith(SETTINGS) else METHODS:
            for relation, answer in self._asked(route, method):
                found[(route.path, method, relation)] = answer
        return found

    def _asked(self, route: Route, method: str) -> Iterator[tuple[str, str]]:
        """A list is asked once and looked through for every branch's candidates; a row at its own address."""
        places = {relation: self._places[code] for relation, code in self.relations.items()}
        if route.names_a_row:
            # What takes no such method says so before it looks for a row.
            asked = places if method in ("GET", "POST") else {"own": places["own"]}
            for relation, place in asked.items():
                yield relation, _word(self._send(method, route.url(place)))
            return
        response = self._send(method, route.url(places["own"]))
        word = _word(response)
        if method != "GET" or word != "200":
            yield "any", word
            return
        # A file is no text.
        body = response.content.decode(errors="replace")
        for relation, place in places.items():
            yield relation, "shown" if marker(place.branch.code) in body else "200"

    def _send(self, method: str, url: str) -> HttpResponse:
        cookies = SimpleCookie(self._client.cookies)
        with transaction.atomic():
            response = cast("HttpResponse", self._client.generic(method, url))
            transaction.set_rollback(True)
        # Signed out, or with another language, for this one answer only.
        self._client.cookies = cookies
        return response


def _word(response: HttpResponse) -> str:
    if response.status_code == 302 and response.headers["Location"].startswith("/sign-in/"):
        return "sign-in"
    return str(response.status_code)
