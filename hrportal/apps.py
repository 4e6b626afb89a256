"""The portal itself as a Django app, and the admin as the portal shows it."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate

from hrportal import celery, log
from hrportal.kernel import hooks


class PortalConfig(AppConfig):
    """Home pages, navigation and commands. Importing ``celery`` makes its app the current one."""

    name = "hrportal"
    label = "hrportal"

    def ready(self) -> None:
        """Route structlog and make ``hrportal.celery`` the application of every task."""
        celery.app.set_default()
        log.configure()
        # The views need the models, which are not there yet when this file is read.
        user_logged_in.connect(import_module("branches.sign_in.views").begin)
        hooks.history_recorded.register(import_module("hrportal.alerts.recording").record_occasions)
        # Being imported connects it to Celery's signals.
        runs = import_module("hrportal.pipeline.runs")
        post_migrate.connect(runs.know_tasks, sender=self)


class PortalAdminConfig(AdminConfig):
    """Django's admin with the portal's own site."""

    default_site = "hrportal.admin.PortalAdminSite"
