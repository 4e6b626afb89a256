"""First days that are proposed, and answers that a member of staff took down."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from hrportal.kernel.rls import RowPolicy, through


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0004_offers_have_a_way_back"),
        ("recruitment", "0002_policies_and_triggers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FirstDayProposal",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
                ("state", models.CharField(default="open", max_length=10)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "proposed first day",
                "ordering": ["at"],
            },
        ),
        migrations.AddField(
            model_name="reply",
            name="corrected_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="reply",
            name="evidence",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="reply",
            name="medium",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="reply",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("evidence", ""), ("medium", ""), ("recorded_by__isnull", True)),
                    models.Q(models.Q(("medium", ""), _negated=True), ("recorded_by__isnull", False)),
                    _connector="OR",
                ),
                name="recorded_answer_names_its_recorder",
            ),
        ),
        migrations.AddField(
            model_name="firstdayproposal",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="first_day_proposals",
                to="recruitment.application",
            ),
        ),
        migrations.AddField(
            model_name="firstdayproposal",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="firstdayproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("application",), name="one_open_first_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="firstdayproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="decided_first_day_has_time",
            ),
        ),
        RowPolicy(
            "recruitment_firstdayproposal",
            through("recruitment_application", "recruitment_firstdayproposal.application_id"),
        ),
    ]
