"""The words of signals, applications and what becomes of them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SignalState(TextChoices):
    """What became of a stored signal."""

    RECEIVED = "received", _("Received")
    INGESTED = "ingested", _("Processed")
    STALE = "stale", _("Older than the current result")
    QUARANTINED = "quarantined", _("Invalid")
    DISMISSED = "dismissed", _("Dismissed manually")


class QuarantineReason(TextChoices):
    """Why a signal cannot become an application yet."""

    UNKNOWN_BRANCH = "unknown_branch", _("Unknown branch code")
    BRANCH_CLOSED = "branch_closed", _("The branch is closed")
    UNKNOWN_POSITION = "unknown_position", _("Unknown position code")
    NO_DEPARTMENT = "no_department", _("No department of the branch hires for this position")
    BAD_ID_NUMBER = "bad_id_number", _("Invalid ID number (length, birth date or checksum)")
    BAD_NAME = "bad_name", _("Invalid name, or a character was lost in transfer")
    UNREACHABLE = "unreachable", _("Invalid phone number, and no other channel available")
    REFERENCE_CONFLICT = "reference_conflict", _("The application reference belongs to another application")
    IDENTITY_CONFLICT = "identity_conflict", _("Another name and contact are on record under this ID number")
    SAME_PERSON = "same_person", _("Name and contact are on record under another ID number")
    INTERVIEW_CONFLICT = (
        "interview_conflict",
        _("This interview ID was already received with different content"),
    )
    MESSAGE_CONFLICT = "message_conflict", _("This message ID was already received with different content")
    SEASON_CLOSED = "season_closed", _("The season is closed")
    BROKEN = "broken", _("The stored message could not be processed")
    INTERNAL_ERROR = "internal_error", _("Processing failed; IT operations can find the cause in the log")


# Of these two people may say that nothing is wrong.
CONFIRMABLE_REASONS = (
    QuarantineReason.BAD_ID_NUMBER,
    QuarantineReason.UNREACHABLE,
    QuarantineReason.IDENTITY_CONFLICT,
    QuarantineReason.SAME_PERSON,
)


class MatchKind(TextChoices):
    """What one person proposes about who somebody is, and another confirms."""

    AS_SENT = "as_sent", _("The result is correct as sent")
    LINK = "link", _("The result belongs to the person on record")
    MERGE = "merge", _("Two records of one person")


class MatchState(TextChoices):
    """Where such a proposal stands."""

    FOUND = "found", _("To check")
    PROPOSED = "proposed", _("Pending second review")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Rejected")
    LAPSED = "lapsed", _("No longer needed")


OPEN_MATCH_STATES = (MatchState.FOUND, MatchState.PROPOSED)


class DifferenceState(TextChoices):
    """What became of a fact that a machine sends otherwise than it is held."""

    OPEN = "open", _("Open")
    KEPT = "kept", _("Current value kept")
    TAKEN = "taken", _("New value accepted")


class IdType(TextChoices):
    """Kinds of identity documents."""

    RESIDENT_ID = "resident_id", _("Resident ID")
    PASSPORT = "passport", _("Passport")
    HK_MACAU_PERMIT = "hk_macau_permit", _("Hong Kong or Macau permit")
    TAIWAN_PERMIT = "taiwan_permit", _("Taiwan permit")
    RESIDENCE_PERMIT = "residence_permit", _("Residence permit for Hong Kong, Macau and Taiwan residents")
    PERMANENT_RESIDENCE = "permanent_residence", _("Foreigner's permanent residence card")


class Education(TextChoices):
    """Levels of education, from the lowest."""

    HIGH_SCHOOL = "high_school", _("High school")
    ASSOCIATE = "associate", _("Associate")
    BACHELOR = "bachelor", _("Bachelor")
    MASTER = "master", _("Master")
    DOCTOR = "doctor", _("Doctor")


class Gender(TextChoices):
    """Only for the fairness audit; never shown beside a decision and never in a rule."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    UNDISCLOSED = "undisclosed", _("Not disclosed")


