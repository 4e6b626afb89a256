"""HR writes down why somebody with a high score works poorly."""

from datetime import datetime

from branches.models import User
from performance.enums import CaseReason
from performance.models import CaseNote, Hire


def note_case(*, hire: Hire, reason: CaseReason, text: str, now: datetime, by: User) -> CaseNote:
    """Add a note; it holds from now on, and those before stay as they were."""
    return CaseNote.objects.create(hire=hire, reason=reason, text=text, at=now, by=by)
