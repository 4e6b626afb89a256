"""A hundred branches want one person in one moment, each in a process of its own: one claim, in 20 rounds."""

import multiprocessing
from collections.abc import Iterable
from multiprocessing.synchronize import Barrier
from queue import Queue
from uuid import UUID

import pytest
from django.db import connection, connections

from branches.models import Branch, Department, Position
from notifications.models import Recipient
from recruitment.enums import ApplicationState, Verdict
from recruitment.models import Application, ApplicationTransition, Claim, InterviewResult, Person
from recruitment.operations.deciding import decide_person
from recruitment.queries.people import document_index
from tests.factories import NOW, make_world, resident_id

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]
PROCESSES, ROUNDS, PATIENCE_SECONDS = 100, 20, 90.0


def _worker(persons: Iterable[UUID], barrier: Barrier, failures: "Queue[str]") -> None:
    """Decide the same person at the same moment as everybody else, round after round."""
    try:
        for person_id in persons:
            barrier.wait(PATIENCE_SECONDS)
            decide_person(person_id=person_id, now=NOW)
    except Exception as error:  # noqa: BLE001 - told to the test, which fails
        failures.put(type(error).__name__)
        barrier.abort()
    finally:
        connection.close()


def test_a_hundred_processes_make_one_claim() -> None:
    make_world()
    branches = _many_branches()
    persons = [_passed_everywhere(number, branches) for number in range(ROUNDS)]
    context = multiprocessing.get_context("fork")
    barrier, failures = context.Barrier(PROCESSES), context.Queue()
    # A forked process must not share the parent's connection.
    connections.close_all()
    crew = [
        context.Process(target=_worker, args=(persons, barrier, failures), daemon=True)
        for _ in range(PROCESSES)
    ]
    for process in crew:
        process.start()
    for process in crew:
        process.join(PATIENCE_SECONDS)
    assert failures.empty(), failures.get()
    assert [process.exitcode for process in crew] == [0] * PROCESSES
    assert Claim.objects.count() == Claim.objects.filter(released_at__isnull=True).count() == ROUNDS
    assert Application.objects.filter(state=ApplicationState.CONFIRMING).count() == ROUNDS
    held = Application.objects.filter(state=ApplicationState.HELD).count()
    assert held == ROUNDS * (PROCESSES - 1)
    assert ApplicationTransition.objects.filter(action="claim").count() == ROUNDS


def _passed_everywhere(number: int, branches: list[Branch]) -> UUID:
    """One person who passed at every branch and is decided nowhere."""
    id_number = resident_id(number)
    person = Person(
        recipient=Recipient.objects.create(name=f"测试{number}"),
        id_type="resident_id",
        id_index=document_index(f"resident_id:{id_number}"),
        name=f"测试{number}",
        education="bachelor",
        graduation_year=2026,
        facts_at=NOW,
    )
    person.id_number = id_number
    person.save(force_insert=True)
    position = Position.objects.get(code="TELLER")
    departments = dict(Department.objects.values_list("branch_id", "pk").filter(code="OPERATIONS"))
    applications = Application.objects.bulk_create(
        Application(
            ref=f"AP-{number}-{place}",
            person=person,
            branch=branch,
            position=position,
            department_id=departments[branch.pk],
            season="2026-autumn",
            preference=1 + place % 9,
            state=ApplicationState.TO_DECIDE,
            state_at=NOW,
            passed_at=NOW,
            created_at=NOW,
        )
        for place, branch in enumerate(branches)
    )
    results = InterviewResult.objects.bulk_create(
        InterviewResult(
            application=application,
            interview_id=f"IV-{application.ref}",
            revision=1,
            event_at=NOW,
            verdict=Verdict.PASS,
            score=91,
            dimensions={"stress_tolerance": 94},
            model_version="v3.2",
            completed_at=NOW,
        )
        for application in applications
    )
    for application, result in zip(applications, results, strict=True):
        application.result = result
    Application.objects.bulk_update(applications, ["result"])
    return person.pk


def _many_branches() -> list[Branch]:
    province = Branch.objects.get(code="440000")
    position = Position.objects.get(code="TELLER")
    branches = []
    for number in range(PROCESSES):
        province.refresh_from_db()
        values = {
            "code": f"45{number:04d}",
            "name": f"第{number}分行",
            "level": "city",
            "city": "广州",
            "address": "解放路1号",
        }
        branches.append(Branch.objects.add_child(province, create_kwargs=values))
    Department.objects.bulk_create(
        Department(
            branch=branch,
            code=position.department_code,
            name_zh=position.department_zh,
            name_en=position.department_en,
        )
        for branch in branches
    )
    return branches
