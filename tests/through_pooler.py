"""`python -m tests.through_pooler`: clients of a pooler with fewer connections than they are; prints what they saw.

Run with the environment of production. Each client works in a scope of its own in every way the portal
works, and counts the rows and roles that are not its own.
"""

import json
import sys
import threading
from collections import Counter
from collections.abc import Iterable

import django

django.setup()

from django.db import DatabaseError, connection, transaction  # noqa: E402 - models need the set-up above

from branches.models import Branch  # noqa: E402 - the same
from hrportal.kernel.database import limits  # noqa: E402 - the same
from hrportal.kernel.database.base import BANK_ROLE, ROLE  # noqa: E402 - the same
from hrportal.kernel.scopes import Scope, scoped  # noqa: E402 - the same
from recruitment.models import Application  # noqa: E402 - the same

ROUNDS = 40


def branches_of(rows: Iterable[Application]) -> set[int]:
    return {row.branch_id for row in rows}


def ways() -> Iterable[set[int]]:
    """The branches of what is seen: in autocommit, in a transaction, with a cursor, after a savepoint."""
    yield branches_of(Application.objects.all())
    yield branches_of(Application.objects.iterator(chunk_size=1))
    with transaction.atomic():
        yield branches_of(Application.objects.iterator(chunk_size=1))
        yield branches_of(Application.objects.select_for_update(of=("self",)))
        with transaction.atomic():
            Application.objects.exists()
            transaction.set_rollback(True)
        yield branches_of(Application.objects.all())


def who() -> tuple[str, str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user::text, current_user::text, pg_backend_pid()")
        found: tuple[str, str, int] = cursor.fetchone()
        return found


def work(
    name: str, scope: Scope | None, expected: set[int], seen: Counter[str], start: threading.Barrier
) -> None:
    """One client, round by round; a mistake is counted under what it was."""
    backends = set()
    role = BANK_ROLE if scope and scope.everywhere else ROLE
    try:
        with scoped(scope):
            for _ in range(ROUNDS):
                start.wait(timeout=60)
                login, current, backend = who()
                backends.add(backend)
                if (login, current) != ("hrportal_portal", role):
                    seen[f"{name} as {current}"] += 1
                for found in ways():
                    seen["looks"] += 1
                    if found != expected:
                        seen[f"{name} saw {len(found)} branches"] += 1
    except DatabaseError as error:
        seen[f"{name}: {error}"] += 1
        start.abort()
    except threading.BrokenBarrierError:
        pass
    finally:
        seen["most connections of one client"] = max(seen["most connections of one client"], len(backends))
        connection.close()


def cut_off() -> str:
    """What becomes of a statement that takes longer than a page may."""
    limits.apply("web")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")
    except DatabaseError as error:
        return str(error).strip()
    finally:
        connection.close()
    return "it ran"


def main(here: str, there: str) -> None:
    """Print one JSON object."""
    keys = dict(Branch.objects.values_list("code", "pk"))
    connection.close()
    with scoped(Scope(reason="a test", everywhere=True)):
        everywhere = branches_of(Application.objects.all())
    connection.close()
    clients: dict[str, tuple[Scope | None, set[int]]] = {
        "here": (Scope(reason="a test", branch_ids=frozenset({keys[here]})), {keys[here]}),
        "there": (Scope(reason="a test", branch_ids=frozenset({keys[there]})), {keys[there]}),
        "nobody": (None, set()),
        "bank": (Scope(reason="a test", everywhere=True), everywhere),
    }
    seen: Counter[str] = Counter()
    start = threading.Barrier(len(clients))
    threads = [
        threading.Thread(target=work, args=(name, *client, seen, start)) for name, client in clients.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seen": seen, "branches": len(everywhere), "cut off": cut_off()}))  # noqa: T201 - its purpose


if __name__ == "__main__":
    main(*sys.argv[1:])
