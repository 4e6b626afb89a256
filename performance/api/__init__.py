"""What the performance system says to the portal."""

from performance.api.documents import SCHEMAS
from performance.api.records import router

__all__ = ["SCHEMAS", "router"]
