"""The candidate's page: read, answer, ask. Works without JavaScript and without a session."""

from recruitment.views.candidate.answers import (
    accept,
    answer_day,
    ask_question,
    decline,
    propose,
    react,
    withdraw,
)
from recruitment.views.candidate.notice import calendar, identify, opened, show

__all__ = [
    "accept",
    "answer_day",
    "ask_question",
    "calendar",
    "decline",
    "identify",
    "opened",
    "propose",
    "react",
    "show",
    "withdraw",
]
