"""Replies as they are understood: who reads them now, what waits for a person, how far both agree."""

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import QuerySet

from branches.access import Access, Permission
from hrportal.kernel.optimistic_lock import digest
from recruitment.enums import ClassificationState, ReplyKind, ReplyLabel, TargetAttitude
from recruitment.models import Reply, ReplyCorrection, TrainedReplyModel
from recruitment.reply_classification.agreement import Agreement, agreement
from recruitment.reply_classification.dataset import Labelled, shipped_model, shipped_numbers
from recruitment.reply_classification.evaluation import Evaluation
from recruitment.reply_classification.model import ReplyModel, load_model

MOST_WAITING = 50
# A number about fewer people could be about one of them.
LEAST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Model against people for one label; ``found`` is None where fewer than ``LEAST_SHOWN`` were said."""

    label: ReplyLabel
    found: Agreement | None


def classification_digest(reply: Reply) -> str:
    """What a page says a reply was understood to say."""
    return digest(reply.classification_state, sorted(reply.labels), reply.target_attitude)


def active_model(*, embeds: bool | None = None) -> tuple[str, ReplyModel]:
    """The version that reads now, and the model; loaded once for each process and version.

    ``embeds`` False asks for its reading without the sentence embedding.
    """
    row = TrainedReplyModel.objects.filter(is_active=True).only("version", "checksum").first()
    if row is None:
        return _shipped(embeds=embeds)
    return row.version, _trained(row.pk, row.checksum, embeds=embeds)


def visible_replies(access: Access) -> QuerySet[Reply]:
    """Replies with a text at branches whose candidates the viewer answers."""
    return access.limit(
        Reply.objects.exclude(classification_state=ClassificationState.NONE),
        Permission.FOLLOW_UP,
        via="application__",
    )


def replies_for_people(access: Access) -> QuerySet[Reply]:
    """Those that somebody should read."""
    return visible_replies(access).filter(classification_state=ClassificationState.WAITING)


def with_candidates(rows: QuerySet[Reply]) -> QuerySet[Reply]:
    """What a list shows of each, and nothing encrypted or long."""
    return rows.select_related("application__person", "application__branch", "application__position").only(
        *("kind", "text", "at", "classification_state", "labels", "target_attitude", "confidence", "read_at"),
        *("application__branch__name", "application__person__name"),
        *("application__position__name_zh", "application__position__name_en"),
    )


def oldest_for_people(access: Access) -> list[Reply]:
    """The first that wait, what seems to be a decline before the rest: one query."""
    rows = list(with_candidates(replies_for_people(access)).order_by("at", "pk")[:MOST_WAITING])
    return sorted(rows, key=lambda reply: not reply.seems_to_decline)


def agreement_by_label(access: Access) -> tuple[int, list[LabelAgreement]]:
    """How many readings people compared, and the agreement for each label: one query."""
    rows = access.limit(
        ReplyCorrection.objects.filter(of_model=True), Permission.FOLLOW_UP, via="reply__application__"
    )
    pairs = list(rows.values_list("from_labels", "to_labels"))
    found = {
        label: agreement((label in before, label in after) for before, after in pairs) for label in ReplyLabel
    }
    return len(pairs), [
        LabelAgreement(label, numbers if max(numbers.said, numbers.meant) >= LEAST_SHOWN else None)
        for label, numbers in found.items()
    ]


def active_evaluation() -> tuple[str, Evaluation]:
    """The version that reads now, and what was measured on the frozen replies when it was trained."""
    version, model = active_model()
    row = TrainedReplyModel.objects.filter(is_active=True).only("numbers").first()
    if row is not None:
        return version, Evaluation.from_numbers(row.numbers["after"])
    return version, Evaluation.from_numbers(shipped_numbers()["plain" if model.mean is None else "embedded"])


def trained_models() -> list[TrainedReplyModel]:
    """What retraining made, the newest first, without the files."""
    return list(TrainedReplyModel.objects.defer("content").order_by("-made_at")[:MOST_WAITING])


def corrected_replies() -> list[Labelled]:
    """What people read, the newest reading of each reply, without the words a button added."""
    rows = ReplyCorrection.objects.order_by("reply_id", "-at", "-pk").distinct("reply_id")
    return [
        Labelled(
            text=row["reply__text"],
            labels=frozenset(ReplyLabel(label) for label in row["to_labels"]),
            attitude=TargetAttitude(row["to_attitude"]),
        )
        for row in rows.exclude(reply__kind__in=[ReplyKind.DECLINE, ReplyKind.DATE]).values(
            "reply__text", "to_labels", "to_attitude"
        )
    ]


@lru_cache(maxsize=2)
def _shipped(*, embeds: bool | None) -> tuple[str, ReplyModel]:
    content, checksum = shipped_model()
    return f"shipped-{checksum[:8]}", load_model(content, checksum=checksum, embeds=embeds)


@lru_cache(maxsize=2)
def _trained(pk: int, checksum: str, *, embeds: bool | None) -> ReplyModel:
    content = bytes(TrainedReplyModel.objects.get(pk=pk).content)
    return load_model(content, checksum=checksum, embeds=embeds)
