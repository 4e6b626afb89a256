"""Writing and publishing message templates. Nothing unchecked is ever stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from branches.models import User
from branches.queries.changes import last_change
from hrportal.kernel.optimistic_lock import require_seen
from hrportal.kernel.refusals import Conflict, NotSecondPerson, Refused
from notifications.links import sample_link
from notifications.models import MessageTemplate, TemplateBody, TemplateVersion
from notifications.queries.authors import may_publish
from notifications.queries.templates import bodies_of, digest_of
from notifications.rendering.channel_rules import channel_findings
from notifications.rendering.checker import Finding, TemplateRefused, check_body
from notifications.rendering.content_fields import BlockKind, ContentField, required_fields_of


class AlreadyPublished(Conflict):
    """A published version is immutable; make a new draft."""

    def __init__(self, version: TemplateVersion) -> None:
        super().__init__(
            _(
                "Version %(number)d is published and cannot be changed. Create a new draft from it to change the text."
            )
            % {"number": version.number}
        )


class DraftExists(Refused):
    """A template has one draft at most; the draft must be published or discarded first."""

    def __init__(self, draft: TemplateVersion) -> None:
        super().__init__(
            _("A draft already exists: version %(number)d. Publish or discard it before you create another.")
            % {"number": draft.number}
        )


class BodiesRefused(TemplateRefused):
    """Bodies that may not be saved; ``by_body`` has the findings of each, by (language, field)."""

    def __init__(self, by_body: Mapping[tuple[str, ContentField], Sequence[Finding]]) -> None:
        super().__init__([finding for findings in by_body.values() for finding in findings])
        self.by_body = by_body

    def tell(self, form: Any) -> None:
        """Beside each body, on the form that has them all."""
        form.refuse(self.by_body)


class NotSubmitted(Conflict):
    """The draft was changed, published or returned meanwhile; head office reads it again."""

    sentence = _("Review the draft again: it has not been submitted, or it has changed since.")


class VersionIncomplete(Refused):
    """Bodies are missing for a language that the version has; ``missing`` names them."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing

    def tell(self, form: Any) -> None:
        """Beside each body, on the form that has them all."""
        form.lacking(self.missing)


def keep_template(*, template: MessageTemplate) -> MessageTemplate:
    """Store what a template is for; its texts are versions. The kind of a stored template stays.

    Raises:
        ValidationError: it names no place, dimension or role, or its code is taken.
    """
    if template.pk is not None:
        template.kind = MessageTemplate.objects.values_list("kind", flat=True).get(pk=template.pk)
    template.full_clean()
    template.save()
    return template


@transaction.atomic
def open_draft(
    *, template: MessageTemplate, now: datetime, by: User | None, note: str = ""
) -> TemplateVersion:
    """The template's draft; a new one starts as a copy of the version in use."""
    locked = MessageTemplate.objects.select_for_update().get(pk=template.pk)
    draft = locked.versions.filter(published_at__isnull=True).first()
    if draft is not None:
        return draft
    latest = locked.versions.order_by("-number").first()
    return _copied(template=locked, source=latest, now=now, by=by, note=note)


@transaction.atomic
def open_draft_from(*, version: TemplateVersion, now: datetime, by: User, note: str = "") -> TemplateVersion:
    """A new draft that starts as a copy of this version, whichever is in use.

    Raises:
        DraftExists: the template has a draft already.
    """
    locked = MessageTemplate.objects.select_for_update().get(pk=version.template_id)
    draft = locked.versions.filter(published_at__isnull=True).first()
    if draft is not None:
        raise DraftExists(draft)
    return _copied(template=locked, source=version, now=now, by=by, note=note)


@transaction.atomic
def discard_draft(*, version: TemplateVersion, seen: str | None = None) -> None:
    """Delete a draft with its bodies.

    Raises:
        AlreadyPublished: the version is immutable.
        EditConflict: the stored bodies are not those that were ``seen``.
    """
    locked = TemplateVersion.objects.select_for_update().get(pk=version.pk)
    if locked.published_at is not None:
        raise AlreadyPublished(locked)
    _require_seen(locked, seen)
    locked.delete()


@transaction.atomic
def save_bodies(
    *,
    version: TemplateVersion,
    bodies: Mapping[tuple[str, ContentField], str],
    note: str | None = None,
    seen: str | None = None,
) -> None:
    """Replace a draft's bodies with checked ones; empty sources are left out.

    ``seen`` is the digest of the bodies that the author started from (``digest_of``); ``note`` says
    what changed. None leaves the one unchecked and the other as it is.

    Raises:
        AlreadyPublished: the version is immutable.
        EditConflict: the stored bodies are not those that were ``seen``.
        BodiesRefused: a body uses what is not allowed; each finding has line and remedy.
    """
    locked = TemplateVersion.objects.select_for_update().select_related("template").get(pk=version.pk)
    if locked.published_at is not None:
        raise AlreadyPublished(locked)
    _require_seen(locked, seen)
    _require_checked(bodies, BlockKind(locked.template.kind))
    locked.bodies.all().delete()
    TemplateBody.objects.bulk_create(
        TemplateBody(version=locked, language=language, content_field=content_field, source=source)
        for (language, content_field), source in bodies.items()
        if source.strip()
    )
    # What head office reads is what was handed over: whatever is saved later must be handed over again.
    locked.submitted_at = locked.submitted_by = None
    locked.note = locked.note if note is None else note
    locked.save(update_fields=["note", "submitted_at", "submitted_by"])


