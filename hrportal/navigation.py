"""What the frame of every staff page shows: the places to go, with counts, and who is signed in."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Permission, access_of
from branches.models import User
from hrportal.kernel import clocks
from hrportal.queues import INBOX, waiting

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
# "auto" is on, except where one touches.
KEYS = ("auto", "on", "off")
KEYS_COOKIE = "keys"
# On a phone the bar at the bottom shows the first places; the rest is behind "More".
TAB_BAR_PLACES = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation, offered to whoever holds one of its permissions (to all if none is named)."""

    url_name: str
    label: str | Promise
    icon: str
    permissions: tuple[Permission, ...] = ()
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A place as one viewer sees it."""

    url: str
    label: str | Promise
    icon: str
    count: int
    is_due: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a page for one viewer."""

    items: list[Item]
    # Drawn once, shown at the side and in the sheet of a phone.
    nav_list: SafeString
    name: str
    branch: str
    role: str
    search_url: str
    unread: int

    @property
    def first_items(self) -> list[Item]:
        """What the bar of a phone has room for."""
        return self.items[:TAB_BAR_PLACES]


PLACES = (
    Place("my_work", _("My tasks"), "layout-dashboard"),
    Place("candidates", _("Candidates"), "users", (Permission.SEE_CANDIDATES, Permission.CONFIRM_NEED)),
    Place(
        "confirmations",
        _("Confirmations"),
        "calendar-event",
        (Permission.CONFIRM_NEED, Permission.COMPOSE_NOTICE),
        is_due=True,
    ),
    Place("reviews", _("Reviews"), "file-check", (Permission.REVIEW_NOTICE,), is_due=True),
    Place("follow_ups", _("Follow-ups"), "phone", (Permission.FOLLOW_UP,), is_due=True),
    Place("replies", _("Replies"), "message-question", (Permission.FOLLOW_UP,)),
    Place("releases", _("Release requests"), "arrows-exchange", (Permission.REVIEW_NOTICE,), is_due=True),
    Place("no_rule", _("Unmatched"), "user-question", (Permission.COMPOSE_NOTICE,), is_due=True),
    Place("quarantine", _("Invalid results"), "alert-triangle", (Permission.FOLLOW_UP,)),
    Place("duplicates", _("Duplicates"), "users", (Permission.FOLLOW_UP,)),
    Place("recommendations", _("Recommendations"), "scale", (Permission.SIGN_RECOMMENDATIONS,)),
    Place("deliveries", _("Deliveries"), "send", (Permission.SEE_CANDIDATES,)),
    Place(
        "exports", _("Exports"), "download", (Permission.SEE_CANDIDATES, Permission.CONFIRM_NEED), is_due=True
    ),
    Place("onboarding", _("Onboarding"), "id-badge-2", (Permission.PREPARE_ONBOARDING,)),
    Place("hires", _("Hires"), "user-check", (Permission.RECORD_PERFORMANCE,)),
    Place("performance_records", _("Performance records"), "upload", (Permission.RECORD_PERFORMANCE,)),
    Place(
        "figures",
        _("Key figures"),
        "report-analytics",
        (Permission.SEE_CANDIDATES, Permission.SEE_PIPELINE),
    ),
    Place("analysis", _("Analysis"), "chart-dots", (Permission.SEE_ANALYSIS,)),
    Place(
        "rule_trial", _("Test rules"), "git-merge", (Permission.WRITE_TEMPLATES, Permission.COMPOSE_NOTICE)
    ),
    Place(
        "content_blocks",
        _("Branch content"),
        "template",
        (Permission.WRITE_CONTENT_BLOCKS, Permission.WRITE_TEMPLATES),
    ),
    Place(
        "approvals",
        _("Approvals"),
        "circle-check",
        (
            Permission.MANAGE_STAFF,
            Permission.PROTECT_DATA,
            Permission.WRITE_TEMPLATES,
            Permission.CHANGE_OFFER,
        ),
        is_due=True,
    ),
    Place("staff", _("Staff"), "users-group", (Permission.MANAGE_STAFF,)),
    Place("data_requests", _("Data requests"), "shield-lock", (Permission.PROTECT_DATA,)),
    Place("branches", _("Branches"), "building-bank", (Permission.MANAGE_BRANCHES,)),
    Place("seasons", _("Seasons"), "calendar-plus", (Permission.MANAGE_BRANCHES,)),
    Place("calendar", _("Calendar"), "calendar-event", (Permission.MANAGE_BRANCHES,), is_due=True),
    Place("operations", _("Operations"), "route", (Permission.SEE_PIPELINE,)),
    Place("audit", _("Audit"), "shield-check", (Permission.SEE_AUDIT,)),
    Place("admin:index", _("Settings"), "settings", (Permission.WRITE_TEMPLATES,)),
)


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``shell``, computed only where a template shows it, ``theme`` and ``keys``."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    keys = request.COOKIES.get(KEYS_COOKIE, "")
    return {
        "shell": SimpleLazyObject(lambda: _shell_of(request)),
        "theme": theme if theme in THEMES else "auto",
        "keys": keys if keys in KEYS else "auto",
    }


def _shell_of(request: HttpRequest) -> Shell | None:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return None
    access = access_of(user, now=clocks.now())
    grant = access.grants[0] if access.grants else None
    items = [item for place in PLACES if (item := _item(place, access, request.path))]
    return Shell(
        items=items,
        nav_list=render_to_string("components/nav_list.html", {"items": items}),
        name=str(user),
        branch=str(grant.department.branch if grant.department else grant.branch) if grant else "",
        role=grant.get_role_display() if grant else "",
        search_url=_address("candidates") if access.has_permission(Permission.SEE_CANDIDATES) else "",
        unread=waiting(access).get(INBOX, 0),
    )


def _item(place: Place, access: Access, path: str) -> Item | None:
    if place.permissions and not any(access.has_permission(permission) for permission in place.permissions):
        return None
    url = _address(place.url_name)
    if not url:
        return None
    return Item(
        url=url,
        label=place.label,
        icon=place.icon,
        count=waiting(access).get(place.url_name, 0),
        is_due=place.is_due,
        is_active=path == url or (place.url_name != "my_work" and path.startswith(url)),
    )


def _address(url_name: str) -> str:
    """Where a page is, or nothing: an installation may leave one out, then nobody is led to it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
