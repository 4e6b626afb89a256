"""Row-level security of applications, of the persons behind them and of their addresses."""

from django.db import migrations

from hrportal.kernel.walls import Wall, at_branch, at_department, of_person, of_recipient, through

APPLICATION, PERSON, SIGNAL = "recruitment_application", "recruitment_person", "recruitment_interviewsignal"
RELEASE, RECIPIENT, ADDRESS = (
    "recruitment_releaserequest",
    "notifications_recipient",
    "notifications_address",
)


class Migration(migrations.Migration):
    dependencies = [("recruitment", "0003_release_requests"), ("notifications", "0010_row_walls")]

    operations = [
        Wall(APPLICATION, at_branch("branch_id"), at_department("department_id"), of_person("person_id")),
        Wall(PERSON, of_person("id"), through(APPLICATION, f"{PERSON}.id", key="person_id")),
        Wall("recruitment_candidateref", through(PERSON, "recruitment_candidateref.person_id")),
        *(
            Wall(table, through(APPLICATION, f"{table}.application_id"))
            for table in (
                "recruitment_applicationmove",
                "recruitment_interviewresult",
                "recruitment_claim",
                "recruitment_confirmation",
                "recruitment_onboardingtask",
                "recruitment_reply",
            )
        ),
        Wall(RELEASE, at_branch("branch_id"), through(APPLICATION, f"{RELEASE}.application_id")),
        Wall(SIGNAL, at_branch("branch_id"), through(APPLICATION, f"{SIGNAL}.application_id")),
        Wall("recruitment_signalmove", through(SIGNAL, "recruitment_signalmove.signal_id")),
        Wall(RECIPIENT, of_recipient("id"), through(PERSON, f"{RECIPIENT}.id", key="recipient_id")),
        Wall(ADDRESS, through(RECIPIENT, f"{ADDRESS}.recipient_id")),
        Wall("notifications_sendallowance", through(ADDRESS, "notifications_sendallowance.address_id")),
    ]
