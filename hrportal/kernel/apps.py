"""The kernel as a Django app: the few tables that every app needs and none owns."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Rows that a sweep failed on."""

    name = "hrportal.kernel"
    label = "kernel"
