"""What all pages of the settings share: permission through ``branches.access``, one look, a history that says what changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget, RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import PROTECT, CharField, ForeignObjectRel, Manager, Model, QuerySet, SlugField
from django.db.models import TextField as LongText
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import override

from branches.access import Power, access_of
from hrportal.kernel import clocks
from hrportal.kernel.form_fields import TextField

if TYPE_CHECKING:
    from django.db.models import Field

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline

TYPED_TEXT: "Mapping[type[Field[Any, Any]], Mapping[str, Any]]" = {
    CharField: {"form_class": TextField},
    LongText: {"form_class": TextField},
    SlugField: {"form_class": forms.SlugField, "widget": AdminTextInputWidget},
}
# Longer values are cut in the history; the row itself has them whole.
LONGEST_SHOWN = 120


def may_author(request: HttpRequest) -> bool:
    """Whether who asks may write templates, rules and plans; Django's staff flag and own permissions play no part."""
    try:
        return access_of(request.user, now=clocks.now()).may(Power.WRITE_TEMPLATES)
    except PermissionDenied:
        return False


class AuthorsOnly:
    """Every permission of the admin, answered by the one door."""

    may_delete = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_author(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_author(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_author(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_author(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_delete and may_author(request)


class PortalAdmin(AuthorsOnly, ModelAdmin):
    """A kind of row in the settings. ``lead`` is a sentence under the title of its pages."""

    actions = None
    view_on_site = False
    show_full_result_count = False
    list_per_page = 100
    lead: Any = ""
    formfield_overrides = TYPED_TEXT

    @property
    def media(self) -> forms.Media:
        """None of Django's scripts: the pages work without."""
        return forms.Media()

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Fields without the pop-ups of Django's admin, which need its scripts."""
        return plain_field(super().formfield_for_dbfield(db_field, request, **kwargs))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"lead": self.lead, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Two who save the same number or code at one moment: the second is told which field, not that it broke."""
        show = super().changeform_view
        try:
            return show(request, object_id, form_url, extra_context)
        except IntegrityError:
            # The rival row is there now, so that the form itself finds and names it.
            return show(request, object_id, form_url, extra_context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What keeps a row from being deleted is told by its kind: its rows may be a million, and persons."""
        users = sorted({kind for row in objs for kind in _kinds_using(row)})
        return ([], {}, set(), users) if users else super().get_deleted_objects(objs, request)

    def construct_change_message(
        self,
        request: HttpRequest,
        form: forms.Form,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002 - Django calls it so
    ) -> Any:
        """What changed, from what to what, beside Django's own names of the fields."""
        message: list[dict[str, dict[str, Any]]] = super().construct_change_message(
            request, form, formsets, add
        )
        changed = [entry["changed"] for entry in message if "changed" in entry]
        for entry, one in zip(changed, _changed_forms(form, formsets, add=add), strict=False):
            entry["values"] = [_values(one, name) for name in one.changed_data]
        return message


class PortalInline(AuthorsOnly, TabularInline):
    """Rows that are edited with the row they belong to."""

    extra = 2
    formfield_overrides = TYPED_TEXT

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The same as on the page of a row."""
        return plain_field(super().formfield_for_dbfield(db_field, request, **kwargs))


def _kinds_using(row: Model) -> Iterator[str]:
    """The kinds of rows that stand on this one and must not lose it: one query for each kind."""
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.on_delete is not PROTECT:
            continue
        if QuerySet(relation.related_model).filter(**{relation.field.name: row}).exists():
            yield capfirst(str(relation.related_model._meta.verbose_name_plural))


def plain_field(field: Any) -> Any:
    """A form field whose select has no links to other windows."""
    if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget = field.widget.widget
    return field


def _changed_forms(form: forms.Form, formsets: Any, *, add: bool) -> list[forms.BaseForm]:
    found: list[forms.BaseForm] = [] if add or not form.changed_data else [form]
    for formset in formsets or ():
        rows = {row.instance.pk: row for row in formset.initial_forms}
        found += [rows[changed.pk] for changed, _names in formset.changed_objects]
    return found


def _values(form: forms.BaseForm, name: str) -> list[str]:
    """The field's untranslated label, what it was and what it is."""
    bound = form[name]
    with override(None):
        label = _stored_label(form, name)
    choices = getattr(bound.field, "choices", ())
    names = {str(key): str(text).strip() for key, text in choices} if not hasattr(choices, "queryset") else {}
    return [label, _shown(bound.initial, names.get), _shown(form.cleaned_data.get(name), names.get)]


def _stored_label(form: forms.BaseForm, name: str) -> str:
    """The label as the catalogue knows it, so that every reader of the history has it in their language."""
    label = str(form[name].label)
    fields = {field.name: field for field in form._meta.model._meta.fields} if hasattr(form, "_meta") else {}
    verbose = str(getattr(fields.get(name), "verbose_name", ""))
    return verbose if capfirst(verbose) == label else label


def _shown(value: Any, name_of: Callable[[str, str], str]) -> str:
    if isinstance(value, Manager | QuerySet):
        value = list(value.all())
    if isinstance(value, list | tuple | set):
        text = ", ".join(name_of(str(item), str(item)) for item in value)
    elif isinstance(value, dict):
        text = ", ".join(f"{key}: {item:g}" for key, item in sorted(value.items()))
    else:
        text = "" if value is None else name_of(str(value), str(value))
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
