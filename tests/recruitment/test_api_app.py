"""The bank app's inbox: whose it is, what it shows, what it takes."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from notifications.enums import NoticeEvidence, NoticeState
from notifications.models import Delivery, Notice
from recruitment.enums import ApplicationState, ReplyKind
from recruitment.models import Application, Reply
from tests.factories import NOW, make_world, resident_id
from tests.recruitment.candidates import make_targets, sent_notice, stop_clock

pytestmark = pytest.mark.django_db
URL = "/api/v1/app/notices"
ACCOUNT = "app-owner-1"


@pytest.fixture(autouse=True)
def bank(settings: Settings) -> None:
    stop_clock(settings)
    make_world()
    make_targets()


def owned(**changes: Any) -> Notice:
    return sent_notice(**{"app_user_id": ACCOUNT} | changes)


def headers(account: str = ACCOUNT, token: str = "") -> dict[str, str]:
    return {"authorization": f"Bearer {token or settings.APP_API_TOKENS[0]}", "app-account": account}


def get(path: str = "", **how: Any) -> Any:
    return Client().get(f"{URL}{path}", headers=headers(**how))


def post(path: str, value: Any = None, **how: Any) -> Any:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Client().post(f"{URL}{path}", body, content_type="application/json", headers=headers(**how))


def test_lists_the_customers_own_notices_and_nobody_elses() -> None:
    notice = owned()
    sent_notice(app_user_id="app-owner-2", phone="+8613900001111", id_number=resident_id(77))
    [line] = get().json()["notices"]
    assert line["id"] == str(notice.pk)
    assert line["title"] == notice.bodies["app_title"]
    assert (line["standing"], line["is_read"]) == ("open", False)
    assert get(account="app-owner-3").json() == {"notices": []}


def test_shows_the_notice_as_it_was_approved_with_the_customers_own_link() -> None:
    notice = owned()
    shown = get(f"/{notice.pk}").json()
    assert "[[link]]" not in shown["text"] + shown["html"]
    assert shown["link"] in shown["text"]
    assert shown["branch"]["address"] == notice.branch.address
    assert [target["code"] for target in shown["targets"]] == ["new-customers", "attainment"]


def test_fetching_is_not_reading_and_saying_so_cancels_the_sms() -> None:
    notice = owned()
    get(f"/{notice.pk}")
    notice.refresh_from_db()
    assert notice.evidence < NoticeEvidence.READ
    for _ in range(2):
        assert post(f"/{notice.pk}/read").status_code == 204
    notice.refresh_from_db()
    assert notice.evidence == NoticeEvidence.READ
    assert not Delivery.objects.filter(notice=notice, state="planned").exists()
    assert get().json()["notices"][0]["is_read"] is True


def test_accepting_in_the_app_is_accepting() -> None:
    notice = owned()
    answer = post(f"/{notice.pk}/reply", {"kind": "accept"})
    assert answer.status_code == 201
    assert Application.objects.get(pk=notice.subject_ref).state == ApplicationState.ACCEPTED
    assert get(f"/{notice.pk}").json()["standing"] == "accepted"
    assert post(f"/{notice.pk}/reply", {"kind": "accept"}).status_code == 409


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"kind": "decline", "reason": "家庭原因"}, ReplyKind.DECLINE),
        ({"kind": "question", "text": "培训在哪里？"}, ReplyKind.QUESTION),
        ({"kind": "attitude", "target": "attainment", "attitude": "worried"}, ReplyKind.ATTITUDE),
        ({"kind": "date", "date": "2026-12-14", "text": "论文答辩"}, ReplyKind.DATE),
    ],
)
def test_every_kind_of_answer_is_kept(value: dict[str, str], kind: ReplyKind) -> None:
    notice = owned()
    assert post(f"/{notice.pk}/reply", value).status_code == 201
    reply = Reply.objects.get(notice=notice)
    assert reply.kind == kind
    thread = get(f"/{notice.pk}").json()["thread"] if kind is not ReplyKind.DECLINE else []
    assert [said["kind"] for said in thread] == (
        [kind.value] if kind in (ReplyKind.QUESTION, ReplyKind.DATE) else []
    )


@pytest.mark.parametrize(
    ("value", "status", "field"),
    [
        (b"{", 400, ""),
        (b'{"kind": "accept", "kind": "decline"}', 400, ""),
        ([], 422, ""),
        ({"kind": "perhaps"}, 422, ""),
        ({"kind": "decline"}, 422, "/reason"),
        ({"kind": "decline", "reason": "x" * 501}, 422, "/reason"),
        ({"kind": "question", "text": "  "}, 422, "/text"),
        ({"kind": "question", "text": 7}, 422, "/text"),
        ({"kind": "attitude", "target": "attainment", "attitude": "angry"}, 422, "/attitude"),
        ({"kind": "attitude", "target": "nothing", "attitude": "worried"}, 422, "/target"),
        ({"kind": "date", "date": "2026-12-13"}, 422, "/date"),
        ({"kind": "date", "date": "soon"}, 422, "/date"),
        (b'{"kind": "question", "text": "' + b"x" * 9_000 + b'"}', 413, ""),
    ],
)
def test_names_what_is_wrong_and_keeps_nothing(value: Any, status: int, field: str) -> None:
    notice = owned()
    answer = post(f"/{notice.pk}/reply", value)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert [error["field"] for error in answer.json().get("errors", [])] == ([field] if field else [])
    assert "angry" not in answer.text
    assert not Reply.objects.exists()


def test_who_has_no_token_or_names_no_customer_gets_nothing() -> None:
    notice = owned()
    for path in ("", f"/{notice.pk}"):
        assert get(path, token="wrong").status_code == 401
        assert Client().get(f"{URL}{path}").status_code == 401
        assert get(path, account="").status_code == 400


@pytest.mark.parametrize("path", ["", "/read", "/reply"])
def test_a_foreign_notice_does_not_exist(path: str) -> None:
    notice = owned()
    ask = get if not path else post
    for key in (str(notice.pk), "not-a-key"):
        assert ask(f"/{key}{path}", account="app-owner-2").status_code == 404
    notice.refresh_from_db()
    assert notice.evidence < NoticeEvidence.READ


def test_what_is_over_is_shown_no_more(settings: Settings) -> None:
    notice = owned()
    settings.CLOCK_BUSINESS_EPOCH = (notice.reply_by + timedelta(minutes=1)).timestamp()
    assert get().json() == {"notices": []}
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.REVOKED, reply_by=NOW + timedelta(days=9))
    settings.CLOCK_BUSINESS_EPOCH = NOW.timestamp()
    assert get(f"/{notice.pk}").status_code == 404


def test_other_methods_are_problems() -> None:
    for path, allowed in (("", "GET"), ("/x", "GET"), ("/x/read", "POST"), ("/x/reply", "POST")):
        answer = Client().delete(f"{URL}{path}")
        assert (answer.status_code, answer["Allow"]) == (405, allowed)


def test_the_inbox_costs_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    owned()
    with django_assert_max_num_queries(5):
        get()