@transaction.atomic
def publish(
    *, version: TemplateVersion, now: datetime, by: User | None, seen: str | None = None
) -> TemplateVersion:
    """Put a draft into use for notices composed from now on.

    ``by`` None is the operator's own loading of texts.

    Raises:
        AlreadyPublished: it was published before.
        EditConflict: the stored bodies are not those that were ``seen``.
        NotSubmitted: nobody has handed it over, and there is a second person who could publish it.
        NotSecondPerson: the publisher, or whom their right comes from, handed it over.
        VersionIncomplete: a language lacks a required field.
        BodiesRefused: a stored body does not pass the check of today, or does not suit its channel.
    """
    locked = TemplateVersion.objects.select_for_update().select_related("template").get(pk=version.pk)
    if locked.published_at is not None:
        raise AlreadyPublished(locked)
    if by is not None:
        _require_second(locked, by, now=now)
    _require_seen(locked, seen)
    _require_complete(locked)
    locked.published_at, locked.published_by = now, by
    locked.save(update_fields=["published_at", "published_by"])
    return locked


@transaction.atomic
def submit_draft(
    *, version: TemplateVersion, now: datetime, by: User, seen: str | None = None
) -> TemplateVersion:
    """Hand a draft to head office; saving it again takes it back.

    Raises:
        AlreadyPublished: the version is immutable.
        EditConflict: the stored bodies are not those that were ``seen``.
        VersionIncomplete, BodiesRefused: it could not be published as it is.
    """
    locked = TemplateVersion.objects.select_for_update().select_related("template").get(pk=version.pk)
    if locked.published_at is not None:
        raise AlreadyPublished(locked)
    _require_seen(locked, seen)
    _require_complete(locked)
    locked.submitted_at, locked.submitted_by, locked.answer = now, by, ""
    locked.save(update_fields=["submitted_at", "submitted_by", "answer"])
    return locked


@transaction.atomic
def publish_submitted(
    *, version: TemplateVersion, submitted_at: datetime, now: datetime, by: User, seen: str | None = None
) -> TemplateVersion:
    """Publish a draft as it was handed over at that moment.

    Raises:
        EditConflict: the stored bodies are not those that were ``seen``.
        NotSubmitted: it is not the draft that was read any more.
        NotSecondPerson: the reader handed it over.
        VersionIncomplete, BodiesRefused: it does not pass the check of today.
    """
    _submitted(version, submitted_at)
    return publish(version=version, now=now, by=by, seen=seen)


@transaction.atomic
def return_submitted(
    *, version: TemplateVersion, submitted_at: datetime, answer: str, now: datetime, by: User
) -> None:
    """Give a draft back with an answer; its author changes it and hands it over again.

    Raises:
        NotSubmitted: it is not the draft that was read any more.
        NotSecondPerson: the reader handed it over.
    """
    locked = _submitted(version, submitted_at)
    _require_second(locked, by, now=now)
    locked.submitted_at = locked.submitted_by = None
    locked.answer = answer
    locked.save(update_fields=["submitted_at", "submitted_by", "answer"])


def _submitted(version: TemplateVersion, submitted_at: datetime) -> TemplateVersion:
    locked = TemplateVersion.objects.select_for_update().get(pk=version.pk)
    if locked.published_at is not None or locked.submitted_at != submitted_at:
        raise NotSubmitted
    return locked


def _require_seen(locked: TemplateVersion, seen: str | None) -> None:
    who, at = last_change("templatebody", version_id=locked.pk)
    # A form that does not say what it saw has seen nothing.
    require_seen(seen if seen is None else seen or "-", digest_of(bodies_of(locked)), by=who, at=at)


def _require_second(version: TemplateVersion, by: User, *, now: datetime) -> None:
    if not may_publish(version, by, now=now):
        raise (
            NotSubmitted()
            if version.submitted_by_id is None
            else NotSecondPerson(
                _(
                    "You submitted this draft, or your access comes from the submitter. A colleague has to publish it."
                )
            )
        )


def _require_complete(locked: TemplateVersion) -> None:
    """Every language that the version has is whole, passes the check and suits its channels."""
    kind = BlockKind(locked.template.kind)
    bodies = bodies_of(locked)
    _require_checked(bodies, kind)
    have = {(language, content_field.value) for language, content_field in bodies}
    languages = {language for language, _content_field in have}
    missing = [
        f"{language}/{content_field}"
        for language in sorted(languages)
        for content_field in required_fields_of(kind)
        if (language, content_field.value) not in have
    ]
    if missing or not languages:
        raise VersionIncomplete(missing or ["zh-Hans"])
    unfit = channel_findings(bodies, kind=kind, link=sample_link())
    if unfit:
        raise BodiesRefused(unfit)


def _require_checked(bodies: Mapping[tuple[str, ContentField], str], kind: BlockKind) -> None:
    refused: dict[tuple[str, ContentField], Sequence[Finding]] = {}
    for (language, content_field), source in bodies.items():
        try:
            check_body(source, kind=kind, content_field=content_field)
        except TemplateRefused as refusal:
            refused[language, content_field] = refusal.errors
    if refused:
        raise BodiesRefused(refused)


def _copied(
    *, template: MessageTemplate, source: TemplateVersion | None, now: datetime, by: User | None, note: str
) -> TemplateVersion:
    number = (template.versions.aggregate(top=Max("number"))["top"] or 0) + 1
    draft = TemplateVersion.objects.create(
        template=template, number=number, note=note, created_by=by, created_at=now
    )
    if source is not None:
        TemplateBody.objects.bulk_create(
            TemplateBody(
                version=draft, language=body.language, content_field=body.content_field, source=body.source
            )
            for body in source.bodies.all()
        )
    return draft
