"""Reading what became of a signal."""

from recruitment.models import InterviewSignal


def signal_by_webhook_id(webhook_id: str) -> InterviewSignal:
    """The signal with its application, without its body.

    Raises:
        InterviewSignal.DoesNotExist: nothing was stored under this id.
    """
    return InterviewSignal.objects.select_related("application").defer("body").get(webhook_id=webhook_id)
