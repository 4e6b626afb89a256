"""Recruitment: signals, people, applications, claims, rules, confirmations, replies, onboarding."""

from django.apps import AppConfig


class RecruitmentConfig(AppConfig):
    """From an interview signal to a first day at work."""

    name = "recruitment"

    def ready(self) -> None:
        """Take part in what branches and notifications do."""
        from branches import exports
        from branches import hooks as branches
        from branches.enums import ApprovalKind
        from branches.operations import approvals
        from notifications import hooks as notifications
        from recruitment import context
        from recruitment.exports import CANDIDATES
        from recruitment.guards import claim_is_live
        from recruitment.operations import data_request_acts, offers
        from recruitment.operations.leaving import escalate_applications_of
        from recruitment.operations.transferring import transfer_applications
        from recruitment.queries.authors import choosers_of
        from recruitment.queries.references import applications_of

        branches.branch_ended.register(transfer_applications)
        branches.role_ended.register(escalate_applications_of)
        branches.applications_of_subject.register(applications_of)
        approvals.register(ApprovalKind.DATA_REQUEST, data_request_acts.ACT)
        approvals.register(ApprovalKind.REVOCATION, offers.REVOCATION)
        exports.register("candidates", CANDIDATES)
        notifications.choosers_of_notice.register(choosers_of)
        notifications.reasons_not_to_send.register(claim_is_live)
        notifications.changed_facts.register(context.changed_facts)
