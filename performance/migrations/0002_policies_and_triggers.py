"""Row-level security of hires, their months, analyses and recommendations; what was signed stays as it was signed."""

from django.db import migrations

from hrportal.kernel.rls import Triggers, RowPolicy, at_branch, through

HIRE, RECORD = "performance_hire", "performance_performancerecord"
RECOMMENDATION = "performance_recommendation"
FROZEN = (
    *("kind", "subject", "season", "branch_id", "position_id", "version", "strength", "content", "evidence"),
    *("fairness", "last_season", "proposed_by_id", "signed_by_id", "signed_at", "content_hash"),
)
ROW = ", ".join(f"{{row}}.{column}" for column in FROZEN)
KEEP = f"""
CREATE OR REPLACE FUNCTION keep_signed_recommendation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.content_hash <> '' AND
        ROW({ROW.format(row="NEW")}) IS DISTINCT FROM ROW({ROW.format(row="OLD")}) THEN
        RAISE EXCEPTION 'What was signed of a recommendation stays as it was signed.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER stays_as_signed BEFORE UPDATE ON {RECOMMENDATION}
    FOR EACH ROW EXECUTE FUNCTION keep_signed_recommendation();
ALTER TABLE {RECOMMENDATION} ENABLE ALWAYS TRIGGER stays_as_signed;
"""


class Migration(migrations.Migration):
    dependencies = [("performance", "0001_initial"), ("kernel", "0002_roles_and_search_key")]

    operations = [
        Triggers(KEEP),
        *(
            RowPolicy(table, at_branch("branch_id"))
            for table in (
                "performance_historicinterview",
                HIRE,
                "performance_analysis",
                "performance_recordupload",
                RECOMMENDATION,
            )
        ),
        *(
            RowPolicy(table, through(HIRE, f"{table}.hire_id"))
            for table in (RECORD, "performance_recorddifference", "performance_casenote")
        ),
        RowPolicy("performance_recordcorrection", through(RECORD, "performance_recordcorrection.record_id")),
        RowPolicy(
            "performance_recommendationtransition",
            through(RECOMMENDATION, "performance_recommendationtransition.subject_id"),
        ),
    ]
