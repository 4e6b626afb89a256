"""What candidates are told after their notice, and notices that are held until a person has decided."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hrportal.kernel.rls import RowPolicy, through


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_inform_administration"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="held_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="NoticeUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=10)),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("provider_id", models.CharField(blank=True, max_length=120)),
                ("code", models.CharField(blank=True, max_length=80)),
                ("kind", models.CharField(max_length=20)),
                ("day", models.DateField(null=True)),
                (
                    "address",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="updates",
                        to="notifications.address",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="updates",
                        to="notifications.notice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeUpdateTransition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("source", models.CharField(default="system", max_length=20)),
                ("action", models.CharField(max_length=40)),
                ("from_state", models.CharField(blank=True, max_length=20)),
                ("to_state", models.CharField(blank=True, max_length=20)),
                ("reason", models.TextField(blank=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="transitions",
                        to="notifications.noticeupdate",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="noticeupdate",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "sending"))),
                fields=["due_at"],
                name="notice_updates_due",
            ),
        ),
        RowPolicy(
            "notifications_noticeupdate",
            through("notifications_notice", "notifications_noticeupdate.notice_id"),
        ),
        RowPolicy(
            "notifications_noticeupdatetransition",
            through("notifications_noticeupdate", "notifications_noticeupdatetransition.subject_id"),
        ),
    ]
