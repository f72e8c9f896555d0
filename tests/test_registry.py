"""What may happen to a browser, beside what the API's tests show."""

import pytest

from wagtail_push.registry import read_user_agent


WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
HOME_SCREEN = ("Mobile Safari", "iOS")


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
            ("Firefox", "Linux"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
            "(KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            ("Chrome", "Windows"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
            "(KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
            ("Edge", "Windows"),
        ),
        # An iPad calls itself a Mac, and on the home screen it names no browser.
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}", HOME_SCREEN),
        (
            f"Mozilla/5.0 (iPad; CPU OS 17_1 like Mac OS X) {WEBKIT} Mobile/15E148",
            HOME_SCREEN,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) "
            f"{WEBKIT} Mobile/15E148",
            HOME_SCREEN,
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} "
            "Version/18.0 Safari/605.1.15",
            ("Safari", "Mac OS X"),
        ),
        ("", ("", "")),
        ("<script>alert(1)</script>", ("", "")),
    ],
)
def test_what_a_browser_is_called(user_agent: str, words: tuple[str, str]) -> None:
    assert read_user_agent(user_agent) == words
