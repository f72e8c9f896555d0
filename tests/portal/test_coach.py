"""The steps that the page shows where something is in the way."""

import pytest

from wagtail_push.portal.coach import coach, others


WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"
AGENTS = {
    "Chrome": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
    "Chrome, Android": f"Mozilla/5.0 (Linux; Android 14) {CHROME} Mobile Safari/537.36",
    "Edge": (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 "
        "Edg/156.0.0.0"
    ),
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "Firefox, Android": (
        "Mozilla/5.0 (Android 14; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0"
    ),
    "Safari, macOS": (
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/17.0 "
        "Safari/605.1.15"
    ),
    "iPhone, iPad": (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) {WEBKIT} "
        "Version/17.1 Mobile/15E148 Safari/604.1"
    ),
    "Opera": (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 "
        "OPR/110.0.0.0"
    ),
    "Samsung Internet": (
        "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like "
        "Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36"
    ),
}


@pytest.mark.parametrize("name", AGENTS)
def test_each_browser_is_told_its_own_steps(name: str) -> None:
    steps = dict(others("the portal"))
    told = coach(AGENTS[name], "the portal")

    assert told.unblock == steps[name]
    assert told.too_old is False
    assert len(told.checklist) >= 2


@pytest.mark.parametrize(
    "device", ["Macintosh; Intel Mac OS X 10_15_7", "iPad; CPU OS 17_1 like Mac OS X"]
)
def test_an_ipad_on_the_home_screen_is_told_its_own_steps(device: str) -> None:
    mobile = "" if device.startswith("Mac") else " Mobile/15E148"
    told = coach(f"Mozilla/5.0 ({device}) {WEBKIT}{mobile}", "Nordhost")

    assert told.unblock == dict(others("Nordhost"))["iPhone, iPad"]
    assert told.checklist == coach(AGENTS["iPhone, iPad"], "Nordhost").checklist


def test_steps_differ() -> None:
    told = [tuple(steps) for _, steps in others("Nordhost")]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(
    ("version", "too_old"),
    [("15_7", True), ("16_3", True), ("16_4", False), ("26_0", False)],
)
def test_which_ios_is_too_old(version: str, too_old: bool) -> None:
    agent = f"Mozilla/5.0 (iPhone; CPU iPhone OS {version} like Mac OS X) {WEBKIT} Mobile/15E148"
    assert coach(agent, "Nordhost").too_old is too_old


@pytest.mark.parametrize(
    ("version", "too_old"), [("15.6.1", True), ("16.3", True), ("16.4", False)]
)
def test_which_ipad_is_too_old_that_calls_itself_a_mac(
    version: str, too_old: bool
) -> None:
    mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_6)"
    agent = f"{mac} {WEBKIT} Version/{version} Safari/605.1.15"
    assert coach(agent, "Nordhost").too_old is too_old


ENDLESS = f"Mozilla/5.0 (Macintosh) {WEBKIT} Version/{'9' * 5000}.1 Safari/605.1.15"


@pytest.mark.parametrize("agent", ["", "curl/8", "<script>", ENDLESS])
def test_an_unknown_browser_still_gets_steps(agent: str) -> None:
    told = coach(agent, "Nordhost")

    assert told.unblock
    assert told.checklist
    assert not told.too_old


def test_the_portal_is_called_by_its_name() -> None:
    told = coach(AGENTS["iPhone, iPad"], "Nordhost")

    assert told.unblock[0].endswith("then Nordhost.")
    assert (
        told.install[2] == "Open the new icon of Nordhost and come back to this page."
    )
