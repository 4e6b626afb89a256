"""Row-level security of recommendations, and the trigger that keeps what was signed as it was signed."""

from django.db import migrations

from hrportal.kernel.walls import Triggers, Wall, at_branch, through

TABLE = "performance_recommendation"
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
CREATE OR REPLACE TRIGGER stays_as_signed BEFORE UPDATE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION keep_signed_recommendation();
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER stays_as_signed;
"""
UNDO = f"DROP TRIGGER stays_as_signed ON {TABLE}; DROP FUNCTION keep_signed_recommendation();"


class Migration(migrations.Migration):
    dependencies = [("performance", "0080_recommendations")]

    operations = [
        Wall(TABLE, at_branch("branch_id")),
        Wall(
            "performance_recommendationmove",
            through(TABLE, "performance_recommendationmove.recommendation_id"),
        ),
        Triggers(KEEP, UNDO),
    ]
