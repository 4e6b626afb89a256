"""One history for everything that moves: the row that every action leaves behind, in the transaction of the change.

``move``, or ``Moves`` for many rows at once, is the only place that gives a row another state. A model has a history by a subclass of
``Transition`` whose ``subject`` it is, as ``transitions``; columns that follow from a state are set by its
own ``moved(was=…, now=…)``.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from django.conf import settings
from django.db import models

from hrportal.kernel import bulk
from hrportal.kernel.hooks import history_recorded

Moving = TypeVar("Moving", bound="Row")


class Transition(models.Model):
    """Who moved what, when, from which state to which, by which action and why.

    Subclasses add ``subject``, the foreign key of what moved. Rows are only ever added.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Who it was: person; where no person of the bank acted, system, candidate, interview or a channel.
    source = models.CharField(max_length=20, default="system")
    action = models.CharField(max_length=40)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ["at", "id"]


def record(
    subject: Any,
    *,
    action: str,
    now: datetime,
    by: Any = None,
    source: str = "system",
    reason: str = "",
    was: str | None = None,
    to: str | None = None,
    **columns: Any,
) -> None:
    """Add a row to the history of ``subject``, whose state stays.

    Args:
        subject: a row with ``transitions``.
        action: a code of whoever shows the history.
        now: business time.
        by: the person of the bank who acted; None if it was ``source``.
        source: who acted where no person of the bank did.
        reason: a code, or what a person wrote.
        was: the state before, where it is not the one that ``subject`` has: "" for the first row.
        to: the state after, where it is not the one that ``subject`` has.
        columns: what else the history of this table has.
    """
    state = getattr(subject, "state", "")
    subject.transitions.create(
        at=now,
        by=by,
        source="person" if by else source,
        action=action,
        from_state=state if was is None else was,
        to_state=state if to is None else to,
        reason=reason,
        **columns,
    )
    history_recorded(
        [subject],
        action=action,
        was=state if was is None else was,
        to=state if to is None else to,
        now=now,
        by=by,
    )


def move(
    subject: Any,
    *,
    to: str,
    action: str,
    now: datetime,
    by: Any = None,
    source: str = "system",
    reason: str = "",
    columns: Collection[str] | None = None,
) -> None:
    """Give a row its new state and its history. The caller holds the row's lock.

    All columns are saved, or only the state and ``columns``; the rest is as for ``record``.
    """
    record(subject, action=action, now=now, by=by, source=source, reason=reason, to=to)
    was, subject.state = subject.state, to
    if hasattr(subject, "moved"):
        subject.moved(was=was, now=now)
    subject.save(update_fields=None if columns is None else ["state", *columns])


class Row(Protocol):
    """Plain values of a row that has a history."""

    state: str

    @property
    def pk(self) -> Any: ...

    def moved(self, *, was: str, now: datetime) -> None: ...


class Moves(Generic[Moving]):
    """Rows of one table as plain values, of which some move: collected first, then written in two statements.

    ``columns`` are those that are saved beside the state, of every row that moved or was changed. The caller
    holds the rows' locks.
    """

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        self._model, self._columns = model, ["state", *columns]
        self._changed: dict[Any, Moving] = {}
        self._told: list[bulk.Row] = []
        # What the apps above are told: the same words for as many rows as they are of.
        self._heard: dict[tuple[str, str, str, datetime, Any], list[Any]] = {}

    def record(
        self,
        row: Moving,
        *,
        action: str,
        now: datetime,
        by: Any = None,
        source: str = "system",
        reason: str = "",
        to: str | None = None,
    ) -> None:
        """As the function of this name."""
        to = row.state if to is None else to
        self._heard.setdefault((action, row.state, to, now, by), []).append(row.pk)
        self._told.append(
            {
                "subject_id": row.pk,
                "at": now,
                "by_id": by and by.pk,
                "source": "person" if by else source,
                "action": action,
                "from_state": row.state,
                "to_state": to,
                "reason": reason,
            }
        )

    def move(self, row: Moving, *, to: str, now: datetime, **told: Any) -> None:
        """As the function of this name; ``told`` is what ``record`` takes."""
        self.record(row, to=to, now=now, **told)
        was, row.state = row.state, to
        row.moved(was=was, now=now)
        self.change(row)

    def change(self, row: Moving) -> None:
        """Have the row saved, whose state stays."""
        self._changed[row.pk] = row

    def write(self) -> None:
        """Save what changed and add the history of it."""
        bulk.update(
            self._model,
            {
                pk: {column: getattr(row, column) for column in self._columns}
                for pk, row in self._changed.items()
            },
        )
        transitions: Any = self._model._meta.get_field("transitions").related_model
        bulk.insert(transitions, self._told)
        for (action, was, to, now, by), keys in self._heard.items():
            # Of these rows only the key is known here.
            moved = [self._model(pk=key) for key in keys]
            history_recorded(moved, action=action, was=was, to=to, now=now, by=by)


def record_all(
    subjects: Sequence[Any], *, action: str, now: datetime, to: str, was: str | None = None, reason: str = ""
) -> None:
    """``record`` what the portal did to rows of one table, in one statement."""
    if not subjects:
        return
    states = [subject.state if was is None else was for subject in subjects]
    subjects[0].transitions.bulk_create(
        subjects[0].transitions.model(
            subject=subject,
            at=now,
            action=action,
            from_state=state,
            to_state=to,
            reason=reason,
        )
        for subject, state in zip(subjects, states, strict=True)
    )
    for state in dict.fromkeys(states):
        moved = [subject for subject, before in zip(subjects, states, strict=True) if before == state]
        history_recorded(moved, action=action, was=state, to=to, now=now, by=None)


def entry(
    subject_id: object,
    *,
    action: str,
    now: datetime,
    was: str,
    to: str,
    source: str = "system",
    reason: str = "",
) -> bulk.Row:
    """A row of a history as plain values, for ``write``; nobody of the bank acted."""
    return {
        "subject_id": subject_id,
        "at": now,
        "by_id": None,
        "source": source,
        "action": action,
        "from_state": was,
        "to_state": to,
        "reason": reason,
    }


def write(table: type[models.Model], entries: Sequence[bulk.Row]) -> None:
    """Write entries into the history of one table, in one statement; who takes part is told of keys alone."""
    if not entries:
        return
    transitions: Any = table._meta.get_field("transitions")
    bulk.insert(transitions.related_model, entries)
    alike: dict[tuple[str, str, str, datetime], list[models.Model]] = {}
    for row in entries:
        key = (row["action"], row["from_state"], row["to_state"], row["at"])
        alike.setdefault(key, []).append(table(pk=row["subject_id"]))
    for (action, was, to, at), subjects in alike.items():
        history_recorded(subjects, action=action, was=was, to=to, now=at, by=None)
