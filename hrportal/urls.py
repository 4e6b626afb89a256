"""Where every page, API and webhook is mounted."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from hrportal import views
from hrportal.api import api
from hrportal.pipeline.views import metrics, tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hrportal.home.urls")),
    path("", include("branches.sign_in.urls")),
    path("", include("hrportal.alerts.urls")),
    path("language/", set_language, name="set_language"),
    path("theme/", views.choose_theme, name="choose_theme"),
    path("keys/", views.choose_keys, name="choose_keys"),
    path("healthz", views.healthz, name="healthz"),
    path("healthz/tasks", tasks, name="healthz_tasks"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", api.urls),
    path("webhooks/", include("notifications.urls.webhooks")),
    path("n/", include("recruitment.urls.candidate")),
    path("candidates/", include("recruitment.urls.candidates")),
    path("confirmations/", include("recruitment.urls.confirmations")),
    path("reviews/returned/", include("recruitment.urls.returned")),
    path("reviews/", include("notifications.urls.reviews")),
    path("follow-ups/", include("notifications.urls.follow_ups")),
    path("deliveries/", include("notifications.urls.deliveries")),
    path("onboarding/", include("recruitment.urls.onboarding")),
    path("recommendations/", include("performance.urls.recommendations")),
    path("replies/", include("recruitment.urls.replies")),
    path("releases/", include("recruitment.urls.releases")),
    path("data-requests/", include("recruitment.urls.data_requests")),
    path("quarantine/", include("recruitment.urls.signals")),
    path("duplicates/", include("recruitment.urls.duplicates")),
    path("", include("recruitment.urls.rules")),
    path("hires/", include("performance.urls.hires")),
    path("performance-records/", include("performance.urls.records")),
    path("analysis/", include("performance.urls.analysis")),
    path("figures/", include("performance.urls.figures")),
    path("operations/", include("hrportal.pipeline.urls")),
    path("audit/", include("branches.urls.audit")),
    path("exports/", include("branches.urls.exports")),
    path("staff/", include("branches.urls.staff")),
    path("search/", include("branches.urls.searching")),
    path("approvals/", include("branches.urls.approvals")),
    path("content-blocks/", include("notifications.urls.content_blocks")),
    path("seasons/", include("recruitment.urls.seasons")),
    path("calendar/", include("branches.urls.calendar")),
    path("branches/", include("branches.urls.tree")),
    path("invitation/", include("branches.urls.invitation")),
    path("admin/", admin.site.urls),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
