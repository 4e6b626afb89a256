"""Row-level security of what was added about persons: their history, and requests about their data."""

from django.db import migrations

from hrportal.kernel.walls import Wall, through

PERSON = "recruitment_person"


class Migration(migrations.Migration):
    dependencies = [("recruitment", "0041_retention")]

    operations = [
        Wall("recruitment_personmove", through(PERSON, "recruitment_personmove.person_id")),
        Wall("recruitment_datarequest", through(PERSON, "recruitment_datarequest.person_id")),
    ]
