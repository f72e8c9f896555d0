"""Our icons in Wagtail's admin."""

#: Wagtail's set has no bell.
BELL = "wagtail-push-bell"
TEMPLATES = ["wagtail_push/icons/bell.svg"]
