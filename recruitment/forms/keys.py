"""Ticked rows of a list."""

from uuid import UUID

from django import forms


class KeysField(forms.TypedMultipleChoiceField):
    """Keys of ticked rows; whether they are in scope is the view's question."""

    def valid_value(self, value: str) -> bool:
        """A key as the database has them."""
        try:
            UUID(value)
        except ValueError:
            return False
        return True
