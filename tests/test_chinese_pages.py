"""Every page of staff in Chinese, with rows on it: no word that nobody translated."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from branches.queries.changes import columns_of, field_label, kinds
from branches.roles import rights_of_role
from hrportal.kernel.scopes import bank_wide
from tests.chinese import latin_words
from tests.factories import make_staff
from tests.matrix.routes import ROLES, SETTINGS, Route, routes
from tests.matrix.rows import Place, make_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
# What machines read, files, and the way out.
NO_PAGES = re.compile(r"/(api|webhooks|healthz|readyz|metrics|static|language|theme|sign-out)\b")
# What the rows of these tests are called, and codes that authors and files write as they are.
NAMES = frozenset(
    {"Badge", "Contract", "Default", "Workplace", "badge", "contract", "default", "workplace"}
) | {*("TELLER", "control", "counter", "metric", "sales", "technology", "tourism", "trainee")}
ROW_OF_SETTINGS = re.compile(r"^/admin/(?P<app>\w+)/(?P<model>\w+)/<(?:object_id|pk)>/")


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Place]]:
    """Rows at every branch, for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        with bank_wide("a test"):
            made = make_rows()
        yield made
        transaction.set_rollback(True)


def reader(role: str) -> tuple[Client, str]:
    """Somebody of this role, with Chinese as language, and the branch whose rows they open."""
    kind, relations = ROLES[role]
    client = Client(headers={"accept-language": "zh-hans"})
    if kind is not None:
        user = make_staff(
            kind,
            relations["own"],
            department="OPERATIONS" if rights_of_role(kind).at_department else "",
            username="员工",
        )
        client.force_login(user)
    return client, relations["own"]


def address(route: Route, place: Place) -> str:
    """Where the page of a row is; of the settings, the newest row of that kind."""
    named = ROW_OF_SETTINGS.match(route.path)
    if named is None:
        return route.url(place)
    rows = apps.get_model(named["app"], named["model"])._default_manager.order_by("-pk")
    row = rows.first()
    return re.sub(r"<(?:object_id|pk)>", str(row.pk if row else 0), route.path)


@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_a_word_that_nobody_translated(role: str, places: dict[str, Place]) -> None:
    client, branch = reader(role)
    seen, found = 0, []
    for route in routes():
        if NO_PAGES.match(route.path) or (route.path.startswith(SETTINGS) and role != "hq_hr"):
            continue
        url = address(route, places[branch])
        with transaction.atomic():
            answer: Any = client.get(url)
            transaction.set_rollback(True)
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        seen += 1
        found += [f"{route.path} {word}" for word in latin_words(answer.content.decode(), data=NAMES)]
    assert not found, "\n".join(found)
    assert seen >= (60 if role == "hq_hr" else 3)


def test_every_field_of_the_history_has_a_chinese_name() -> None:
    with translation.override("zh-hans"):
        labels = [field_label(column) for model in kinds().values() for column in columns_of(model)]
    assert len(labels) > 50
    assert [label for label in labels if label.isascii()] == []


def test_a_word_left_in_english_is_found() -> None:
    page = """<html lang="zh-Hans"><title>候选人</title><p>共 3 位 候选人，App 账号 M-12ab，柜员 TELLER_1</p>
    <p title="Wait for it">已读</p><p lang="en">Said in English</p><code>code here</code><p>审核中Review it</p>"""
    assert [word.split(":")[0] for word in latin_words(page)] == ["Wait", "for", "it", "Review"]
