"""The candidate's page: read, answer, ask. Works without JavaScript and without a session."""

from recruitment.views.candidate.answers import accept, ask_question, decline, propose, react
from recruitment.views.candidate.notice import calendar, identify, opened, show

__all__ = ["accept", "ask_question", "calendar", "decline", "identify", "opened", "propose", "react", "show"]
