"""Forms of the branches app, and what the forms of others share."""

from branches.forms.shared import BranchField, offer

__all__ = ["BranchField", "offer"]
