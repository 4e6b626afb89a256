"""Every answer to a candidate is a row of its own: none takes the place of another."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hrportal.kernel.walls import Wall, through

KEEP = """
INSERT INTO recruitment_replyanswer (reply_id, text, at, by_id)
SELECT id, answer, answered_at, answered_by_id FROM recruitment_reply
WHERE answered_at IS NOT NULL AND answered_by_id IS NOT NULL AND answer <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("recruitment", "0082_search_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReplyAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=1000)),
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
                    "reply",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="recruitment.reply",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer",
                "verbose_name_plural": "answers",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        Wall(
            "recruitment_replyanswer",
            through("recruitment_reply", "recruitment_replyanswer.reply_id"),
        ),
        migrations.RemoveField(model_name="reply", name="answer"),
        migrations.RemoveField(model_name="reply", name="answered_by"),
    ]
