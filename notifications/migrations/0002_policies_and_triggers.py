"""Row-level security of notices and all that belongs to them, and what the columns alone cannot say.

Published texts and approved contents never change, and a delivery's approval is an approval of the same
notice. Recipients and their addresses follow the person behind them, whom only the app above knows; their
policies are in its migration.
"""

from django.db import migrations

from hrportal.kernel.rls import Triggers, RowPolicy, at_branch, at_department, of_recipient, through

NOTICE, DELIVERY, FOLLOW_UP = "notifications_notice", "notifications_delivery", "notifications_followup"
NEWS = "notifications_addresschangemessage"
PUBLISHED_IS_IMMUTABLE = """
CREATE OR REPLACE FUNCTION refuse_change_of_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'A published template version is immutable; make a new draft.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER published_version_is_immutable BEFORE UPDATE OR DELETE ON notifications_templateversion
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_version();

CREATE OR REPLACE FUNCTION refuse_change_of_published_body() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    version bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN version := NEW.version_id; ELSE version := OLD.version_id; END IF;
    IF EXISTS (SELECT 1 FROM notifications_templateversion v
               WHERE v.id = version AND v.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'A published template version is immutable; make a new draft.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER published_body_is_immutable BEFORE INSERT OR UPDATE OR DELETE ON notifications_templatebody
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_body();
"""
# Changed once, and only to forget: the hash of what was approved, the plan and the recipient stay.
APPROVED_IS_FROZEN = """
CREATE OR REPLACE FUNCTION refuse_change_of_approved_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.anonymised_at IS NULL AND NEW.anonymised_at IS NOT NULL AND NEW.content_hash = OLD.content_hash
       AND NEW.plan = OLD.plan AND NEW.recipient_id = OLD.recipient_id
       AND NEW.onboarding_on = OLD.onboarding_on AND NEW.state NOT IN ('in_review', 'returned', 'approved', 'sent') THEN
        RETURN NEW;
    END IF;
    IF NEW.content_hash <> OLD.content_hash OR NEW.bodies <> OLD.bodies OR NEW.plan <> OLD.plan
       OR NEW.recipient_id <> OLD.recipient_id OR NEW.onboarding_on <> OLD.onboarding_on THEN
        RAISE EXCEPTION 'An approved notice is frozen; cancel it and compose another.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER approved_notice_is_frozen BEFORE UPDATE ON notifications_notice
    FOR EACH ROW WHEN (OLD.state NOT IN ('in_review', 'returned'))
    EXECUTE FUNCTION refuse_change_of_approved_notice();
"""
APPROVAL_IS_OF_THE_NOTICE = """
ALTER TABLE notifications_approval ADD CONSTRAINT approval_of_notice UNIQUE (id, notice_id);
ALTER TABLE notifications_delivery ADD CONSTRAINT delivery_approval_is_of_its_notice
    FOREIGN KEY (approval_id, notice_id) REFERENCES notifications_approval (id, notice_id)
    DEFERRABLE INITIALLY DEFERRED;
"""
UNDO_APPROVAL = """
ALTER TABLE notifications_delivery DROP CONSTRAINT delivery_approval_is_of_its_notice;
ALTER TABLE notifications_approval DROP CONSTRAINT approval_of_notice;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("kernel", "0002_roles_and_search_key")]

    operations = [
        Triggers(PUBLISHED_IS_IMMUTABLE + APPROVED_IS_FROZEN),
        migrations.RunSQL(APPROVAL_IS_OF_THE_NOTICE, UNDO_APPROVAL),
        RowPolicy(
            NOTICE, at_branch("branch_id"), at_department("department_id"), of_recipient("recipient_id")
        ),
        *(
            RowPolicy(table, through(NOTICE, f"{table}.notice_id"))
            for table in (
                "notifications_notice_versions",
                "notifications_noticereadreceipt",
                "notifications_noticeevent",
                "notifications_approval",
                DELIVERY,
            )
        ),
        *(
            RowPolicy(f"{table}transition", through(table, f"{table}transition.subject_id"))
            for table in (NOTICE, DELIVERY, FOLLOW_UP)
        ),
        RowPolicy("notifications_receipt", through(DELIVERY, "notifications_receipt.delivery_id")),
        RowPolicy(FOLLOW_UP, at_branch("branch_id"), through(NOTICE, f"{FOLLOW_UP}.notice_id")),
        RowPolicy(NEWS, at_branch("branch_id")),
        RowPolicy(
            "notifications_addresschangetransition",
            through(NEWS, "notifications_addresschangetransition.subject_id"),
        ),
    ]
