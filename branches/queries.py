"""Reads of the bank's tree."""

from branches.models import Branch


def parent_of(branch: Branch) -> Branch | None:
    """The branch above; None at the head office."""
    parent: Branch | None = Branch.objects.get_parent(branch)
    return parent


def head_office() -> Branch:
    """The root of the tree; raises ``Branch.DoesNotExist`` before the bank was loaded."""
    return Branch.objects.get(depth=1)


def paths_down_to(branch: Branch) -> list[str]:
    """The paths from the head office down to the branch itself, without a query."""
    path: str = branch.path
    step: int = Branch.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]
