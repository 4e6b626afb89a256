"""Whose rows a piece of work may see and write: opened by every entry point, carried by every transaction.

PostgreSQL's policies (``hrportal.kernel.rls``) read the scope from a setting that the database
backend (``hrportal.kernel.database``) sends along with the statements. Work without a scope sees no
row of any person.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar
from uuid import UUID

Chunk = TypeVar("Chunk")

SETTING = "hrportal.scope"


@dataclass(frozen=True)
class Scope:
    """Rows of the whole bank, or of these branches and departments, or of one person.

    Attributes:
        reason: what the work is; for people who read the code or a log, never for the database.
        everywhere: the whole bank.
        branch_ids: branches, each by itself: a subtree is listed.
        department_ids: departments.
        person_id: one candidate.
        recipient_id: the same candidate as the channels know them.
    """

    reason: str
    everywhere: bool = False
    branch_ids: frozenset[int] = frozenset()
    department_ids: frozenset[int] = frozenset()
    person_id: UUID | None = None
    recipient_id: UUID | None = None

    @cached_property
    def setting(self) -> str:
        """The value of the database's setting: what the functions of ``hrportal.kernel.rls`` take apart."""
        if self.everywhere:
            return "bank"
        branches, departments = (
            "{" + ",".join(map(str, sorted(ids))) + "}" for ids in (self.branch_ids, self.department_ids)
        )
        return f"part|{branches}|{departments}|{self.person_id or ''}|{self.recipient_id or ''}"

    @classmethod
    def of_person(cls, *, person_id: UUID, recipient_id: UUID, reason: str) -> Self:
        """What one candidate's own page needs: this person's rows, at whatever branch."""
        return cls(reason=reason, person_id=person_id, recipient_id=recipient_id)


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current() -> Scope | None:
    """The scope that is open here; None where no entry point opened one."""
    return _current.get()


@contextmanager
def scoped(scope: Scope | None) -> Iterator[None]:
    """Work in this scope, and in no wider one; afterwards in the one before. None closes it."""
    before = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(before)


@contextmanager
def bank_wide(reason: str) -> Iterator[None]:
    """Work on rows of the whole bank, for a named reason. Also a decorator, as of tasks.

    For machines, and for the few operations that must look beyond their caller's branches: the
    duplicate check, the claim, the release request.
    """
    with scoped(Scope(reason=reason, everywhere=True)):
        yield


def kept(scope: Scope | None, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same chunks, each made in this scope: for bodies that are read after their request has ended."""
    iterator = iter(chunks)
    while True:
        with scoped(scope):
            try:
                chunk = next(iterator)
            except StopIteration:
                return
        yield chunk
