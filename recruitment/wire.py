"""What the AI interview sends, from raw bytes to a typed signal: pure.

Two gates: the bytes must be plain JSON (400), and the value must fit ``Signal`` (422), from which the
published JSON schema comes too. Nothing that was sent appears in an error, and nothing of a candidate
but references in a ``repr``.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, WithJsonSchema

from hrportal.kernel import strict_json, texts
from hrportal.kernel.contracts import Contract, Line, Moment, Whole, remedies, remedy
from notifications.enums import AddressKind, Language
from recruitment.enums import Education, Gender, IdType, Verdict


def _visible(text: str) -> str:
    cleaned = texts.line(text)
    if not cleaned:
        raise remedy("Send a reference that can be seen.")
    return cleaned


def _decimal(score: object) -> object:
    # Through the shortest text of the double, so that 82.6 stays 82.6; without the sign of -0.0.
    return Decimal(repr(score)) + 0 if type(score) in (int, float) else score


Reference = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_visible)]
Account = Annotated[str, Field(max_length=64), Line]
Code = Annotated[str, Field(max_length=40), Line]
Score = Annotated[float, Field(ge=0, le=100)]
SCORE: Final = TypeAdapter(Score).json_schema()


class SignalType(StrEnum):
    """What happened at the sender."""

    COMPLETED = "interview.completed"
    REVISED = "interview.revised"
    WITHDRAWN = "interview.withdrawn"


class Candidate(Contract):
    """Who was interviewed. Personal fields never show in a ``repr``."""

    candidate_ref: Reference = Field(description="The sender's id; the same person may have several.")
    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(texts.name)] = Field(repr=False)
    id_type: IdType = Field(
        strict=False,
        description="residence_permit: for residents of Hong Kong, Macau and Taiwan (81, 82, 83 and 16 more "
        "characters). permanent_residence: of foreigners. Both may also be sent as resident_id.",
    )
    id_number: Annotated[str, Field(min_length=5, max_length=32), Line] = Field(repr=False)
    phone: Annotated[str, Field(min_length=5, max_length=60), Line] = Field(
        repr=False, description="In any usual form; with country code unless it is a mainland China number."
    )
    email: Annotated[str, Field(max_length=254), Line] | None = Field(default=None, repr=False)
    app_user_id: Account | None = Field(default=None, repr=False)
    wechat_openid: Account | None = Field(default=None, repr=False)
    wecom_user_id: Account | None = Field(default=None, repr=False)
    gender: Gender | None = Field(
        default=None,
        strict=False,
        repr=False,
        description="Only for the fairness audit; never shown beside a decision.",
    )
    education: Education = Field(strict=False)
    graduation_year: Whole = Field(ge=1970, le=2035)
    experience_tags: tuple[Code, ...] = Field(max_length=20, strict=False)
    preferred_language: Language | None = Field(default=None, strict=False)

    @property
    def addresses(self) -> dict[AddressKind, str]:
        """Every address that was sent, as it was sent, by kind."""
        given = {
            AddressKind.PHONE: self.phone,
            AddressKind.EMAIL: self.email,
            AddressKind.APP: self.app_user_id,
            AddressKind.WECHAT: self.wechat_openid,
            AddressKind.WECOM: self.wecom_user_id,
        }
        return {kind: value for kind, value in given.items() if value}


class AppliedFor(Contract):
    """For which position at which branch."""

    application_ref: Reference
    branch_code: Annotated[str, Field(pattern="^[0-9]{6}$")]
    position_code: Code
    preference: Whole = Field(ge=1, le=9, description="1 is the candidate's first choice.")


class Result(Contract):
    """What the interview found; scores go from 0 to 100 exactly as sent."""

    verdict: Verdict = Field(strict=False)
    score: Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=100), WithJsonSchema(SCORE)]
    dimensions: dict[str, Score] = Field(
        max_length=20,
        description="Dimension code to score, 0 to 100. Known codes: professional, stress_tolerance, "
        "service_awareness, communication, learning, teamwork, target_understanding.",
    )
    model_version: Code
    completed_at: Moment


class Interview(Contract):
    """One revision of one interview."""

    interview_id: Reference = Field(description="Stable across revisions of the same interview.")
    revision: Whole = Field(ge=1, le=1000)
    season: Annotated[str, Field(pattern="^[0-9]{4}-(spring|autumn|social)$")]
    candidate: Candidate
    application: AppliedFor
    result: Result


class Signal(Contract):
    """What the AI interview sends for every finished interview, passed or not: one object, or one a line in a batch."""

    type: SignalType = Field(strict=False)
    timestamp: Moment = Field(
        description="When the event happened at the sender; order of events is decided by it, never by arrival."
    )
    data: Interview


class SignalRefused(Exception):
    """These bytes are no signal. Everything in it may be shown to the sender.

    Attributes:
        status: 400 when the bytes are no plain JSON, 422 when the value breaks the contract.
        code: stable name of the kind of error.
        detail: one sentence with the remedy.
        errors: ``{"field": JSON pointer, "message": remedy}`` for each wrong field.
    """

    def __init__(self, *, status: int, code: str, detail: str, errors: Iterable[dict[str, str]] = ()) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)


def content_of(signal: Signal) -> dict[str, Any]:
    """Every field of the result for the column of its name, which has a default for what was not sent."""
    said = {name: value for name, value in signal.data.result if value is not None}
    return said | {"score": round(signal.data.result.score, 2)}


def parse_signal(raw: bytes) -> Signal:
    """Read one signal; its moments are in UTC, its texts are each a ``texts.line``.

    Raises:
        SignalRefused: with status 400 or 422, see the module.
    """
    try:
        return Signal.model_validate(strict_json.loads(raw))
    except strict_json.NotPlainJson as fault:
        raise SignalRefused(status=400, code="not-json", detail=str(fault)) from None
    except ValidationError as refused:
        raise SignalRefused(
            status=422,
            code="breaks-contract",
            detail="Mend the fields named under errors and send the signal again.",
            errors=remedies(refused),
        ) from None
