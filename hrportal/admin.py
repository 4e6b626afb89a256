"""The settings: Django's admin as a part of the portal, for those who write templates, rules and plans."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver
from django.utils.translation import gettext_lazy

from branches.admin import AuthorsOnly, details, may_author

RECENT = 12
# Sign-in, sign-out and passwords have their own pages in the portal; what needs Django's scripts is left out.
UNUSED = {
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "autocomplete",
    "jsi18n",
    "view_on_site",
}
# The icon and the purpose of each kind of row; the order is the order of the page.
ABOUT: dict[str, tuple[str, Any]] = {
    "messagetemplate": (
        "template",
        gettext_lazy("Texts for candidates, for every channel and in both languages."),
    ),
    "noticerule": (
        "git-merge",
        gettext_lazy(
            "Which candidate gets which notice. The matching rule with the lowest priority number applies."
        ),
    ),
    "channelplan": ("send", gettext_lazy("Channels, their order and intervals.")),
    "reviewpolicy": ("clock", gettext_lazy("Time limits for each manual step.")),
    "target": ("target", gettext_lazy("Targets and deadlines for each position.")),
    "retentionrule": ("shield-lock", gettext_lazy("How long personal data is kept.")),
    "checklistitem": ("checkbox", gettext_lazy("What administration prepares for the first day.")),
    "importheading": ("upload", gettext_lazy("How unknown column headings in imported files are read.")),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history as a timeline shows it."""

    at: datetime
    title: str
    who: str
    text: str
    tone: str
    url: str


class PortalAdminSite(admin.AdminSite):
    """The settings. Whoever is not signed in is led to the portal's sign-in page; whoever may not write is refused."""

    site_header = site_title = index_title = gettext_lazy("Settings")
    enable_nav_sidebar = False
    index_template = "admin/index.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take the portal's own kinds of rows; what libraries bring along, accounts and tokens, stays outside."""
        if admin_class is not None and issubclass(admin_class, AuthorsOnly):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Ask ``branches.access``; accounts need no staff flag."""
        return may_author(request)

    def admin_view(
        self,
        view: Callable[..., Any],
        cacheable: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> Any:
        """Guard a page before Django's own guard, which would offer a second sign-in."""
        guarded = super().admin_view(view, cacheable)

        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), resolve_url("sign_in"))
            if not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return enter

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's pages without those the portal has itself."""
        return [url for url in super().get_urls() if getattr(url, "name", None) not in UNUSED]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """One card for each kind of row, and what was changed last, by whomever."""
        rows = {
            model["object_name"].lower(): model
            for app in self.get_app_list(request)
            for model in app["models"]
        }
        cards = [
            {"icon": icon, "about": about, **rows[name]}
            for name, (icon, about) in ABOUT.items()
            if name in rows
        ]
        entries = LogEntry.objects.select_related("user", "content_type").order_by("-action_time")[:RECENT]
        context = {"cards": cards, "changes": changes_of(entries), **(extra_context or {})}
        return super().index(request, context)


def changes_of(entries: Iterable[LogEntry]) -> list[Change]:
    """Entries of the history with every value that changed."""
    return [
        Change(
            at=entry.action_time,
            title=_title(entry),
            who=str(entry.user),
            text=details(entry.change_message),
            tone={ADDITION: "good", DELETION: "bad"}.get(entry.action_flag, "busy"),
            url=_url(entry),
        )
        for entry in entries
    ]


def _title(entry: LogEntry) -> str:
    kind = entry.content_type.name if entry.content_type else ""
    return f"{kind[:1].upper()}{kind[1:]} · {entry.object_repr}"


def _url(entry: LogEntry) -> str:
    if entry.action_flag == DELETION:
        return ""
    try:
        return entry.get_admin_url() or ""
    except NoReverseMatch:
        return ""
