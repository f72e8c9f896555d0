"""Our own sentences in every language of the site."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext


def in_language(code: str, message: str) -> str:
    """Return the marked message in this language."""
    with translation.override(code):
        return gettext(message)


def in_every_language(message: str, **params: str) -> dict[str, str]:
    """Return the marked message in every language, its ``%(name)s`` filled."""
    return {
        code: in_language(code, message) % params for code, _name in settings.LANGUAGES
    }
