"""The portal's only app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "people"
