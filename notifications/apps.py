"""Notices: what is said, who approved it, how it goes out, what came back."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Templates, review, channel plans, dispatch, receipts, follow-ups."""

    name = "notifications"

    def ready(self) -> None:
        """Take part in what branches and the kernel do."""
        from branches import exports
        from branches import hooks as branches
        from hrportal.kernel import hooks as kernel
        from notifications.exports import DELIVERIES
        from notifications.operations.leaving import escalate_notices_of
        from notifications.operations.plain_messages import send
        from notifications.operations.transferring import transfer_notices
        from notifications.providers.registry import is_on

        kernel.deliver_message.register(send)
        kernel.has_channel.register(is_on)
        branches.branch_ended.register(transfer_notices)
        branches.role_ended.register(escalate_notices_of)
        exports.register("deliveries", DELIVERIES)
