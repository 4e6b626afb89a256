import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("performance", "0061_first_versions_and_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("interview", "The interview rated too high"),
                            ("placement", "The position does not suit the person"),
                            ("guidance", "Guidance or workload at the branch"),
                            ("personal", "Personal circumstances"),
                            ("measure", "The performance record is wrong or unfair"),
                            ("targets", "The targets were not understood"),
                            ("unknown", "No reason found"),
                        ],
                        max_length=12,
                        verbose_name="reason",
                    ),
                ),
                ("text", models.CharField(max_length=1000, verbose_name="what was found")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "hire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case_notes",
                        to="performance.hire",
                    ),
                ),
            ],
            options={
                "verbose_name": "case note",
                "verbose_name_plural": "case notes",
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="case_note_says_something"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Simulation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("asked_at", models.DateTimeField()),
                ("validity", models.FloatField(verbose_name="true validity")),
                ("applicants", models.PositiveIntegerField(verbose_name="applicants")),
                ("seasons", models.PositiveSmallIntegerField(verbose_name="seasons")),
                ("seed", models.PositiveIntegerField(verbose_name="seed")),
                ("computed_at", models.DateTimeField(null=True)),
                ("result", models.JSONField(default=dict)),
                ("seconds", models.FloatField(default=0)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "simulation",
                "verbose_name_plural": "simulations",
                "ordering": ["-asked_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("computed_at__isnull", True)),
                        fields=["asked_at"],
                        name="simulation_waiting",
                    ),
                    models.Index(fields=["asked_by", "-asked_at"], name="simulation_own_list"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("validity__gte", 0), ("validity__lte", 0.9)),
                        name="simulation_validity_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("applicants__gte", 100), ("applicants__lte", 5000)),
                        name="simulation_applicants_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("seasons__gte", 1), ("seasons__lte", 100)),
                        name="simulation_seasons_bounded",
                    ),
                ],
            },
        ),
    ]
