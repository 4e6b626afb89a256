"""Reads of the branches app."""

from branches.queries.tree import (
    branch_above,
    branch_choices,
    codes_down_to,
    head_office,
    parent_of,
    path_of,
    paths_down,
    paths_down_to,
)

__all__ = [
    "branch_above",
    "branch_choices",
    "codes_down_to",
    "head_office",
    "parent_of",
    "path_of",
    "paths_down",
    "paths_down_to",
]
