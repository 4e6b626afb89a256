"""Powers over hires, their performance and the analysis."""

from django.db import migrations

ADDED = {
    "see_analysis": ("See how well the interview predicts the work", ("hq_hr", "province_hr", "city_hr")),
    "record_performance": ("Record hires and their performance", ("hq_hr", "province_hr", "city_hr")),
    "sign_recommendations": ("Sign recommendations to the AI interview", ("hq_hr",)),
}


def give_to_roles(apps, schema_editor):
    """Groups of roles hold their permissions from when they were made; those that exist get the new ones."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    GroupObjectPermission = apps.get_model("guardian", "GroupObjectPermission")
    Branch = apps.get_model("branches", "Branch")
    groups = list(Group.objects.filter(name__regex=r"^(hq_hr|province_hr|city_hr):"))
    if not groups:
        return
    kind, _is_new = ContentType.objects.get_or_create(app_label="branches", model="branch")
    keys = dict(Branch.objects.values_list("code", "pk"))
    for codename, (name, roles) in ADDED.items():
        permission, _is_new = Permission.objects.get_or_create(
            content_type=kind, codename=codename, defaults={"name": name}
        )
        for group in groups:
            role, _colon, code = group.name.partition(":")
            if role in roles and code in keys:
                GroupObjectPermission.objects.get_or_create(
                    permission=permission, content_type=kind, object_pk=str(keys[code]), group=group
                )


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("guardian", "0001_initial"),
        ("branches", "0042_log_is_only_added_to"),
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
        migrations.RunPython(give_to_roles, migrations.RunPython.noop),
    ]
