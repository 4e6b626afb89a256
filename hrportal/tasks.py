"""Tasks of the portal as a whole."""

from typing import cast

from celery import shared_task
from django.core.cache import cache

from hrportal import kept
from hrportal.door.cache import JsonCache
from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide


@shared_task
@bank_wide("rows of every branch whose time is over")
def remove_old_rows() -> None:
    """Remove what only grew and is past its time."""
    kept.remove_old_rows(now=clocks.now(), wall=clocks.wall())
    cast("JsonCache", cache).remove_expired()
