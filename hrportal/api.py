"""The machine side as a whole: what the layers above recruitment add to its API."""

from performance.api import SCHEMAS
from performance.api import router as records_router
from recruitment.api import api

api.add_router("/performance-records", records_router)
api.more_schemas |= SCHEMAS

__all__ = ["api"]
