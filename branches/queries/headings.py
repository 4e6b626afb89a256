"""What people said of headings in imported files."""

from branches.models import ImportHeading


def told_headings(file_kind: str) -> dict[str, str]:
    """Column by heading, as ``hrportal.kernel.tables.read_table`` takes it."""
    rows = ImportHeading.objects.filter(file_kind=file_kind)
    return dict(rows.values_list("heading", "column"))
