"""Understanding what candidates write; people have the last word, and only people conclude from it."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel.optimistic_lock import require_seen
from hrportal.kernel.refusals import Conflict
from hrportal.kernel.sweeps import Sweep
from recruitment.enums import ClassificationState, ReplyKind, ReplyLabel, TargetAttitude
from recruitment.models import Reply, ReplyCorrection
from recruitment.queries.reply_classification import active_model, classification_digest
from recruitment.reply_classification.classify import beside_button, classify
from recruitment.reply_classification.model import ReplyModel
from recruitment.reply_classification.rules import negates

CLASSIFY = Sweep(
    "classify_replies", label=_("Classifying replies"), task="recruitment.tasks.classify_replies"
)
# What the button said before the words were read.
SAID_BY_BUTTON = {ReplyKind.DECLINE: ReplyLabel.DECLINE, ReplyKind.DATE: ReplyLabel.OTHER_DATE}


@transaction.atomic
def classify_pending_replies(*, now: datetime, limit: int = 200) -> int:
    """Read up to ``limit`` replies, the oldest first; returns how many there were.

    Only the rows of the replies change: whatever they say, no state of an application does.
    """
    understanding = CLASSIFY.round(now=now)
    rows = list(
        understanding.due(Reply.objects.filter(classification_state=ClassificationState.PENDING))
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("at")[:limit]
    )
    if rows:
        version, model = active_model()
        understanding.batch(rows, partial(_classify, version=version, model=model, now=now))
    return len(rows)


def _classify(rows: list[Reply], *, version: str, model: ReplyModel, now: datetime) -> list[UUID]:
    for row in rows:
        reading = classify(row.text, model=model)
        known = SAID_BY_BUTTON.get(ReplyKind(row.kind))
        if known:
            reading = beside_button(reading, known=known, threshold=model.threshold)
        row.labels = [str(label) for label in reading.labels]
        row.target_attitude = reading.attitude
        row.confidence = min(reading.confidence, 1.0)
        row.classification_state = (
            ClassificationState.AUTOMATIC if reading.is_automatic else ClassificationState.WAITING
        )
        row.model_version, row.read_at = version, now
    Reply.objects.bulk_update(
        rows, ["labels", "target_attitude", "confidence", "classification_state", "model_version", "read_at"]
    )
    return [row.pk for row in rows]


@transaction.atomic
def correct_classification(
    *,
    reply_id: UUID,
    labels: Collection[ReplyLabel],
    attitude: TargetAttitude,
    now: datetime,
    by: User,
    seen: str | None = None,
) -> Reply:
    """A person says what the text means; what it was taken for is kept.

    ``seen`` is ``classification_digest`` of what was on the screen; None leaves it unchecked.

    Raises:
        Conflict: there is nothing to correct.
        EditConflict: somebody else has read it since.
    """
    reply = Reply.objects.select_for_update().get(pk=reply_id)
    last = reply.corrections.select_related("by").last()
    read_as = ", ".join(str(ReplyLabel(label).label) for label in reply.labels)
    require_seen(seen, classification_digest(reply), by=last and last.by, at=last and last.at, what=read_as)
    return _read_by(reply, labels=labels, attitude=attitude, now=now, by=by)


@transaction.atomic
def confirm_classifications(*, reply_ids: Collection[UUID], now: datetime, by: User) -> tuple[int, int]:
    """A person agrees with what was suggested; returns how many were confirmed, and how many were left.

    What somebody else has read meanwhile stays as they read it. Of several at once, those whose words
    hold a negation are left: they are read one by one.
    """
    rows = list(
        Reply.objects.select_for_update()
        .filter(pk__in=reply_ids, classification_state=ClassificationState.WAITING)
        .order_by("pk")
    )
    confirmed = [row for row in rows if len(reply_ids) == 1 or not negates(row.text)]
    for row in confirmed:
        _read_by(
            row,
            labels=[ReplyLabel(label) for label in row.labels],
            attitude=TargetAttitude(row.target_attitude),
            now=now,
            by=by,
        )
    return len(confirmed), len(rows) - len(confirmed)


def _read_by(
    reply: Reply, *, labels: Collection[ReplyLabel], attitude: TargetAttitude, now: datetime, by: User
) -> Reply:
    if reply.classification_state in (ClassificationState.NONE, ClassificationState.PENDING):
        raise Conflict(_("This reply is being classified. Reload the page."))
    wanted = {*labels, *filter(None, [SAID_BY_BUTTON.get(ReplyKind(reply.kind))])}
    after = [str(label) for label in ReplyLabel if label in wanted]
    ReplyCorrection.objects.create(
        reply=reply,
        at=now,
        by=by,
        of_model=reply.classification_state != ClassificationState.CONFIRMED,
        model_version=reply.model_version,
        from_labels=reply.labels,
        to_labels=after,
        from_attitude=reply.target_attitude,
        to_attitude=attitude,
    )
    reply.labels, reply.target_attitude = after, attitude
    reply.classification_state, reply.read_at = ClassificationState.CONFIRMED, now
    reply.save(update_fields=["labels", "target_attitude", "classification_state", "read_at"])
    return reply
