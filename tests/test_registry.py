"""What may happen to a browser, beside what the API's tests show."""

import pytest

from wagtail_push.registry import read_user_agent


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
        ("", ("", "")),
        ("<script>alert(1)</script>", ("", "")),
    ],
)
def test_what_a_browser_is_called(user_agent: str, words: tuple[str, str]) -> None:
    assert read_user_agent(user_agent) == words
