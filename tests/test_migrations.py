"""What a change of a model asks of the migrations: what the database knows of it, and no word beside."""

from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState

from hrportal.management.wordless import Autodetector
from hrportal.rls import declared


def changes(before: "models.Field[Any, Any]", after: "models.Field[Any, Any]", **options: str) -> Any:
    """What `makemigrations` would write where one field of a model was changed."""
    states = [
        ProjectState({("branches", "ledger"): ModelState("branches", "Ledger", [("kind", field)], names)})
        for field, names in ((before, {}), (after, options))
    ]
    asked = MigrationQuestioner(specified_apps={"branches"})
    return Autodetector(*states, asked).changes(graph=MigrationGraph())


def text(**options: Any) -> "models.CharField[Any, Any]":
    return models.CharField(**{"primary_key": True, "max_length": 10, **options})


@pytest.mark.parametrize(
    "after",
    [
        text(verbose_name="sort"),
        text(help_text="One of three."),
        text(choices=[("a", "First")]),
        text(error_messages={"unique": "There is one already."}),
    ],
    ids=["name", "help", "choices", "errors"],
)
def test_a_word_is_no_migration(after: "models.Field[Any, Any]") -> None:
    assert changes(text(), after, verbose_name_plural="ledgers") == {}


def test_nor_is_one_within_an_array() -> None:
    one, other = (ArrayField(text(choices=[("a", word)]), primary_key=True) for word in ("First", "One"))
    assert changes(one, other) == {}


@pytest.mark.parametrize(
    "after",
    [text(max_length=11), text(default="a"), models.TextField(primary_key=True)],
    ids=["length", "default", "kind"],
)
def test_what_the_database_knows_is_one(after: "models.Field[Any, Any]") -> None:
    assert changes(text(), after)


def test_the_name_of_a_model_is_one_because_rows_of_permissions_are_called_by_it() -> None:
    assert changes(text(), text(), verbose_name="book")


def test_every_trigger_of_a_migration_can_be_undone() -> None:
    for operation in declared.triggers():
        assert (
            str(operation.sql).count("CREATE OR REPLACE FUNCTION")
            == str(operation.reverse_sql).count("DROP FUNCTION")
            > 0
        )
