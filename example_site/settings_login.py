"""The example site as a portal without customer accounts: the login is the account."""

from example_site.settings import *  # noqa: F403  settings are inherited whole
from example_site.settings import WAGTAIL_PUSH as _WITH_ACCOUNTS


# A portal that names no adapter gets the default one; its tests run on these settings.
WAGTAIL_PUSH = {
    name: value for name, value in _WITH_ACCOUNTS.items() if name != "ACCOUNTS"
}
