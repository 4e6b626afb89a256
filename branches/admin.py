"""What all pages of the settings share: permission through ``branches.access``, one look, a history that says what changed."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextInputWidget, RelatedFieldWidgetWrapper
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.serializers import serialize
from django.db import IntegrityError, transaction
from django.db.models import PROTECT, CharField, ForeignObjectRel, Manager, Model, QuerySet, SlugField
from django.db.models import TextField as LongText
from django.forms.models import _get_foreign_key
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override

from branches.access import Permission, access_of
from branches.operations.setting_acts import ask_setting, stored
from branches.queries import head_office
from branches.queries.second_person import has_second_person
from hrportal.kernel import clocks
from hrportal.kernel.form_fields import TextField
from hrportal.kernel.optimistic_lock import EditConflict, digest, in_words
from hrportal.kernel.refusals import Refused

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
SEEN = "_seen"
# Longer values are cut in the history; the row itself has them whole.
LONGEST_SHOWN = 120
# Where a request remembers what its form saved, and what it said changed.
SAVED, SAID = "portal.saved_setting", "portal.said_of_setting"


def may_author(request: HttpRequest) -> bool:
    """Whether who asks may write templates, rules and plans; Django's staff flag and own permissions play no part."""
    try:
        return access_of(request.user, now=clocks.now()).has_permission(Permission.WRITE_TEMPLATES)
    except PermissionDenied:
        return False


class AuthorsOnly:
    """Every permission of the admin, answered by the one entry point."""

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


