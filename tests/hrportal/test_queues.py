"""The registry of what waits for people."""

from collections import Counter

from django.urls import reverse

from hrportal.navigation import PLACES
from hrportal.queues import QUEUES, TaskKind


def test_every_kind_of_work_has_one_queue() -> None:
    kinds = Counter(queue.kind for queue in QUEUES if queue.kind)
    assert kinds == dict.fromkeys(TaskKind, 1)


def test_what_is_counted_is_counted_at_a_page_of_the_navigation() -> None:
    assert {queue.place for queue in QUEUES} - {place.url_name for place in PLACES} == {""}


def test_every_line_leads_somewhere() -> None:
    for queue in QUEUES:
        if queue.kind and not queue.opens_row:
            assert reverse(queue.page)


def test_nothing_waits_unseen() -> None:
    assert [queue for queue in QUEUES if not queue.kind and not queue.place] == []
