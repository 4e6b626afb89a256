"""The permission to have failed rows tried again; how far the access log was walked again; exports that wait."""

from django.db import migrations, models


def give_to_roles(apps, schema_editor):
    """Groups of roles hold their permissions from when they were made; those that exist get the new one."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    GroupObjectPermission = apps.get_model("guardian", "GroupObjectPermission")
    Branch = apps.get_model("branches", "Branch")
    groups = list(Group.objects.filter(name__startswith="it_ops:"))
    if not groups:
        return
    kind, _is_new = ContentType.objects.get_or_create(app_label="branches", model="branch")
    keys = dict(Branch.objects.values_list("code", "pk"))
    permission, _is_new = Permission.objects.get_or_create(
        content_type=kind,
        codename="run_pipeline",
        defaults={"name": "Have the pipeline try failed rows again"},
    )
    for group in groups:
        code = group.name.partition(":")[2]
        if code in keys:
            GroupObjectPermission.objects.get_or_create(
                permission=permission, content_type=kind, object_pk=str(keys[code]), group=group
            )


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0050_powers_of_the_loop"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="branch",
            options={
                "permissions": [
                    ("see_candidates", "See candidates of the branch and all below"),
                    ("see_contacts", "See masked contacts and scores"),
                    ("compose_notice", "Edit returned notices and handle no-rule candidates"),
                    ("review_notice", "Review notices"),
                    ("follow_up", "Handle follow-ups and quarantined signals"),
                    ("prepare_onboarding", "Prepare the first day"),
                    ("see_pipeline", "See the health of the pipeline, no persons"),
                    ("run_pipeline", "Have the pipeline try failed rows again"),
                    ("see_audit", "Read who did and saw what"),
                    ("write_templates", "Write templates, rules and plans"),
                    ("write_branch_parts", "Write the branch's own parts of templates"),
                    ("manage_staff", "Invite staff and grant roles"),
                    ("manage_branches", "Merge, move and close branches"),
                    ("protect_data", "Keep retention rules and answer requests of persons"),
                    ("see_analysis", "See how well the interview predicts the work"),
                    ("record_performance", "Record hires and their performance"),
                    ("sign_recommendations", "Sign recommendations to the AI interview"),
                ],
                "verbose_name": "branch",
                "verbose_name_plural": "branches",
            },
        ),
        migrations.AddField(
            model_name="accesscheck",
            name="rewalked_to",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="accesscheck",
            index=models.Index(
                condition=models.Q(("findings", 0)), fields=["-id"], name="access_check_without_finding"
            ),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(
                condition=models.Q(("state__in", ("queued", "running", "to_approve"))),
                fields=["asked_at"],
                name="export_unwritten",
            ),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(
                condition=models.Q(("state", "ready")), fields=["expires_at"], name="export_to_expire"
            ),
        ),
        migrations.RunPython(give_to_roles, migrations.RunPython.noop),
    ]
