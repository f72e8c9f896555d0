"""The unmodified Firebase SDKs, the emulator and a real browser, end to end.

The page's own code leads the SDK to the emulator: no proxy, no name resolution and no
certificate of the browser is touched. The browser ends itself rather than connect to
another machine, so nothing here can have come from Google.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import firebase_admin
import pytest
from firebase_admin import messaging

from tests.browser.conftest import StartFirefox
from tests.firebase import start_app
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.test.firefox import Firefox, MarionetteError


pytestmark = pytest.mark.browser

FILES = {
    "/": "<!doctype html><title>Site</title><script type=module src=/page.js></script>",
    "/page.js": """
import { connect } from "/static/wagtail_push/js/emulator.js";
import * as sdk from "/static/wagtail_push/vendor/firebase-messaging.js";

async function activeWorker() {
  const options = { scope: "/push/" };
  const registration = await navigator.serviceWorker.register("/push/sw.js", options);
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  while (worker.state !== "activated") {
    await new Promise((done) => worker.addEventListener("statechange", done));
  }
  return registration;
}

let messaging;
window.portal = {
  connect,
  async open(origin) {
    const { firebase, vapidKey } = await connect(origin);
    messaging = sdk.getMessaging(sdk.initializeApp(firebase));
    const serviceWorkerRegistration = await activeWorker();
    return { vapidKey, serviceWorkerRegistration };
  },
  async fid(origin) {
    const options = await this.open(origin);
    const registered = new Promise((done) => sdk.onRegistered(messaging, done));
    await sdk.register(messaging, options);
    return registered;
  },
  async token(origin) {
    const options = await this.open(origin);
    return sdk.getToken(messaging, options);
  },
  unregister: () => sdk.unregister(messaging),
  deleteToken: () => sdk.deleteToken(messaging),
};
""",
    "/push/sw.js": """
self.addEventListener("push", (event) => {
  const payload = event.data.json();
  const { title, body } = payload.data;
  event.waitUntil(self.registration.showNotification(title, { body, data: payload }));
});
""",
}
CALL = "return await window.portal[arguments[0]](arguments[1]);"


@pytest.fixture
def site(serve: Callable[[dict[str, str]], str]) -> str:
    """Return a new origin, which no browser remembers."""
    return serve(FILES)


@pytest.fixture(scope="module")
def browser(firefox: StartFirefox, emulator: EmulatorProcess) -> Firefox:
    """Return a browser whose push service is the emulator."""
    return firefox(emulator.push_service)


@pytest.fixture
def portal_server(
    emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firebase_admin.App]:
    """Return the unmodified firebase-admin of a portal."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    app = start_app(emulator.url, "test-sdk-and-emulator")
    yield app
    firebase_admin.delete_app(app)


def message(kind: str, target: str, title: str) -> messaging.Message:
    """Return a data message to a browser."""
    return messaging.Message(
        data={"title": title, "body": "Zażółć gęślą jaźń"},
        webpush=messaging.WebpushConfig(headers={"TTL": "600"}),
        **{kind: target},
    )


@pytest.mark.promise("B-01")
@pytest.mark.filterwarnings("ignore:.*token.*:DeprecationWarning")
@pytest.mark.parametrize(
    ("kind", "end"), [("fid", "unregister"), ("token", "deleteToken")]
)
def test_a_message_reaches_the_worker_until_the_registration_ends(
    kind: str,
    end: str,
    browser: Firefox,
    site: str,
    emulator: EmulatorProcess,
    portal_server: firebase_admin.App,
) -> None:
    title = f"To a {kind}"
    browser.open(f"{site}/")
    browser.wait("window.portal")
    target = browser.evaluate(CALL, kind, emulator.url)
    name = messaging.send(message(kind, target, title), app=portal_server)
    shown = browser.wait_for_notification(title)
    (listed,) = browser.shown(f"{site}/push/")
    alive = [r[kind] for r in emulator.registrations() if r["alive"]]
    browser.evaluate(CALL, end)
    with pytest.raises(messaging.UnregisteredError):
        messaging.send(message(kind, target, title), app=portal_server)

    assert (shown["title"], shown["body"]) == (title, "Zażółć gęślą jaźń")
    assert listed["data"]["data"] == {"title": title, "body": "Zażółć gęślą jaźń"}
    assert name.split("/")[-1] == listed["data"]["fcmMessageId"]
    assert target in alive
    assert [r for r in emulator.registrations() if r["alive"]] == []


def test_a_message_waits_for_a_browser_that_is_closed(
    firefox: StartFirefox,
    site: str,
    emulator: EmulatorProcess,
    portal_server: firebase_admin.App,
    tmp_path: Path,
) -> None:
    with firefox(emulator.push_service, profile=tmp_path) as browser:
        browser.open(f"{site}/")
        browser.wait("window.portal")
        fid = browser.evaluate(CALL, "fid", emulator.url)
    messaging.send(message("fid", fid, "While you were out"), app=portal_server)
    waiting = emulator.pushes()[-1]["status"]
    with firefox(emulator.push_service, profile=tmp_path) as browser:
        shown = browser.wait_for_notification("While you were out", timeout=30)

    assert waiting == "queued"
    assert shown["body"] == "Zażółć gęślą jaźń"
    assert emulator.pushes()[-1]["status"] == "delivered"


@pytest.mark.parametrize(
    "origin", ["https://example.com", "http://203.0.113.5:8979", "http://127.0.0.1.x"]
)
def test_the_page_connects_to_this_machine_only(
    browser: Firefox, site: str, origin: str
) -> None:
    browser.open(f"{site}/")
    browser.wait("window.portal")
    with pytest.raises(MarionetteError, match="is not an http origin on this machine"):
        browser.evaluate(CALL, "connect", origin)


def test_the_page_leaves_other_requests_alone(
    browser: Firefox, site: str, emulator: EmulatorProcess
) -> None:
    browser.open(f"{site}/")
    browser.wait("window.portal")
    answers = browser.evaluate(
        """
        await window.portal.connect(arguments[0]);
        const post = { method: "POST", body: "{}" };
        const host = "https://fcmregistrations.googleapis.com";
        const answer = async (...request) => (await fetch(...request)).status;
        return [
          await answer("/page.js"),
          await answer(new URL("/push/sw.js", location.href)),
          await answer(new Request("/")),
          await answer(`${host}/v1/projects/p/registrations?a=1`, post),
        ];
        """,
        emulator.url,
    )
    asked = [(r["method"], r["path"], r["body"]) for r in emulator.requests()]

    path = "/fcmregistrations.googleapis.com/v1/projects"
    assert answers == [200, 200, 200, 401]
    assert asked[-1] == ("POST", f"{path}/p/registrations", {})
