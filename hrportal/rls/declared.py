"""What must stand, read from the migrations and the models, so that a new table cannot be forgotten."""

from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import Model
from pghistory.models import Event
from pgtrigger.registry import registered

from hrportal.kernel.fields import EncryptedField
from hrportal.kernel.history import Transition
from hrportal.kernel.rls import RowPolicy, Triggers

# Rows of these are only added, beside every history (``Transition``) and every event that a trigger writes.
# Values: columns that bank-wide work may still change, such as a mark that an event was taken.
ADDED_TO: dict[str, frozenset[str]] = {
    "branches.AccessEntry": frozenset(),
    "branches.AuditChainLink": frozenset(),
    "branches.AuditChainCheck": frozenset(),
    "notifications.Approval": frozenset({"revoked_at"}),
    "notifications.NoticeReadReceipt": frozenset(),
    "performance.RecordCorrection": frozenset(),
    "performance.TargetVersion": frozenset(),
    "recruitment.ReplyCorrection": frozenset(),
}
# The one column of a history in which people write freely, and in which a forgotten person's name is replaced.
FORGETTABLE = frozenset({"reason"})


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of every migration on disk, in the order in which a new database runs them."""
    graph = MigrationLoader(None).graph
    order = dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf))
    return tuple(operation for key in order for operation in graph.nodes[key].operations)


def policies() -> dict[str, RowPolicy]:
    """The policy of each table; a later migration's takes the place of an earlier one's."""
    return {operation.table: operation for operation in operations() if isinstance(operation, RowPolicy)}


def triggers() -> Iterator[Triggers]:
    """In order: a function may be written anew later."""
    return (operation for operation in operations() if isinstance(operation, Triggers))


def trigger_fingerprints() -> dict[tuple[str, str], str]:
    """Table and name of every trigger; for those of the history, the comment that says what they do."""
    of_history = {
        (model._meta.db_table, trigger.get_pgid(model)): trigger.compile(model).hash
        for model, trigger in registered()
        if model._meta.managed
    }
    return of_history | {key: "" for operation in triggers() for key in operation.names}


@cache
def rights() -> dict[str, frozenset[str]]:
    """Table to what the portal's roles may do with its rows; nothing else."""
    every = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
    found = {model._meta.db_table: every for model in _models()}
    found |= dict.fromkeys(append_only(), frozenset({"SELECT", "INSERT"}))
    cache_table = str(settings.CACHES["default"].get("LOCATION", ""))
    return found | {cache_table: every, "django_migrations": frozenset({"SELECT"})}


@cache
def append_only() -> dict[str, frozenset[str]]:
    """Table whose rows are only added to the columns that bank-wide work may change all the same.

    Those are a forgotten person's name and what is encrypted, which a new key encrypts again.
    """
    found = {}
    for model in _models():
        encrypted = frozenset(
            field.attname for field in model._meta.fields if isinstance(field, EncryptedField)
        )
        if issubclass(model, Transition):
            found[model._meta.db_table] = FORGETTABLE | encrypted
        elif issubclass(model, Event):
            found[model._meta.db_table] = encrypted
        elif model._meta.label in ADDED_TO:
            found[model._meta.db_table] = ADDED_TO[model._meta.label] | encrypted
    return found


def _models() -> list[type[Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
