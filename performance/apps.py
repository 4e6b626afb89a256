"""Performance: the targets that a notice promises and that work is measured by."""

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    """Targets, records, analysis, recommendations."""

    name = "performance"

    def ready(self) -> None:
        """Take part in what notices say and in what is held of a person."""
        from notifications.hooks import sample_facts
        from performance.context import sample_targets_context, targets_context
        from performance.operations.forgetting import forget_hires
        from performance.queries.evidence import work_of_person
        from recruitment import hooks

        hooks.notice_context.register(targets_context)
        hooks.person_forgotten.register(forget_hires)
        hooks.evidence_of_person.register(work_of_person)
        sample_facts.register(sample_targets_context)
