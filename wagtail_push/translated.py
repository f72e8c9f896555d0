"""Our own sentences in every language of the site."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext


def in_every_language(message: str, **params: str) -> dict[str, str]:
    """Return the marked message in every language, its ``%(name)s`` filled."""
    result = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            result[code] = gettext(message) % params
    return result
