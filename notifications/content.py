"""The hash that freezes an approved notice: pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from uuid import UUID


def content_hash(
    *,
    bodies: Mapping[str, object],
    recipient_id: UUID,
    plan: Sequence[Mapping[str, object]],
    onboarding_on: date,
    version_ids: Sequence[int],
) -> str:
    """SHA-256 over text, recipient, channel plan, date and template versions, in hexadecimal.

    The recipient is the person, not the number: a corrected number needs no second approval.
    """
    frozen = {
        "bodies": bodies,
        "recipient": str(recipient_id),
        "plan": plan,
        "onboarding_on": onboarding_on.isoformat(),
        "versions": sorted(version_ids),
    }
    text = json.dumps(frozen, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
