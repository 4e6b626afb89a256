"""Reading what became of a signal."""

from hrportal.kernel.scopes import bank_wide
from recruitment.models import InterviewSignal


@bank_wide("whoever sent a signal asks what became of it")
def signal_by_webhook_id(webhook_id: str) -> InterviewSignal:
    """The signal with its application, without its body.

    Raises:
        InterviewSignal.DoesNotExist: nothing was stored under this id.
    """
    return InterviewSignal.objects.select_related("application").defer("body").get(webhook_id=webhook_id)
