"""The words of the bank's tree and of what its staff asks for."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BranchLevel(TextChoices):
    """The four levels of the tree, from the top."""

    HEAD_OFFICE = "head_office", _("Head office")
    PROVINCE = "province", _("Provincial branch")
    CITY = "city", _("City branch")
    SUB_BRANCH = "sub_branch", _("Sub-branch")


class PositionFamily(TextChoices):
    """Words for the families of positions; a bank may have others, which are shown by their code."""

    COUNTER = "counter", _("Counter")
    SALES = "sales", _("Sales")
    TECHNOLOGY = "technology", _("Technology")
    CONTROL = "control", _("Risk and control")
    TRAINEE = "trainee", _("Trainees")


class BranchFeature(TextChoices):
    """Words for what branches are known for; others are shown by their code."""

    TOURISM = "tourism", _("Tourism")
    SMALL_BUSINESS = "small_business", _("Small business")


class ExportFormat(TextChoices):
    """What a list is written as."""

    XLSX = "xlsx", _("Excel workbook (XLSX)")
    CSV = "csv", _("Text table (CSV)")


class ExportState(TextChoices):
    """The path of an export."""

    TO_APPROVE = "to_approve", _("Pending approval")
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Generating")
    READY = "ready", _("Ready")
    REFUSED = "refused", _("Rejected")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


class ApprovalKind(TextChoices):
    """What one person of the bank asks for and a second one approves."""

    INVITE = "invite", _("New account")
    ROLE = "role", _("Additional role")
    ADDRESS = "address", _("Email address or WeCom account of an employee")
    DATA_REQUEST = "data_request", _("Data-subject request")
    SETTING = "setting", _("Text, rule, plan or policy")
    REVOCATION = "revocation", _("Revocation of an offer")


class ApprovalState(TextChoices):
    """The path of a request for approval."""

    WAITING = "waiting", _("Pending approval")
    # Done at once because the bank had no second person yet; one confirms it later.
    IN_FORCE = "in_force", _("In force, to be confirmed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class StaffChannel(TextChoices):
    """How the portal writes to its own staff; codes of channels."""

    EMAIL = "email", _("Email")
    WECOM = "wecom", _("WeCom")


class StaffMessageKind(TextChoices):
    """What the portal writes to a member of staff."""

    LINK = "link", _("Password link")
    LINK_NOTICE = "link_news", _("Alert about a password link")
    ADDRESS_NOTICE = "address_news", _("Alert about a changed address")


class ChainFault(StrEnum):
    """What can be wrong with the access log; words of the command line."""

    # Links, or their entries, are missing.
    REMOVED = "removed"
    # The entry is not what was encrypted.
    ALTERED = "altered"
    # The link does not continue the one before.
    RELINKED = "relinked"
    # The entry has lost its link.
    UNLINKED = "unsealed"
    # The hash that was kept elsewhere is not in the chain.
    CUT_OFF = "cut_off"


def word_of(code: str, words: type[TextChoices]) -> str:
    """The word of a code in the reader's language; an unknown code stands for itself."""
    return str(words(code).label) if code in words.values else code
