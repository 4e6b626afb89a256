"""What `makemigrations` compares: columns and constraints, not the words that people read beside a field."""

from typing import Any

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ProjectState
from django.db.models import Field

WORDS = frozenset({"verbose_name", "help_text", "choices", "error_messages"})


class Autodetector(MigrationAutodetector):
    """Django's own, on fields without their words: no column differs by them, so no migration repeats them.

    A model's own name stays in the singular, because the rows of its permissions are named after it.
    """

    def __init__(self, from_state: ProjectState, to_state: ProjectState, *others: Any) -> None:
        for model in (*from_state.models.values(), *to_state.models.values()):
            model.fields = {name: wordless(field) for name, field in model.fields.items()}
            model.options.pop("verbose_name_plural", None)
        super().__init__(from_state, to_state, *others)


def wordless(field: "Field[Any, Any]") -> "Field[Any, Any]":
    """A copy of a field that only the database knows, and of the one that an array is made of."""
    _name, _path, arguments, options = field.deconstruct()
    kept: Any = {
        name: wordless(value) if isinstance(value, Field) else value
        for name, value in options.items()
        if name not in WORDS
    }
    return type(field)(*arguments, **kept)
