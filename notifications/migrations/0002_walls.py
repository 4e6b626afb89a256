"""What the columns alone cannot say: published texts and approved contents never change, and a
delivery's approval is an approval of the same notice."""

from django.db import migrations

from hrportal.kernel.walls import Triggers

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

APPROVED_IS_FROZEN = """
CREATE OR REPLACE FUNCTION refuse_change_of_approved_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
UNDO = """
DROP TRIGGER approved_notice_is_frozen ON notifications_notice;
DROP FUNCTION refuse_change_of_approved_notice();
DROP TRIGGER published_body_is_immutable ON notifications_templatebody;
DROP TRIGGER published_version_is_immutable ON notifications_templateversion;
DROP FUNCTION refuse_change_of_published_body();
DROP FUNCTION refuse_change_of_published_version();
"""


class Migration(migrations.Migration):
    """Triggers and one composite foreign key."""

    dependencies = [("notifications", "0001_initial")]

    operations = [
        Triggers(PUBLISHED_IS_IMMUTABLE + APPROVED_IS_FROZEN, UNDO),
        migrations.RunSQL(APPROVAL_IS_OF_THE_NOTICE, UNDO_APPROVAL),
    ]
