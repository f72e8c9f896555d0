"""The emulator's web page, as a browser without JavaScript uses it."""

import re
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from wagtail_push.emulator.faults import FAULTS
from wagtail_push.emulator.receiver import Receiver, new_fid


FORMS = ["push", "kill", "fault", "clear"]
FORM = "application/x-www-form-urlencoded"
NOTHING = {
    "id": None,
    "times": None,
    "retry_after": None,
    "seconds": None,
    "holding": 0,
}


class Document(HTMLParser):
    """Tables as rows of text, and every element with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.elements = []
        self.tables = {}
        self.said = ""
        self._cell = None
        self._rows = None
        self._talking = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.elements.append((tag, named))
        if tag == "section":
            self._rows = self.tables[named["id"]] = []
        if tag == "tr":
            self._rows.append([])
        if tag in {"th", "td"}:
            self._rows[-1].append("")
            self._cell = True
        self._talking = named.get("role") in {"alert", "status"}

    def handle_endtag(self, tag):
        if tag in {"th", "td"}:
            self._cell = False

    def handle_data(self, data):
        if self._cell:
            self._rows[-1][-1] += data
        if self._talking:
            self.said, self._talking = data, False

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def numbers(self):
        return [int(row[0]) for row in self.tables["registrations"][1:]]


@pytest.fixture
def fresh(emulator):
    """The shared emulator, with nothing of an earlier test in it."""
    emulator.reset()
    yield emulator
    emulator.clear_faults()


@pytest.fixture
def page(fresh):
    """Show the page, or post a form of it and show where that leads."""
    address = urlsplit(fresh.url)

    def page(path="", form=None, **headers):
        connection = HTTPConnection(address.hostname, address.port, timeout=10)
        if form is None:
            connection.request("GET", f"/emulator/{path}", headers=headers)
        else:
            headers = {"Content-Type": FORM, "Origin": fresh.url, **headers}
            body = urlencode(form)
            connection.request("POST", f"/emulator/page/{path}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status == 303:
            location = answer.headers["Location"]
            return (303, location), page(location.removeprefix("/emulator/"))[1]
        return answer, Document(text)

    return page


def test_everything_is_listed(fresh, page, make_sender):
    sender = make_sender(fresh)
    with (
        Receiver(fresh.url) as first,
        Receiver(fresh.url, "token") as second,
    ):
        fresh.kill(first.target)
        sender.send("token", second.target, headers={"TTL": "3600", "Topic": "news"})
        second.wait_for()
        fresh.fault("unavailable", times=2, retry_after=30)
        fresh.fault("slow", second.target, seconds=1.5)
        fresh.fault("hang", new_fid())
        targets = [first.target, second.target]
        _, document = page()

    tables = document.tables
    assert [row[:3] + row[4:] for row in tables["registrations"]] == [
        ["No.", "Target", "Push service", "State", "Actions"],
        ["2", f"{targets[1][:6]}… token", "127.0.0.1", "alive", "PushFaultKill"],
        ["1", f"{targets[0][:6]}… fid", "127.0.0.1", "dead", "PushFault"],
    ]
    assert [row[:4] for row in tables["faults"][:3]] == [
        ["Fault", "For", "Left", "Options"],
        ["unavailable", "all", "2 more", "Retry-After 30"],
        ["slow", f"No. 2 {targets[1][:6]}…", "until cleared", "1.5 s"],
    ]
    assert tables["faults"][3][1].startswith("not registered ")
    assert [row[1:] for row in tables["pushes"]] == [
        ["To", "TTL", "Urgency", "Topic", "State"],
        [f"{targets[1][:6]}…", "1 h", "normal", "news", "delivered"],
    ]
    send = "POST /fcm.googleapis.com/v1/projects/demo-project/messages:send"
    assert tables["requests"][1][1:] == [send, "200", "–"]


def test_nothing_secret_is_on_the_page(fresh, page, make_sender):
    sender = make_sender(fresh)
    with Receiver(fresh.url, "token") as receiver:
        sender.send("token", receiver.target)
        receiver.wait_for()
        receiver.refresh()
        receiver.renew_auth_token()
        receiver.unregister()
        fresh.fault("hang", receiver.target)
        secrets = {
            receiver.target,
            receiver.fid,
            receiver.fid[:7],
            receiver._endpoint,
            receiver._endpoint.rpartition("/")[2],
            sender.app.credential.get_access_token().access_token,
        }
        text = page()[1].text

    assert "DELETE" in text
    assert [secret for secret in secrets if secret in text] == []


def test_an_empty_emulator_says_so(page):
    _, document = page()

    assert document.tables == {section: [] for section in document.tables}
    for text in ("Nobody is registered", "No fault is set", "Nothing was pushed yet"):
        assert text in document.text


def test_a_push_by_hand(fresh, page):
    with Receiver(fresh.url) as receiver:
        answer, document = page(
            "push",
            {
                "registration": 1,
                "title": "Zażółć",
                "body": "<b>",
                "url": "",
                "data": '{"v": "1"}',
            },
        )
        payload = receiver.wait_for()

    assert payload["data"] == {"title": "Zażółć", "body": "<b>", "v": "1"}
    assert answer == (303, "/emulator/?done=pushed&registration=1")
    assert document.said == "Pushed. The table of pushes says what became of it."


def test_a_registration_is_killed(fresh, page):
    with Receiver(fresh.url):
        answer, document = page("kill", {"registration": 1})

    assert answer == (303, "/emulator/?done=killed&registration=1")
    assert [row["alive"] for row in fresh.registrations()] == [False]
    assert document.said.startswith("Killed")


def test_faults_are_set_and_cleared(fresh, page):
    with Receiver(fresh.url) as receiver:
        page(
            "fault",
            {"fault": "quota-exceeded", "registration": "", "retry_after": "60"},
        )
        page("fault", {"fault": "slow", "registration": 1, "seconds": "0.5"})
        page("fault", {"fault": "reset", "times": " 3 "})

        faults = fresh.faults()
        assert [{**fault, "id": None} for fault in faults] == [
            {
                **NOTHING,
                "fault": "quota-exceeded",
                "target": None,
                "retry_after": 60,
            },
            {
                **NOTHING,
                "fault": "slow",
                "target": receiver.target,
                "seconds": 0.5,
            },
            {**NOTHING, "fault": "reset", "target": None, "times": 3},
        ]
    answer, document = page("clear", {"fault": faults[1]["id"]})
    assert answer == (303, "/emulator/?done=cleared")
    assert [row[0] for row in document.tables["faults"][1:]] == [
        "quota-exceeded",
        "reset",
    ]
    page("clear", {})
    assert fresh.faults() == []


@pytest.mark.parametrize(
    ("form", "values", "error"),
    [
        ("push", {"title": "x"}, "Choose a registration"),
        ("push", {"registration": "2"}, "Choose a registration"),
        ("push", {"registration": "9" * 30}, "Choose a registration"),
        ("push", {"registration": "1", "data": "{"}, "More data is not JSON"),
        ("push", {"registration": "1", "data": '{"a": 1}'}, "must be a string"),
        ("push", {"registration": "1", "data": "[1]"}, "data is not an object"),
        ("kill", {}, "Choose a registration"),
        ("fault", {"fault": "none"}, "Unknown fault"),
        ("fault", {"fault": "reset", "times": "often"}, "times must be a number"),
        ("fault", {"fault": "reset", "times": "1.5"}, "times must be a whole number"),
        ("fault", {"fault": "slow", "seconds": "nan"}, "seconds must be a number"),
        ("fault", {"fault": "reset", "seconds": "1"}, "reset takes no seconds"),
        ("fault", {"fault": "refused-grant", "registration": "1"}, "has no target"),
    ],
)
def test_what_is_wrong_with_a_form_is_said(fresh, page, form, values, error):
    with Receiver(fresh.url):
        answer, document = page(form, values)

    assert answer.status == 400
    assert error in document.said
    assert fresh.faults() == fresh.pushes() == []


def test_what_was_typed_is_kept_when_it_was_wrong(page):
    typed = {"title": '"><script>', "url": "/x", "data": "</textarea>{"}
    _, document = page("push", typed)

    boxes = {box.get("name"): box.get("value") for box in document.all("input")}
    assert (boxes["title"], boxes["url"]) == ('"><script>', "/x")
    assert "&lt;/textarea&gt;{</textarea>" in document.text


@pytest.mark.parametrize("origin", ["http://portal.example", "null", "http://0.0.0.0"])
@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_another_site_is_refused(fresh, page, form, origin):
    fault = fresh.fault("internal", new_fid())
    with Receiver(fresh.url):
        values = {"fault": "reset", "registration": "1", "title": "Buy"}
        answer, _ = page(
            form,
            values if form == "fault" else {**values, "fault": fault},
            Origin=origin,
        )

    assert answer.status == 403
    assert [row["id"] for row in fresh.faults()] == [fault]
    assert fresh.pushes() == []
    assert [row["alive"] for row in fresh.registrations()] == [True]


@pytest.mark.parametrize("path", ["", "page/page.css"])
def test_another_name_shows_nothing(page, path):
    answer, _ = page(path, Host="rebound.example")

    assert answer.status == 403


def test_what_strangers_send_is_escaped(fresh, page, call):
    call("GET", f"{fresh.url}/%3Cscript%3Ealert(1)%3C/script%3E")
    _, document = page("?done=<script>&registration=<script>&before=<script>")

    assert len(document.all("script")) == 1
    assert "&lt;script&gt;" in document.text


@pytest.fixture
def full_page(fresh, page):
    with Receiver(fresh.url) as receiver:
        fresh.push(receiver.target, "Hello")
        fresh.fault("slow", receiver.target)
        return page()


def test_only_files_of_the_emulator_are_loaded(full_page, page):
    answer, document = full_page

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<style" not in document.text
    assert not [
        name
        for _, attributes in document.elements
        for name in attributes
        if name == "style" or name.startswith("on")
    ]
    links = [link["href"] for link in document.all("link")]
    [script] = [script["src"] for script in document.all("script")]
    types = {
        path: page(path.removeprefix("/emulator/"))[0].headers["Content-Type"]
        for path in [*links, script]
    }
    assert types == {
        "/emulator/page/icon.svg": "image/svg+xml; charset=utf-8",
        "/emulator/page/page.css": "text/css; charset=utf-8",
        "/emulator/page/page.js": "text/javascript; charset=utf-8",
    }


def test_the_page_can_be_used_without_seeing_it(full_page):
    _, document = full_page
    controls = [
        attributes
        for tag, attributes in document.elements
        if tag in {"input", "select", "textarea"}
        and attributes.get("type") not in {"hidden", "checkbox"}
    ]
    labels = {label.get("for") for label in document.all("label")}
    ids = [
        attributes["id"] for _, attributes in document.elements if "id" in attributes
    ]
    described = {
        attributes[name]
        for _, attributes in document.elements
        for name in ("aria-describedby", "aria-labelledby")
        if name in attributes
    }

    assert document.all("html") == [{"lang": "en"}]
    assert len(document.all("h1")) == 1
    assert {control["id"] for control in controls} <= labels
    assert all("scope" in cell for cell in document.all("th"))
    assert len(document.all("caption")) == len(document.all("table")) == 4
    assert len(ids) == len(set(ids))
    assert described <= set(ids)
    # Of several buttons with one text each says for what it is.
    assert {button.get("aria-label") for button in document.all("button")} == {
        None,
        "Kill registration 1",
        "Clear slow",
    }


def test_every_fault_can_be_chosen_and_is_explained(page):
    _, document = page()
    options = {
        option["value"]: option["data-says"]
        for option in document.all("option")
        if "data-says" in option
    }

    assert options == {name: fault.says for name, fault in FAULTS.items()}
    assert len(document.all("dd")) == 5 + len(FAULTS)


def test_the_greeting_leads_to_the_page(fresh, plain):
    greeting = plain("GET", fresh.url)

    assert re.findall(r'href="([^"]+)"', greeting) == ["/emulator/"]
    assert "<h1>FCM emulator</h1>" in plain("GET", f"{fresh.url}/emulator")
