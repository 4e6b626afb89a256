"""Which tables stand under row-level security, and which on purpose do not: what tests hold the migrations against.

A new model joins by a ``hrportal.kernel.rls.RowPolicy`` in its migration and a line here.
"""

from django.apps import apps

# Model to the look-up paths that lead to its branch: a row is seen by whoever sees one of those branches.
PROTECTED: dict[str, tuple[str, ...]] = {
    "notifications.Notice": ("branch",),
    "notifications.Notice_versions": ("notice__branch",),
    "notifications.NoticeTransition": ("subject__branch",),
    "notifications.NoticeReadReceipt": ("notice__branch",),
    "notifications.NoticeEvent": ("notice__branch",),
    "notifications.Approval": ("notice__branch",),
    "notifications.Delivery": ("notice__branch",),
    "notifications.DeliveryTransition": ("subject__notice__branch",),
    "notifications.Receipt": ("delivery__notice__branch",),
    "notifications.FollowUp": ("branch", "notice__branch"),
    "notifications.FollowUpTransition": ("subject__branch", "subject__notice__branch"),
    "notifications.Recipient": ("person__applications__branch", "notices__branch"),
    "notifications.Address": ("recipient__person__applications__branch", "recipient__notices__branch"),
    "notifications.SendRateLimit": (
        "address__recipient__person__applications__branch",
        "address__recipient__notices__branch",
    ),
    "notifications.AddressChangeMessage": ("branch",),
    "notifications.AddressChangeTransition": ("subject__branch",),
    "notifications.NoticeUpdate": ("notice__branch",),
    "notifications.NoticeUpdateTransition": ("subject__notice__branch",),
    "performance.HistoricInterview": ("branch",),
    "performance.Hire": ("branch",),
    "performance.PerformanceRecord": ("hire__branch",),
    "performance.RecordDifference": ("hire__branch",),
    "performance.RecordCorrection": ("record__hire__branch",),
    "performance.Analysis": ("branch",),
    "performance.RecordUpload": ("branch",),
    "performance.CaseNote": ("hire__branch",),
    "performance.Recommendation": ("branch",),
    "performance.RecommendationTransition": ("subject__branch",),
    "recruitment.Application": ("branch",),
    "recruitment.ApplicationTransition": ("subject__branch",),
    "recruitment.InterviewResult": ("application__branch",),
    "recruitment.Claim": ("application__branch",),
    "recruitment.Confirmation": ("application__branch",),
    "recruitment.OnboardingTask": ("application__branch",),
    "recruitment.FirstDayProposal": ("application__branch",),
    "recruitment.Reply": ("application__branch",),
    "recruitment.ReplyAnswer": ("reply__application__branch",),
    "recruitment.ReplyCorrection": ("reply__application__branch",),
    "recruitment.ReleaseRequest": ("branch", "application__branch"),
    "recruitment.Person": ("applications__branch",),
    "recruitment.PersonDocument": ("person__applications__branch",),
    "recruitment.FactDifference": ("person__applications__branch",),
    "recruitment.MatchReview": ("branch",),
    "recruitment.PersonTransition": ("subject__applications__branch",),
    "recruitment.DataRequest": ("person__applications__branch",),
    "recruitment.CandidateRef": ("person__applications__branch",),
    "recruitment.InterviewSignal": ("branch", "application__branch"),
    "recruitment.SignalTransition": ("subject__branch", "subject__application__branch"),
}
ORGANISATION = "The bank's own tree and staff; a scope is computed from it."
HISTORY = "What changed of the bank's own tree, staff and settings; read by auditors only."
EXPORT = "Shown to who asked and to the second person only; what it holds is sealed."
APPROVAL = "Shown to who asked and to those who may approve; names no candidate, only keys and staff."
SETTING = "What the bank writes and promises; every branch's work reads it, and no person is in it."
# Model to the reason why it has a way to a branch and no policy.
OPEN: dict[str, str] = {
    "branches.Branch": ORGANISATION,
    "branches.Department": ORGANISATION,
    "branches.RoleGrant": ORGANISATION,
    "branches.BranchTransition": ORGANISATION,
    "branches.StaffTransition": ORGANISATION,
    "branches.BranchEvent": HISTORY,
    "branches.RoleGrantEvent": HISTORY,
    "branches.Export": EXPORT,
    "branches.ExportFile": EXPORT,
    "branches.ExportTransition": EXPORT,
    "branches.ApprovalRequest": APPROVAL,
    "branches.ApprovalRequestTransition": APPROVAL,
    "branches.AuditChainLink": "The chain over the access log: hashes only.",
    "branches.AccessEntry": "Written by whoever saw something, read by auditors only; names no person.",
    "notifications.MessageTemplate": SETTING,
    "notifications.TemplateVersion": SETTING,
    "notifications.TemplateBody": SETTING,
    "notifications.MessageTemplateEvent": HISTORY,
    "notifications.TemplateBodyEvent": HISTORY,
    "notifications.TemplateVersionEvent": HISTORY,
    "performance.Target": SETTING,
    "performance.TargetEvent": HISTORY,
    "performance.TargetVersion": SETTING,
    "recruitment.NoticeRule": SETTING,
    "recruitment.NoticeRule_positions": SETTING,
    "recruitment.NoticeRulePosition": SETTING,
    "recruitment.NoticeRuleEvent": HISTORY,
    "recruitment.NoticeRulePositionEvent": HISTORY,
    "recruitment.PersonEvent": "Which fact of a person changed, when and by whom, by key: no value, no name.",
}
ROOTS = ("branches.Branch", "notifications.Recipient", "recruitment.Person")


def with_a_way_to_a_branch_or_person() -> set[str]:
    """Every model that names a branch or a person, itself or through the rows it points to."""
    models = apps.get_models(include_auto_created=True)
    points_to = {
        model._meta.label: {
            field.related_model._meta.label
            for field in model._meta.get_fields()
            if field.concrete and field.related_model and not field.many_to_many
        }
        for model in models
    }
    found = set(ROOTS)
    while more := {label for label, others in points_to.items() if others & found} - found:
        found |= more
    return found
