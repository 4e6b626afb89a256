"""Form fields for typed text: cleaned by ``texts`` before its length is looked at."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from hrportal.kernel import texts


class TextField(forms.CharField):
    """Text as ``texts.line`` has it, or as ``texts.lines`` where a text area lets several be typed."""

    def to_python(self, value: Any) -> Any:
        """The cleaned text; the empty value when nothing that can be seen is left."""
        written = super().to_python(value)
        if not isinstance(written, str):
            return written
        clean = texts.lines if isinstance(self.widget, forms.Textarea) else texts.line
        return clean(written) or self.empty_value


class KeysField(forms.TypedMultipleChoiceField):
    """Keys of ticked rows; whether they are in scope is the view's question."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=UUID, **kwargs)

    def valid_value(self, value: str) -> bool:
        """A key as the database has them."""
        try:
            UUID(value)
        except ValueError:
            return False
        return True


class NameField(TextField):
    """The name of a person."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=texts.LONGEST_NAME, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The name; what is none is refused with its remedy."""
        written = super().to_python(value)
        if not isinstance(written, str) or not written:
            if value and str(value).strip():
                raise ValidationError(str(texts.NAME_REMEDIES[texts.NameFault.NO_LETTER]))
            return written
        written = texts.name(written)
        if fault := texts.name_fault(written):
            raise ValidationError(str(texts.NAME_REMEDIES[fault]))
        return written
