"""Months keep what a person corrected; what is sent otherwise waits for a person. Corrections made before count."""

from collections import defaultdict
from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hrportal.kernel.walls import Wall, through


def mark_corrected(apps: Any, schema_editor: Any) -> None:
    record, correction = (
        apps.get_model("performance", name) for name in ("PerformanceRecord", "RecordCorrection")
    )
    by_person: dict[int, set[str]] = defaultdict(set)
    for row in correction.objects.order_by("at", "id").iterator():
        facts = _facts(row.before, row.after)
        by_person[row.record_id] = (
            by_person[row.record_id] | facts if row.actor_id else by_person[row.record_id] - facts
        )
    for key, facts in by_person.items():
        if facts:
            record.objects.filter(pk=key).update(corrected=sorted(facts))


def _facts(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    own = [side.get("metrics", {}) for side in (before, after)]
    codes = {code for code in {**own[0], **own[1]} if own[0].get(code) != own[1].get(code)}
    return {name for name in after if name != "metrics"} | {f"metric.{code}" for code in codes}


class Migration(migrations.Migration):
    dependencies = [
        ("performance", "0082_uploads_read_by_workers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="performancerecord",
            name="corrected",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=70), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="recordupload",
            name="accepted",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveIntegerField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="recordupload",
            name="kept",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="RecordDifference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", models.DateField(verbose_name="month")),
                ("sent", models.JSONField()),
                ("sent_at", models.DateTimeField()),
                ("source", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("kept", "Kept as held"),
                            ("taken", "Replaced by what was sent"),
                        ],
                        default="open",
                        max_length=6,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "hire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="differences",
                        to="performance.hire",
                    ),
                ),
            ],
            options={
                "ordering": ["sent_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("hire", "period"),
                        name="one_open_difference_of_month",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="decided_month_has_time",
                    ),
                ],
            },
        ),
        Wall(
            "performance_recorddifference",
            through("performance_hire", "performance_recorddifference.hire_id"),
        ),
        migrations.RunPython(mark_corrected, migrations.RunPython.noop),
    ]
