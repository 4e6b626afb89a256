"""Many applications at once, made by the database itself: what a bank has after years of seasons."""

from django.db import connection

from branches.queries import head_office
from hrportal.kernel.rls import as_owner

# One row a person. Of a hundred, ten have a notice that was sent over two channels, one has a notice in review;
# of a thousand, one waits for a follow-up. Encrypted columns hold bytes that nobody opens here.
FILL = """
CREATE TEMPORARY TABLE bench_place AS
SELECT row_number() OVER () - 1 AS number, d.branch_id, d.id AS department_id, p.id AS position_id
FROM branches_department d JOIN branches_position p ON p.department_code = d.code
WHERE d.branch_id <> %(head_office)s;
CREATE TEMPORARY TABLE bench_row AS
SELECT n, gen_random_uuid() AS recipient, gen_random_uuid() AS person, gen_random_uuid() AS application,
       branch_id, department_id, position_id, now() - n * interval '20 seconds' AS at
FROM generate_series(1, %(applications)s) n JOIN bench_place ON number = n %% (SELECT count(*) FROM bench_place);
INSERT INTO notifications_recipient (id, name, language) SELECT recipient, '测试' || n, 'zh-Hans' FROM bench_row;
INSERT INTO recruitment_person (id, recipient_id, id_type, id_number, id_index, name, gender, education,
                                graduation_year, experience_tags, corrected, facts_at)
SELECT person, recipient, 'resident_id', '\\x00', sha256(n::text::bytea), '测试' || n, '', 'bachelor', 2025, '{}', '{}', at
FROM bench_row;
INSERT INTO recruitment_application (id, ref, person_id, branch_id, position_id, department_id, season, preference,
                                     state, state_at, passed_at, trace, created_at)
SELECT application, 'B-' || n, person, branch_id, position_id, department_id, '2026-autumn', 1,
       CASE n %% 10 WHEN 0 THEN 'notified' WHEN 1 THEN 'accepted' ELSE 'failed' END, at, at, '[]', at
FROM bench_row;
INSERT INTO recruitment_interviewresult (application_id, interview_id, revision, event_at, verdict, score, dimensions,
                                         model_version, completed_at)
SELECT application, 'B-' || n, 1, at, CASE WHEN n %% 10 < 2 THEN 'pass' ELSE 'fail' END, 60 + n %% 40, '{}', 'bench', at
FROM bench_row;
UPDATE recruitment_application a SET result_id = r.id FROM recruitment_interviewresult r WHERE r.application_id = a.id;
INSERT INTO notifications_notice (id, recipient_id, subject_ref, branch_id, department_id, position_id, language, state,
                                  evidence, context, trace, bodies, personal_note, base_version_id, channel_plan_id,
                                  plan, review_policy_id, onboarding_on, content_hash, composed_at, signalled_at,
                                  due_at, approved_at, sent_at, reply_by, stop_reason, link_digest)
SELECT gen_random_uuid(), recipient, application, branch_id, department_id, position_id, 'zh-Hans', 'sent',
       2, '{}', '[]', '{}', '', (SELECT min(id) FROM notifications_templateversion),
       (SELECT min(id) FROM notifications_channelplan), '[]', (SELECT min(id) FROM notifications_reviewpolicy),
       at::date, '', at, at, at, at, at, at, '', sha256(('n' || n)::bytea)
FROM bench_row WHERE n %% 10 = 0;
INSERT INTO notifications_notice (id, recipient_id, subject_ref, branch_id, department_id, position_id, language, state,
                                  evidence, context, trace, bodies, personal_note, base_version_id, channel_plan_id,
                                  plan, review_policy_id, onboarding_on, content_hash, composed_at, signalled_at,
                                  due_at, reply_by, stop_reason, link_digest)
SELECT gen_random_uuid(), recipient, application, branch_id, department_id, position_id, 'zh-Hans', 'in_review',
       0, '{}', '[]', '{}', '', (SELECT min(id) FROM notifications_templateversion),
       (SELECT min(id) FROM notifications_channelplan), '[]', (SELECT min(id) FROM notifications_reviewpolicy),
       at::date, '', at, at, at + interval '1 day', at + interval '9 days', '', sha256(('r' || n)::bytea)
FROM bench_row WHERE n %% 100 = 3;
INSERT INTO notifications_approval (notice_id, content_hash, reviewer_id, at)
SELECT id, content_hash, (SELECT min(id) FROM branches_user), approved_at
FROM notifications_notice WHERE state = 'sent';
INSERT INTO notifications_delivery (id, notice_id, approval_id, channel, attempt, "order", condition, urgent,
                                    provider, state, due_at, retries, claimed_at, look_ups, provider_id, code,
                                    accepted_at, delivered_at)
SELECT gen_random_uuid(), n.id, a.id, channel, 1, step, 'always', false, 'bench', 'delivered',
       n.sent_at + step * interval '1 second', 0, n.sent_at, 0, n.id || '-' || channel, '', n.sent_at, n.sent_at
FROM notifications_notice n JOIN notifications_approval a ON a.notice_id = n.id,
     (VALUES ('app', 1), ('sms', 2)) AS plan (channel, step)
WHERE n.state = 'sent';
INSERT INTO notifications_followup (id, branch_id, notice_id, subject_ref, label, kind, detail, state, opened_at, due_at,
                                    outcome, note)
SELECT gen_random_uuid(), n.branch_id, n.id, n.subject_ref, r.name, 'unread', '', 'open', n.sent_at, n.due_at, '', ''
FROM bench_row b JOIN notifications_notice n ON n.subject_ref = b.application
JOIN notifications_recipient r ON r.id = b.recipient
WHERE b.n %% 1000 = 0;
DROP TABLE bench_row, bench_place;
"""
TABLES = (
    "notifications_recipient",
    "notifications_notice",
    "notifications_approval",
    "notifications_delivery",
    "notifications_followup",
    "recruitment_person",
    "recruitment_application",
    "recruitment_interviewresult",
)


def fill(applications: int) -> None:
    """Make the rows and let the planner know of them; needs the seeded bank."""
    values = {"applications": applications, "head_office": head_office().pk}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(FILL, values)
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
