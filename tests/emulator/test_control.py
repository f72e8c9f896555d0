from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from wagtail_push.emulator.process import EmulatorError
from wagtail_push.emulator.receiver import new_fid


LISTS = ["config", "registrations", "requests", "pushes"]
FOREIGN = "http://portal.example"


def fetch(call, emulator, path, **headers):
    return call("GET", f"{emulator.url}/emulator/{path}", **headers)


def test_config_is_what_the_firebase_sdk_wants(emulator):
    config = emulator.config()

    assert config == {
        "firebase": {
            "apiKey": "emulator-api-key",
            "appId": "1:123456789012:web:0123456789abcdef",
            "projectId": "demo-project",
            "messagingSenderId": "123456789012",
        },
        "vapidKey": config["vapidKey"],
    }
    assert len(config["vapidKey"]) == 87


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8979", "[::1]:1"])
def test_control_answers_to_loopback_names(emulator, call, path, host):
    assert fetch(call, emulator, path, Host=host)[0] == 200


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("host", ["rebound.example", "0.0.0.0", "127.0.0.1.nip.io", ""])
def test_control_answers_to_no_other_name(emulator, call, path, host):
    status, answer = fetch(call, emulator, path, Host=host)

    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_foreign_page_cannot_kill(emulator, call, receiver, sender):
    status, _ = call(
        "POST",
        f"{emulator.url}/emulator/kill",
        {"target": receiver.target},
        Origin=FOREIGN,
    )

    assert status == 403
    sender.send("fid", receiver.target)
    assert receiver.wait_for()["data"] == {"id": "1"}


def test_unknown_target_cannot_be_killed(emulator):
    with pytest.raises(EmulatorError, match="404"):
        emulator.kill(new_fid())


@pytest.mark.parametrize("seconds", [-1, "1", None, True, []])
def test_clock_goes_forward_only(emulator, call, seconds):
    status, _ = call("POST", f"{emulator.url}/emulator/clock", {"advance": seconds})

    assert status == 400


def test_requests_hold_no_credentials(own_emulator, make_sender, call):
    sender = make_sender(own_emulator)
    token = sender.app.credential.get_access_token().access_token
    path = "/fcm.googleapis.com/v1/projects/demo-project/messages:send"
    body = {"message": {"fid": new_fid()}}
    call("POST", own_emulator.url + path, body, Authorization=f"Bearer {token}")

    requests = own_emulator.requests()
    assert [
        {name: value for name, value in request.items() if name != "time"}
        for request in requests
    ] == [
        {
            "method": "POST",
            "path": "/oauth2.googleapis.com/token",
            "status": 200,
            "fault": None,
            "body": None,
        },
        {
            "method": "POST",
            "path": path,
            "status": 404,
            "fault": None,
            "body": body,
        },
    ]
    assert token not in str(requests) + own_emulator.log
    assert body["message"]["fid"] not in own_emulator.log


PAGES = [
    "/firebaseinstallations.googleapis.com/v1/projects/p/installations",
    "/fcmregistrations.googleapis.com/v1/projects/p/registrations",
    "/emulator/config",
]


@pytest.fixture
def preflight(emulator):
    def preflight(path, **headers):
        request = Request(emulator.url + path, headers=headers, method="OPTIONS")
        try:
            with urlopen(request, timeout=10) as response:
                return response.status, dict(response.headers)
        except HTTPError as error:
            with error:
                return error.code, dict(error.headers)

    return preflight


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_any_origin_may_register(preflight, path):
    wanted = "authorization,content-type,x-goog-api-key"
    status, headers = preflight(
        path,
        **{
            "Origin": FOREIGN,
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": wanted,
            "Access-Control-Request-Private-Network": "true",
        },
    )

    allowed = {
        name: value
        for name, value in headers.items()
        if name.startswith("Access-Control-Allow")
    }
    assert (status, allowed) == (
        204,
        {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
            "Access-Control-Allow-Headers": wanted,
            "Access-Control-Allow-Private-Network": "true",
        },
    )


@pytest.mark.parametrize(
    "path",
    [
        "/emulator/kill",
        "/emulator/pushes",
        "/fcm.googleapis.com/v1/projects/p/messages:send",
    ],
)
def test_pages_may_do_nothing_else(preflight, path):
    status, headers = preflight(path, Origin=FOREIGN)

    assert status in {403, 405}
    assert "Access-Control-Allow-Origin" not in headers


def test_errors_can_be_read_by_pages_too(emulator):
    request = Request(emulator.url + PAGES[0], b"{", {"Origin": FOREIGN})
    with pytest.raises(HTTPError) as caught:
        urlopen(request, timeout=10)

    with caught.value as error:
        assert error.headers["Access-Control-Allow-Origin"] == "*"