class Verdict(TextChoices):
    """The interview's verdict."""

    PASS = "pass", _("Passed")
    FAIL = "fail", _("Failed")


class ApplicationState(TextChoices):
    """Where an application stands."""

    FAILED = "failed", _("Not passed")
    TO_DECIDE = "to_decide", _("Matching rules")
    HELD = "held", _("Hired by another branch")
    NO_RULE = "no_rule", _("Passed, no rule matches")
    CONFIRMING = "confirming", _("Department confirms")
    NEED_DECLINED = "need_declined", _("Need declined")
    IN_REVIEW = "in_review", _("HR reviews")
    STOPPED = "stopped", _("Stopped by HR")
    NOTIFIED = "notified", _("Notified")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("No answer in time")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    READY = "ready", _("First day prepared")
    REVOKED = "revoked", _("Offer revoked")
    RENEGED = "reneged", _("Acceptance withdrawn")
    NO_SHOW = "no_show", _("Did not start work")


# The candidate has accepted, and whoever is at work has.
ACCEPTED_STATES = (ApplicationState.ACCEPTED, ApplicationState.READY)
# The application holds, or is about to hold, the bank-wide claim of its person.
CLAIMING_STATES = (
    ApplicationState.NO_RULE,
    ApplicationState.CONFIRMING,
    ApplicationState.IN_REVIEW,
    ApplicationState.NOTIFIED,
    ApplicationState.ACCEPTED,
    ApplicationState.READY,
)
# Before anything was said to the candidate.
UNSENT_STATES = (
    ApplicationState.TO_DECIDE,
    ApplicationState.HELD,
    ApplicationState.NO_RULE,
    ApplicationState.CONFIRMING,
    ApplicationState.IN_REVIEW,
)


class ClaimRelease(TextChoices):
    """Why a claim ended."""

    NEED_DECLINED = "need_declined", _("The department declined the need")
    STOPPED = "stopped", _("HR stopped the notice")
    DECLINED = "declined", _("The candidate declined")
    EXPIRED = "expired", _("No answer in time")
    WITHDRAWN = "withdrawn", _("The application was withdrawn")
    VERDICT_REVERSED = "verdict_reversed", _("The interview result was reversed")
    RELEASED = "released", _("Released at another branch's request")
    OVERRIDDEN = "overridden", _("Assigned to another branch by head office")
    SAME_PERSON = "same_person", _("Another record of the same person has the offer")
    SEASON_CLOSED = "season_closed", _("The season was closed")
    REVOKED = "revoked", _("The bank revoked the offer")
    RENEGED = "reneged", _("The candidate withdrew the acceptance")
    NO_SHOW = "no_show", _("The candidate did not start work")


class ProposalState(TextChoices):
    """What became of a first day that one side proposed to the other."""

    OPEN = "open", _("Waiting for an answer")
    AGREED = "agreed", _("Agreed")
    COUNTERED = "countered", _("Another day proposed")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("No longer needed")


class OfferAct(TextChoices):
    """What HR may do to an offer that was sent."""

    UPHOLD = "uphold", _("Uphold the offer")
    REVOKE = "revoke", _("Revoke the offer")
    WITHDRAW_ACCEPTANCE = "withdraw-acceptance", _("Record a withdrawn acceptance")
    NO_SHOW = "no-show", _("Record a no-show")
    ANSWER_DAY = "answer-day", _("Answer the requested first day")
    FIRST_DAY = "first-day", _("Change the first day")
    RECORD_ANSWER = "record-answer", _("Record an answer")
    CORRECT_ANSWER = "correct-answer", _("Correct a mistaken answer")
    EXTEND = "extend", _("Extend the reply deadline")
    REOPEN = "reopen", _("Open the offer again")


