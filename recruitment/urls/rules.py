"""Passes without a rule; the dry run of the rules."""

from django.urls import path

from recruitment.views import no_rule, rule_trial

urlpatterns = [
    path("no-rule/", no_rule.index, name="no_rule"),
    path("no-rule/<uuid:pk>/retry/", no_rule.retry, name="no_rule_retry"),
    path("no-rule/<uuid:pk>/assign/", no_rule.assign, name="no_rule_assign"),
    path("no-rule/<uuid:pk>/stop/", no_rule.stop, name="no_rule_stop"),
    path("rules/trial/", rule_trial.index, name="rule_trial"),
]
