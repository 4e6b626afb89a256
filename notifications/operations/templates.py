"""Writing and publishing message templates. Nothing unchecked is ever stored."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from branches.models import User
from notifications.models import MessageTemplate, TemplateBody, TemplateVersion
from notifications.rendering.checker import Finding, TemplateRefused, check_body
from notifications.rendering.slots import PartKind, Slot, required_slots_of


class AlreadyPublished(Exception):
    """A published version is immutable; make a new draft."""


class VersionIncomplete(Exception):
    """Bodies are missing for a language that the version has; ``missing`` names them."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


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
    number = (locked.versions.aggregate(top=Max("number"))["top"] or 0) + 1
    draft = TemplateVersion.objects.create(
        template=locked, number=number, note=note, created_by=by, created_at=now
    )
    if latest is not None:
        TemplateBody.objects.bulk_create(
            TemplateBody(version=draft, language=body.language, slot=body.slot, source=body.source)
            for body in latest.bodies.all()
        )
    return draft


@transaction.atomic
def save_bodies(*, version: TemplateVersion, bodies: Mapping[tuple[str, Slot], str]) -> None:
    """Replace a draft's bodies with checked ones; empty sources are left out.

    Raises:
        AlreadyPublished: the version is immutable.
        TemplateRefused: a body uses what is not allowed; ``errors`` has line and remedy.
    """
    locked = TemplateVersion.objects.select_for_update().select_related("template").get(pk=version.pk)
    if locked.published_at is not None:
        raise AlreadyPublished
    findings: list[Finding] = []
    for (_language, slot), source in bodies.items():
        try:
            check_body(source, kind=PartKind(locked.template.kind), slot=slot)
        except TemplateRefused as refused:
            findings.extend(refused.errors)
    if findings:
        raise TemplateRefused(findings)
    locked.bodies.all().delete()
    TemplateBody.objects.bulk_create(
        TemplateBody(version=locked, language=language, slot=slot, source=source)
        for (language, slot), source in bodies.items()
        if source.strip()
    )


@transaction.atomic
def publish(*, version: TemplateVersion, now: datetime, by: User | None) -> TemplateVersion:
    """Put a draft into use for notices composed from now on.

    Raises:
        AlreadyPublished: it was published before.
        VersionIncomplete: a language lacks a required slot.
        TemplateRefused: a stored body does not pass the check of today.
    """
    locked = TemplateVersion.objects.select_for_update().select_related("template").get(pk=version.pk)
    if locked.published_at is not None:
        raise AlreadyPublished
    kind = PartKind(locked.template.kind)
    bodies = list(locked.bodies.all())
    for body in bodies:
        check_body(body.source, kind=kind, slot=Slot(body.slot))
    have = {(body.language, body.slot) for body in bodies}
    languages = {language for language, _slot in have}
    missing = [
        f"{language}/{slot}"
        for language in sorted(languages)
        for slot in required_slots_of(kind)
        if (language, slot.value) not in have
    ]
    if missing or not languages:
        raise VersionIncomplete(missing or ["zh-Hans"])
    locked.published_at, locked.published_by = now, by
    locked.save(update_fields=["published_at", "published_by"])
    return locked
