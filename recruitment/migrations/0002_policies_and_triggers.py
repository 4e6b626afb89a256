"""Row-level security of applications, of the persons behind them and of their addresses.

A person is seen through their applications, and a recipient through the person, so whoever could point
one of their rows to a stranger would see the stranger. Only bank-wide work may.
"""

from django.db import migrations

from hrportal.kernel.database.base import ROLE
from hrportal.kernel.rls import (
    Triggers,
    RowPolicy,
    at_branch,
    at_department,
    of_person,
    of_recipient,
    through,
)

APPLICATION, PERSON, SIGNAL = "recruitment_application", "recruitment_person", "recruitment_interviewsignal"
RELEASE, REPLY = "recruitment_releaserequest", "recruitment_reply"
NOTICE, RECIPIENT, ADDRESS = "notifications_notice", "notifications_recipient", "notifications_address"
POINTERS = {APPLICATION: "person_id", PERSON: "recipient_id"}
REFUSE = """
CREATE OR REPLACE FUNCTION refuse_to_reach_a_stranger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Only bank-wide work says whose a row of % is.', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
""" + "".join(
    f"""
CREATE OR REPLACE TRIGGER stays_whose_it_is BEFORE UPDATE ON {table}
    FOR EACH ROW WHEN (current_user = '{ROLE}' AND OLD.{column} IS DISTINCT FROM NEW.{column})
    EXECUTE FUNCTION refuse_to_reach_a_stranger();
CREATE OR REPLACE TRIGGER is_made_bank_wide BEFORE INSERT ON {table}
    FOR EACH ROW WHEN (current_user = '{ROLE}') EXECUTE FUNCTION refuse_to_reach_a_stranger();
"""
    for table, column in POINTERS.items()
)
# What a bank starts with; head office changes it in the settings.
RETENTION = """
INSERT INTO recruitment_retentionrule (kind, months, ground, active) VALUES
    ('not_hired', 24, '《个人信息保护法》第十九条：实现招聘目的所必要的最短时间', true),
    ('hired', 60, '《劳动合同法》第五十条：劳动合同文本至少保存二年备查；人事档案规定', true),
    ('signal', 24, '《个人信息保护法》第十九条：实现招聘目的所必要的最短时间', true)
ON CONFLICT (kind) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("recruitment", "0001_initial"), ("notifications", "0002_policies_and_triggers")]

    operations = [
        Triggers(REFUSE),
        RowPolicy(
            APPLICATION, at_branch("branch_id"), at_department("department_id"), of_person("person_id")
        ),
        RowPolicy(PERSON, of_person("id"), through(APPLICATION, f"{PERSON}.id", key="person_id")),
        *(
            RowPolicy(table, through(APPLICATION, f"{table}.application_id"))
            for table in (
                "recruitment_interviewresult",
                "recruitment_claim",
                "recruitment_confirmation",
                "recruitment_onboardingtask",
                REPLY,
            )
        ),
        *(
            RowPolicy(table, through(PERSON, f"{table}.person_id"))
            for table in (
                "recruitment_candidateref",
                "recruitment_datarequest",
                "recruitment_persondocument",
                "recruitment_factdifference",
            )
        ),
        *(
            RowPolicy(table, through(REPLY, f"{table}.reply_id"))
            for table in ("recruitment_replycorrection", "recruitment_replyanswer")
        ),
        RowPolicy("recruitment_matchreview", at_branch("branch_id")),
        RowPolicy(RELEASE, at_branch("branch_id"), through(APPLICATION, f"{RELEASE}.application_id")),
        RowPolicy(SIGNAL, at_branch("branch_id"), through(APPLICATION, f"{SIGNAL}.application_id")),
        *(
            RowPolicy(f"{table}transition", through(table, f"{table}transition.subject_id"))
            for table in (APPLICATION, PERSON)
        ),
        RowPolicy("recruitment_signaltransition", through(SIGNAL, "recruitment_signaltransition.subject_id")),
        RowPolicy(
            RECIPIENT,
            of_recipient("id"),
            through(PERSON, f"{RECIPIENT}.id", key="recipient_id"),
            # Where two records of a person became one, the notices of the other keep their recipient.
            through(NOTICE, f"{RECIPIENT}.id", key="recipient_id"),
        ),
        RowPolicy(ADDRESS, through(RECIPIENT, f"{ADDRESS}.recipient_id")),
        RowPolicy("notifications_sendratelimit", through(ADDRESS, "notifications_sendratelimit.address_id")),
        migrations.RunSQL(RETENTION, migrations.RunSQL.noop),
    ]
