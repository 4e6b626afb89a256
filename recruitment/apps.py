"""Recruitment: signals, people, applications, claims, rules, confirmations, replies, onboarding."""

from django.apps import AppConfig


class RecruitmentConfig(AppConfig):
    """From an interview signal to a first day at work."""

    name = "recruitment"
