"""The rows behind the measured lists are made by the database, past the models, whose tables must take them."""

import pytest

from notifications.enums import NoticeState
from notifications.models import Notice
from recruitment.models import Application
from tests.benchmarks.filling import fill
from tests.factories import make_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_applications_have_persons_results_and_notices() -> None:
    make_world()
    fill(20)
    rows = Application.objects.select_related("person", "result")
    assert {(row.person.name, row.result is not None) for row in rows} == {
        (f"测试{n}", True) for n in range(1, 21)
    }
    assert Notice.objects.filter(state=NoticeState.SENT).count() == 2
