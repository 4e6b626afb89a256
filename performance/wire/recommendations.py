"""What the AI interview is told of a signed recommendation, and what it says back."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from hrportal.kernel.contracts import Answer, Contract, Whole
from performance.enums import RecommendationKind, RecommendationState

Version = Annotated[Whole, Field(ge=1, le=32_767)]


class Signatory(Answer):
    """A person of head office: the role and the number of the account, no name."""

    role: Literal["head_office_hr"] = "head_office_hr"
    user: str


class Scope(Answer):
    """Where and for which position it was found, by code; no position is all of them."""

    branch: str
    position: str | None


class SignedRecommendation(Answer):
    """What is signed, hashed and sent, without the hash."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    version: int
    kind: RecommendationKind
    action: Literal["change_weights", "attend", "inform"]
    subject: str
    strength: Literal["suggestion", "recommendation"]
    season: str
    scope: Scope
    # As they are stored and not as models: a field that a later release adds must not change the hash.
    content: dict[str, JsonValue]
    evidence: dict[str, JsonValue]
    fairness: dict[str, JsonValue]
    last_season: dict[str, JsonValue]
    submitted_by: Signatory
    signed_by: Signatory
    # None before the signature, and then nothing of it leaves.
    signed_at: str | None = Field(json_schema_extra={"format": "date-time"})


class ListedRecommendation(SignedRecommendation):
    """The same with its hash and where it stands now."""

    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    state: RecommendationState


class RecommendationPage(Answer):
    """Up to 50, the last changed first; ``next`` is the cursor of the page after it."""

    recommendations: list[ListedRecommendation]
    next: str | None


class Acknowledgement(Contract):
    """The receiver has this version; what else it says is its own."""

    model_config = ConfigDict(extra="ignore")

    acknowledged: Literal[True]
    version: Version


class Acknowledged(Answer):
    """Where the recommendation stands now."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    version: int
    state: RecommendationState
