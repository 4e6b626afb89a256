"""Row-level security of what was added about persons, and permits found by what a renewal leaves."""

from datetime import date
from typing import Any

from django.db import migrations, transaction
from django.db.utils import IntegrityError

from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.sealing import SealBroken, blind_index
from hrportal.kernel.walls import Wall, at_branch, of_recipient, through
from recruitment.identity import IdNumberImpossible, read_document

PERSON, RECIPIENT, NOTICE = "recruitment_person", "notifications_recipient", "notifications_notice"
BEFORE = (of_recipient("id"), through(PERSON, f"{RECIPIENT}.id", key="recipient_id"))
# Where two records of a person became one, the notices of the other keep their recipient.
SINCE = (*BEFORE, through(NOTICE, f"{RECIPIENT}.id", key="recipient_id"))


def wall_of_recipients(ways: tuple[str, ...]) -> str:
    return f"ALTER POLICY wall ON {RECIPIENT} USING (CASE WHEN {' OR '.join(ways)} THEN true ELSE false END)"


@bank_wide("every person of the bank")
def find_permits_by_their_lifelong_part(apps: Any, schema_editor: Any) -> None:
    """What cannot be opened or has its part in another row stays: ``find_duplicates`` names it."""
    persons = apps.get_model("recruitment", "Person").objects
    for person in persons.filter(
        id_type__in=["hk_macau_permit", "taiwan_permit"], anonymised_at=None
    ).order_by("facts_at"):
        try:
            document = read_document(person.id_number.open(), id_type=person.id_type, today=date.max)
        except (SealBroken, IdNumberImpossible):
            continue
        person.id_index = blind_index(document.lifelong, purpose="id_number")
        person.id_type = document.id_type
        try:
            with transaction.atomic():
                person.save(update_fields=["id_index", "id_type"])
        except IntegrityError:
            continue


class Migration(migrations.Migration):
    dependencies = [("recruitment", "0078_identity_of_persons"), ("notifications", "0010_row_walls")]

    operations = [
        migrations.RunPython(find_permits_by_their_lifelong_part, migrations.RunPython.noop),
        Wall("recruitment_persondocument", through(PERSON, "recruitment_persondocument.person_id")),
        Wall("recruitment_factdifference", through(PERSON, "recruitment_factdifference.person_id")),
        Wall("recruitment_matchreview", at_branch("branch_id")),
        migrations.RunSQL(wall_of_recipients(SINCE), wall_of_recipients(BEFORE)),
    ]
