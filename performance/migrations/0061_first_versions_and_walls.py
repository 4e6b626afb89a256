"""What every target says today is its first version; row-level security of uploads."""

from typing import Any

from django.db import migrations
from django.utils import timezone

from hrportal.kernel.walls import Wall, at_branch

CONTENT = ("text_zh", "text_en", "threshold", "unit_zh", "unit_en", "months", "order", "active")


def keep_first_versions(apps: Any, schema_editor: Any) -> None:
    target, version = (apps.get_model("performance", name) for name in ("Target", "TargetVersion"))
    version.objects.bulk_create(
        version(target=row, number=1, at=timezone.now(), **{name: getattr(row, name) for name in CONTENT})
        for row in target.objects.all()
    )


class Migration(migrations.Migration):
    dependencies = [("performance", "0060_target_versions_and_uploads")]

    operations = [
        migrations.RunPython(keep_first_versions, migrations.RunPython.noop),
        Wall("performance_recordupload", at_branch("branch_id")),
    ]
