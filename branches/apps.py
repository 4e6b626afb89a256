"""The bottom app: the bank's tree, its staff and who may see what."""

from django.apps import AppConfig


class BranchesConfig(AppConfig):
    """Branches, departments, positions, staff."""

    name = "branches"
