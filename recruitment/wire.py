"""What the AI interview sends, from raw bytes to a typed signal: pure.

Two gates: the bytes must be plain JSON (400), and the value must fit the contract,
``interview-signal.schema.json`` beside this file (422). Nothing that was sent appears in an error,
and nothing of a candidate but references in a ``repr``.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from hrportal.kernel import strict_json, texts
from hrportal.kernel.json_schema import JsonSchema, moment
from notifications.enums import AddressKind
from recruitment.enums import Education, Gender, IdType, Verdict

SCHEMA: Final = JsonSchema(
    json.loads(Path(__file__).with_name("interview-signal.schema.json").read_text(encoding="utf-8"))
)


class SignalType(StrEnum):
    """What happened at the sender."""

    COMPLETED = "interview.completed"
    REVISED = "interview.revised"
    WITHDRAWN = "interview.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFacts:
    """Who was interviewed. Personal fields never show in a ``repr``."""

    candidate_ref: str
    name: str = field(repr=False)
    id_type: IdType
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
    email: str | None = field(repr=False)
    app_user_id: str | None = field(repr=False)
    wechat_openid: str | None = field(repr=False)
    wecom_user_id: str | None = field(repr=False)
    gender: Gender | None = field(repr=False)
    education: Education
    graduation_year: int
    experience_tags: tuple[str, ...]
    preferred_language: str | None


def given_addresses(candidate: CandidateFacts) -> dict[AddressKind, str]:
    """Every address that was sent, as it was sent, by kind."""
    given = {
        AddressKind.PHONE: candidate.phone,
        AddressKind.EMAIL: candidate.email,
        AddressKind.APP: candidate.app_user_id,
        AddressKind.WECHAT: candidate.wechat_openid,
        AddressKind.WECOM: candidate.wecom_user_id,
    }
    return {kind: value for kind, value in given.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One interview event. Times are aware, in UTC; scores go from 0 to 100 exactly as sent."""

    type: SignalType
    timestamp: datetime
    interview_id: str
    revision: int
    season: str
    candidate: CandidateFacts
    application_ref: str
    branch_code: str
    position_code: str
    preference: int
    verdict: Verdict
    score: Decimal
    dimensions: dict[str, float]
    model_version: str
    completed_at: datetime


class SignalRefused(Exception):
    """These bytes are no signal. Everything in it may be shown to the sender.

    Attributes:
        status: 400 when the bytes are no plain JSON, 422 when the value breaks the contract.
        code: stable name of the kind of error.
        detail: one sentence with the remedy.
        errors: ``{"field": JSON pointer, "message": remedy}`` for each wrong field.
    """

    def __init__(
        self, *, status: int, code: str, detail: str, errors: tuple[dict[str, str], ...] = ()
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors


def parse_signal(raw: bytes) -> Signal:
    """Read one signal.

    Raises:
        SignalRefused: with status 400 or 422, see the module.
    """
    try:
        value = strict_json.loads(raw)
    except strict_json.NotPlainJson as fault:
        raise SignalRefused(status=400, code="not-json", detail=str(fault)) from None
    if not SCHEMA.fits(value):
        raise _breaks_contract(SCHEMA.remedies(value))
    return _signal(_cleaned(value))


def _cleaned(value: dict[str, Any]) -> dict[str, Any]:
    """The signal with every text as ``texts.line``; only a reference must then have something left."""
    cleaned: dict[str, Any] = texts.deep(value)
    data = cleaned["data"]
    references = {
        "/data/interview_id": data["interview_id"],
        "/data/candidate/candidate_ref": data["candidate"]["candidate_ref"],
        "/data/application/application_ref": data["application"]["application_ref"],
    }
    blank = [field for field, reference in references.items() if not reference]
    if blank:
        raise _breaks_contract(
            {"field": field, "message": "Send a reference that can be seen."} for field in blank
        )
    return cleaned


def _breaks_contract(errors: Iterable[dict[str, str]]) -> SignalRefused:
    return SignalRefused(
        status=422,
        code="breaks-contract",
        detail="Mend the fields named under errors and send the signal again.",
        errors=tuple(errors),
    )


def _signal(value: dict[str, Any]) -> Signal:
    data = value["data"]
    application, result = data["application"], data["result"]
    return Signal(
        type=SignalType(value["type"]),
        timestamp=moment(value["timestamp"]),
        interview_id=data["interview_id"],
        revision=int(data["revision"]),
        season=data["season"],
        candidate=_candidate(data["candidate"]),
        application_ref=application["application_ref"],
        branch_code=application["branch_code"],
        position_code=application["position_code"],
        preference=int(application["preference"]),
        verdict=Verdict(result["verdict"]),
        # Through the shortest text of the double, so that 82.6 stays 82.6; without the sign of -0.0.
        score=Decimal(repr(abs(result["score"]))),
        dimensions={code: float(score) for code, score in result["dimensions"].items()},
        model_version=result["model_version"],
        completed_at=moment(result["completed_at"]),
    )


def _candidate(facts: dict[str, Any]) -> CandidateFacts:
    gender = facts.get("gender")
    return CandidateFacts(
        candidate_ref=facts["candidate_ref"],
        name=texts.name(facts["name"]),
        id_type=IdType(facts["id_type"]),
        id_number=facts["id_number"],
        phone=facts["phone"],
        email=facts.get("email"),
        app_user_id=facts.get("app_user_id"),
        wechat_openid=facts.get("wechat_openid"),
        wecom_user_id=facts.get("wecom_user_id"),
        gender=None if gender is None else Gender(gender),
        education=Education(facts["education"]),
        graduation_year=int(facts["graduation_year"]),
        experience_tags=tuple(facts["experience_tags"]),
        preferred_language=facts.get("preferred_language"),
    )