class SeenAdmin(ModelAdmin):
    """Carries the row that an author opened, with the rows inside it, and compares under its lock.

    The second of two who save or delete is told who changed what meanwhile; what they typed stays.
    ``has_versions``: the rows are numbered, and their form carries the number itself.
    """

    has_versions = False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row; locked first where it is about to be changed."""
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST":
            return row
        QuerySet(type(row)).select_for_update(of=("self",)).get(pk=row.pk)
        return super().get_object(request, object_id, from_field)

    def get_form(self, request: HttpRequest, obj: Any = None, change: Any = False, **kwargs: Any) -> Any:  # noqa: FBT002 - Django's signature
        """A form that refuses where the row is not the one that was opened."""
        form_class = super().get_form(request, obj, change=change, **kwargs)
        refusal = self._changed(request, obj) if change and request.method == "POST" else None
        if refusal is None:
            return form_class

        def clean(form: Any) -> Any:
            typed = form_class.clean(form)
            form.add_error(None, in_words(refusal))
            return typed

        return type(form_class.__name__, (form_class,), {"clean": clean})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With what is stored now."""
        if (row := kwargs.get("obj")) is not None:
            context["seen"] = self._seen(row)
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Deletes what was read, and not what somebody made of it meanwhile."""
        row = self.get_object(request, object_id) if request.method != "POST" else None
        with transaction.atomic():
            if request.method == "POST":
                row = self.get_object(request, object_id)
                refusal = self._changed(request, row) if row is not None else None
                if refusal is not None:
                    messages.error(request, str(refusal.sentence))
                    return redirect(admin_urlname(self.opts, SafeString("change")), object_id)
            seen = {"seen": self._seen(row)} if row is not None else {}
            return super().delete_view(request, object_id, {**seen, **(extra_context or {})})

    def _changed(self, request: HttpRequest, row: Any) -> EditConflict | None:
        opened, _dot, entry = request.POST.get(SEEN, "").partition(".")
        stored = self._seen(row)
        if self.has_versions or not opened or opened == stored.partition(".")[0]:
            return None
        since = self._entries(row).filter(pk__gt=int(entry) if entry.isdecimal() else 0)
        last = since.first()
        return EditConflict(
            by=str(last.user) if last else "",
            at=last.action_time if last else None,
            what=" · ".join(details(one.change_message) for one in reversed(since[:5])),
            seen=stored,
        )

    def _seen(self, row: Any) -> str:
        """What is stored of the row and of those inside it, and the last entry of its history."""
        rows: list[Model] = [QuerySet(type(row)).get(pk=row.pk)]
        for inline in self.inlines:
            key = _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name)
            rows += QuerySet(inline.model).filter(**{key.name: row}).order_by("pk")
        last = self._entries(row).first()
        return f"{digest(serialize('json', rows))}.{last.pk if last else 0}"

    def _entries(self, row: Any) -> QuerySet[LogEntry]:
        kind = ContentType.objects.get_for_model(row)
        return (
            LogEntry.objects.filter(content_type=kind, object_id=str(row.pk))
            .select_related("user")
            .order_by("-pk")
        )


class PortalAdmin(AuthorsOnly, SeenAdmin):
    """A kind of row in the settings. ``lead`` is a sentence under the title of its pages."""

    actions = None
    view_on_site = False
    show_full_result_count = False
    list_per_page = 100
    lead: Any = ""
    formfield_overrides = TYPED_TEXT
    # Reverse names of rows that are stored with the row and need no second approval of their own.
    stored_with: tuple[str, ...] = ()
    # What is new and not in use by being stored needs no second person yet.
    approves_additions = True

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
        if request.method == "POST" and self._needs_second(request, is_new=object_id is None):
            show = partial(self._put_before_second, show)
        try:
            return show(request, object_id, form_url, extra_context)
        except IntegrityError:
            # The rival row is there now, so that the form itself finds and names it.
            return show(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Deleting needs a second person as changing does; what something stands on is refused as before."""
        if request.method != "POST" or not self._needs_second(request, is_new=False):
            return super().delete_view(request, object_id, extra_context)
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))
            is_refused = row is None or self._changed(request, row) is not None
            if is_refused or self.get_deleted_objects([row], request)[3]:
                return super().delete_view(request, object_id, extra_context)
            return self._ask(request, row, before=stored(row, self.stored_with), after=[], message=[])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Remember what was saved, for a second person to approve."""
        super().save_related(request, form, formsets, change)
        request.META[SAVED] = form.instance

    def _needs_second(self, request: HttpRequest, *, is_new: bool) -> bool:
        """Whether the bank has somebody else who could approve what this author saves."""
        now = clocks.now()
        if not may_author(request) or (is_new and not self.approves_additions):
            return False
        user = access_of(request.user, now=now).user
        permission, acts = Permission.WRITE_TEMPLATES, [(user.pk, now)]
        return has_second_person(acts=acts, permission=permission, branch=head_office(), but=user, now=now)

    def _put_before_second(
        self,
        show: Callable[..., Any],
        request: HttpRequest,
        object_id: str | None,
        form_url: str,
        extra_context: dict[str, Any] | None,
    ) -> Any:
        """Save as always, keep what would be stored, and take it back until it is approved."""
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id)) if object_id else None
            before = stored(row, self.stored_with)
            response = show(request, object_id, form_url, extra_context)
            saved = request.META.get(SAVED)
            after = stored(saved, self.stored_with)
            if saved is not None:
                transaction.set_rollback(True)
        if saved is None:
            return response
        if after == before:
            return response
        return self._ask(request, saved, before=before, after=after, message=request.META.get(SAID, []))

    def _ask(self, request: HttpRequest, row: Model, *, before: Any, after: Any, message: Any) -> Any:
        now = clocks.now()
        list(messages.get_messages(request))
        try:
            ask_setting(
                row=row,
                related=self.stored_with,
                before=before,
                after=after,
                message=message,
                now=now,
                by=access_of(request.user, now=now).user,
            )
        except Refused as refused:
            messages.error(request, str(refused.sentence))
        else:
            messages.success(
                request, _("Submitted for approval. A colleague has to approve it under Approvals.")
            )
        return redirect(admin_urlname(self.model._meta, SafeString("changelist")))

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
        request.META[SAID] = message
        return message


class PortalInline(AuthorsOnly, TabularInline):
    """Rows that are edited with the row they belong to."""

    extra = 2
    formfield_overrides = TYPED_TEXT

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The same as on the page of a row."""
        return plain_field(super().formfield_for_dbfield(db_field, request, **kwargs))


def details(stored: str) -> str:
    """What a stored message says, in the reader's language: each value with what it was and what it became."""
    try:
        message = json.loads(stored or "[]")
    except json.JSONDecodeError:
        return stored
    found: list[str] = []
    for entry in message:
        for action, about in entry.items():
            found.append(_detail(action, about))
    return " · ".join(filter(None, found))


def _detail(action: str, about: dict[str, Any]) -> str:
    name = f"{about['object']}: " if "object" in about else ""
    if action == "changed":
        values = about.get("values") or [[label, "", ""] for label in about.get("fields", ())]
        return name + "; ".join(
            f"{capfirst(_(label))}: {was or '–'} → {became or '–'}" if was or became else capfirst(_(label))
            for label, was, became in values
        )
    if action == "said":
        said: str = about["text"]
        return str(_(said) % about.get("values", {}))
    if not name:
        return ""
    word = _("added") if action == "added" else _("removed")
    return f"{name}{word}"


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
