"""The machine side as a whole: what the layers above recruitment add to its API."""

from performance.api import documents, recommendation_documents
from performance.api.recommendations import router as recommendations_router
from performance.api.records import router as records_router
from recruitment.api import api

api.add_router("/performance-records", records_router)
api.add_router("/recommendations", recommendations_router)
api.more_schemas |= documents.SCHEMAS | recommendation_documents.SCHEMAS

__all__ = ["api"]
