"""The candidate's pages. The token is the secret; forms end in the verb they are for."""

from django.urls import path

from recruitment.views import candidate

urlpatterns = [
    path("<str:token>", candidate.show, name="candidate_notice"),
    path("<str:token>/identify", candidate.identify, name="candidate_identify"),
    path("<str:token>/opened", candidate.opened, name="candidate_opened"),
    path("<str:token>/calendar.ics", candidate.calendar, name="candidate_calendar"),
    path("<str:token>/accept", candidate.accept, name="candidate_accept"),
    path("<str:token>/decline", candidate.decline, name="candidate_decline"),
    path("<str:token>/ask", candidate.ask_question, name="candidate_ask"),
    path("<str:token>/react", candidate.react, name="candidate_react"),
    path("<str:token>/first-day", candidate.answer_day, name="candidate_first_day"),
    path("<str:token>/withdraw", candidate.withdraw, name="candidate_withdraw"),
    path("<str:token>/date", candidate.propose, name="candidate_date"),
]
