"""Settings of the process in which threads race for one database."""

from tests.settings_stack import *  # noqa: F403  settings are inherited whole


# With it, every statement is kept in memory.
DEBUG = False

WAGTAIL_PUSH = {
    "ACCOUNTS": "tests.adapter.OpenAccounts",
    "BACKEND": "tests.racing.backend.Answering",
}
