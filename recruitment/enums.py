"""The words of signals, applications and what becomes of them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SignalState(TextChoices):
    """What became of a stored signal."""

    RECEIVED = "received", _("Received")
    INGESTED = "ingested", _("Taken in")
    STALE = "stale", _("Older than what is known")
    QUARANTINED = "quarantined", _("In quarantine")
    DISMISSED = "dismissed", _("Dismissed by a person")


class QuarantineReason(TextChoices):
    """Why a signal cannot become an application yet."""

    UNKNOWN_BRANCH = "unknown_branch", _("The branch code is not in the bank's tree")
    BRANCH_CLOSED = "branch_closed", _("The branch is closed")
    UNKNOWN_POSITION = "unknown_position", _("The position code is not known")
    NO_DEPARTMENT = "no_department", _("The branch has no department that hires for the position")
    BAD_ID_NUMBER = "bad_id_number", _("The ID number is impossible (length, birth date or checksum)")
    BAD_NAME = "bad_name", _("The name is not usable, or a character of it was lost on the way")
    UNREACHABLE = "unreachable", _("The phone number is impossible and no other channel is known")
    REFERENCE_CONFLICT = "reference_conflict", _("The application reference belongs to another application")
    IDENTITY_CONFLICT = "identity_conflict", _("Another name and contact are known under this ID number")
    SAME_PERSON = "same_person", _("Name and contact are known under another ID number")
    INTERVIEW_CONFLICT = "interview_conflict", _("The interview ID came with other content before")
    MESSAGE_CONFLICT = "message_conflict", _("The message ID came with another body before")
    BROKEN = "broken", _("The stored body could not be processed")
    INTERNAL_ERROR = "internal_error", _("The portal failed on it; IT operations find the cause in the log")


# Of these two people may say that nothing is wrong.
CONFIRMABLE_REASONS = (
    QuarantineReason.BAD_ID_NUMBER,
    QuarantineReason.UNREACHABLE,
    QuarantineReason.IDENTITY_CONFLICT,
    QuarantineReason.SAME_PERSON,
)


class MatchKind(TextChoices):
    """What one person proposes about who somebody is, and another confirms."""

    AS_SENT = "as_sent", _("The signal is right as sent")
    LINK = "link", _("The signal is about the known person")
    MERGE = "merge", _("Two records are one person")


class MatchState(TextChoices):
    """Where such a proposal stands."""

    FOUND = "found", _("To be looked at")
    PROPOSED = "proposed", _("Waits for a second person")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    LAPSED = "lapsed", _("No longer needed")


OPEN_MATCH_STATES = (MatchState.FOUND, MatchState.PROPOSED)


class DifferenceState(TextChoices):
    """What became of a fact that a machine sends otherwise than it is held."""

    OPEN = "open", _("Open")
    KEPT = "kept", _("Kept as held")
    TAKEN = "taken", _("Replaced by what was sent")


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
    TO_DECIDE = "to_decide", _("Being decided")
    HELD = "held", _("Admitted elsewhere")
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


# The candidate has accepted, and whoever is at work has.
PROMISED_STATES = (ApplicationState.ACCEPTED, ApplicationState.READY)
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
    RELEASED = "released", _("Let go on another branch's request")
    OVERRIDDEN = "overridden", _("Given to another branch by the head office")
    SAME_PERSON = "same_person", _("Another record of the same person has the offer")


class ReleaseState(TextChoices):
    """What became of a request to let a person go."""

    OPEN = "open", _("Open")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    OVERRIDDEN = "overridden", _("Decided by the head office")
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
    HIRED = "hired", _("Hired: the rule of the personnel record")
    SIGNAL = "signal", _("Signals that never became an application")


class DataRequestKind(TextChoices):
    """What a person may ask for."""

    SEE = "see", _("See what is held")
    CORRECT = "correct", _("Correct it")
    ERASE = "erase", _("Erase it")


class DataRequestState(TextChoices):
    """What became of the request."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")


class LegalGround(TextChoices):
    """Why data must still be kept, whoever asks."""

    UNDER_WAY = "under_way", _("an application is under way")
    HIRED = "hired", _("the person was hired; the rule of the personnel record holds")


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


class ReadingState(TextChoices):
    """How far the understanding of a reply's text has come."""

    NONE = "none", _("No text")
    PENDING = "pending", _("To be understood")
    AUTOMATIC = "automatic", _("Understood automatically")
    WAITING = "waiting", _("A person should look")
    CONFIRMED = "confirmed", _("Read by a person")


class WishVerdict(TextChoices):
    """What became of a try to estimate the wish to join."""

    TOO_FEW = "too_few", _("Too few outcomes")
    NO_USE = "no_use", _("Tells no more than the common share")
    TOO_SOON = "too_soon", _("Too few new outcomes to compare")
    WORSE = "worse", _("Worse than the one in use")
    BETTER = "better", _("Not worse, taken into use")