class DayAnswer(TextChoices):
    """What HR answers to the first day that a candidate asked for."""

    AGREE = "agree", _("Agree to this day")
    COUNTER = "counter", _("Propose another day")
    DECLINE = "decline", _("Keep the present first day")


class AnswerMedium(TextChoices):
    """How an answer reached the bank that a member of staff entered."""

    PHONE = "phone", _("By phone")
    PAPER = "paper", _("On paper")
    IN_PERSON = "in_person", _("In person")


class SeasonState(TextChoices):
    """Whether a season takes passes, is ending what is open, or is over."""

    OPEN = "open", pgettext_lazy("season", "Open")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", pgettext_lazy("season", "Closed")


class ReleaseState(TextChoices):
    """What became of a request to let a person go."""

    OPEN = "open", _("Open")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Rejected")
    OVERRIDDEN = "overridden", _("Decided by head office")
    LAPSED = "lapsed", _("No longer needed")


class ConfirmationState(TextChoices):
    """Whether the department has answered."""

    OPEN = "open", _("Open")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("No longer needed")


class RetentionKind(TextChoices):
    """Kinds of persons, by how long their identity is kept."""

    NOT_HIRED = "not_hired", _("Candidates not hired")
    HIRED = "hired", _("Hired: personnel records rule")
    SIGNAL = "signal", _("Interview results that never became an application")


class DataRequestKind(TextChoices):
    """What a person may ask for."""

    SEE = "see", _("Access")
    CORRECT = "correct", _("Correction")
    ERASE = "erase", _("Erasure")


class DataRequestState(TextChoices):
    """What became of the request."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Rejected")


class LegalGround(TextChoices):
    """Why data must still be kept, whoever asks."""

    UNDER_WAY = "under_way", _("an application is in progress")
    HIRED = "hired", _("the person was hired; the personnel records rule applies")


class ReplyKind(TextChoices):
    """What a candidate said, by the button they pressed."""

    ACCEPT = "accept", _("Accepts")
    DECLINE = "decline", _("Declines")
    QUESTION = "question", _("Asks")
    ATTITUDE = "attitude", _("Reacts to a target")
    DATE = "date", _("Proposes another date")


class Attitude(TextChoices):
    """A candidate's reaction to one performance target."""

    CONFIDENT = "confident", _("I am confident")
    WILLING = "willing", _("Challenging, I will try")
    WORRIED = "worried", _("I am worried")
    UNCLEAR = "unclear", _("I do not understand it")


class ReplyLabel(TextChoices):
    """What a sentence of a candidate says; several may hold at once."""

    ACCEPT = "accept", _("Accepts")
    DECLINE = "decline", _("Seems to decline")
    QUESTION = "question", _("Asks")
    HESITATION = "hesitation", _("Hesitates")
    OTHER_DATE = "other_date", _("Wants another date")
    ACKNOWLEDGEMENT = "acknowledgement", _("Confirms receipt")


class TargetAttitude(TextChoices):
    """What a sentence says about the performance targets."""

    POSITIVE = "positive", _("Positive")
    NEUTRAL = "neutral", _("Neutral")
    NEGATIVE = "negative", _("Negative")
    NONE = "none", _("Not about the targets")


class ClassificationState(TextChoices):
    """How far the understanding of a reply's text has come."""

    NONE = "none", _("No text")
    PENDING = "pending", _("Not classified yet")
    AUTOMATIC = "automatic", _("Auto-classified")
    WAITING = "waiting", _("Needs review")
    CONFIRMED = "confirmed", _("Classified manually")


class AcceptanceModelVerdict(TextChoices):
    """What became of a try to estimate the likelihood to accept."""

    TOO_FEW = "too_few", _("Too few outcomes")
    NO_USE = "no_use", _("No better than the overall rate")
    TOO_SOON = "too_soon", _("Too few new outcomes to compare")
    WORSE = "worse", _("Worse than the current model")
    BETTER = "better", _("Not worse than the current model, activated")
