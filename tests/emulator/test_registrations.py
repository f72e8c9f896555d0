import pytest
from firebase_admin import messaging

from wagtail_push.emulator.receiver import Receiver, ReceiverError, new_fid


INSTALLATIONS = (
    "/firebaseinstallations.googleapis.com/v1/projects/demo-project/installations"
)
REGISTRATIONS = (
    "/fcmregistrations.googleapis.com/v1/projects/demo-project/registrations"
)


@pytest.fixture
def listed(emulator):
    """Return what is listed of one installation, but the time."""

    def listed(fid):
        return [
            {name: value for name, value in row.items() if name != "created"}
            for row in emulator.registrations()
            if row["fid"] == fid
        ]

    return listed


def row(receiver, kind, token="", *, alive):
    return {
        "name": f"projects/demo-project/registrations/{receiver.fid}",
        "kind": kind,
        "fid": receiver.fid,
        "token": token,
        "endpoint_host": "127.0.0.1",
        "project": "demo-project",
        "alive": alive,
    }


@pytest.fixture
def install(emulator, call):
    def install(fid):
        body = {"fid": fid, "authVersion": "FIS_v2", "appId": "1", "sdkVersion": "w:0"}
        return call("POST", emulator.url + INSTALLATIONS, body)

    return install


def test_installation_is_answered_as_the_sdk_expects(install):
    fid = new_fid()
    status, answer = install(fid)

    assert (status, answer) == (
        200,
        {
            "name": f"projects/demo-project/installations/{fid}",
            "fid": fid,
            "refreshToken": answer["refreshToken"],
            "authToken": {
                "token": answer["authToken"]["token"],
                "expiresIn": "604800s",
            },
        },
    )


@pytest.mark.parametrize("fid", ["", "x", 1, None, "a" * 22, "cdef"])
def test_malformed_installation_is_refused(install, fid):
    status, answer = install(fid)

    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_auth_token_is_renewed(emulator, receiver, sender):
    receiver.renew_auth_token()
    receiver.register()
    sender.send("fid", receiver.target)

    assert receiver.wait_for()["data"] == {"id": "1"}


def test_auth_token_needs_the_refresh_token(emulator, call, install):
    fid = new_fid()
    install(fid)
    answers = [
        call(
            "POST",
            f"{emulator.url}{INSTALLATIONS}/{one}/authTokens:generate",
            {},
            Authorization="FIS_v2 wrong",
        )
        for one in (fid, new_fid())
    ]

    # The SDK makes up a new installation for either status.
    assert [status for status, _ in answers] == [401, 404]


def test_deleted_installation_is_unregistered(
    emulator, call, install, receiver, sender
):
    status, answer = install(receiver.fid)
    deleted = call(
        "DELETE",
        f"{emulator.url}{INSTALLATIONS}/{receiver.fid}",
        Authorization=f"FIS_v2 {answer['refreshToken']}",
    )

    assert (status, deleted) == (200, (200, {}))
    with pytest.raises(messaging.UnregisteredError):
        sender.send("fid", receiver.target)
    with pytest.raises(ReceiverError, match="401"):
        receiver.register()


def test_token_replaces_the_fid_and_the_fid_the_token(listed, receiver, sender):
    fid = receiver.target
    token = receiver.register("token")
    assert listed(receiver.fid) == [
        row(receiver, "fid", alive=False),
        row(receiver, "token", token, alive=True),
    ]
    with pytest.raises(messaging.UnregisteredError):
        sender.send("fid", fid)

    receiver.register("fid")
    assert listed(receiver.fid) == [
        row(receiver, "fid", alive=True),
        row(receiver, "token", token, alive=False),
    ]
    with pytest.raises(messaging.UnregisteredError):
        sender.send("token", token)


def test_registering_again_keeps_the_target(receiver):
    fid = receiver.target
    assert receiver.register() == fid

    token = receiver.register("token")
    assert receiver.register("token") == token


def test_weekly_refresh_keeps_the_token(emulator, sender):
    with Receiver(emulator.url, "token") as receiver:
        token = receiver.target
        assert receiver.refresh() == token
        sender.send("token", token)
        assert receiver.wait_for()["data"] == {"id": "1"}

        emulator.kill(token)
        with pytest.raises(ReceiverError, match="404"):
            receiver.refresh()


@pytest.mark.parametrize("kind", ["fid", "token"])
def test_unregistering_ends_the_target(emulator, sender, listed, kind):
    with Receiver(emulator.url, kind) as receiver:
        receiver.unregister()
        # A page that repairs a registration deletes it without knowing its state.
        receiver.unregister()

        assert [row["alive"] for row in listed(receiver.fid)] == [False]
        with pytest.raises(messaging.UnregisteredError):
            sender.send(kind, receiver.target)


def test_killed_browser_can_register_again(emulator, receiver, sender):
    emulator.kill(receiver.target)
    receiver.register()
    sender.send("fid", receiver.target)

    assert receiver.wait_for()["data"] == {"id": "1"}


@pytest.fixture
def register(emulator, call, receiver):
    def register(body, auth=None):
        headers = receiver._fis() if auth is None else {auth[0]: auth[1]}
        return call("POST", emulator.url + REGISTRATIONS, body, **headers)

    return register


@pytest.mark.parametrize("version", [{"fcm_sdk_version": "0.13.3"}, {}])
def test_registering_answers_name_and_token(register, receiver, version):
    status, answer = register({**receiver._subscription(), **version})

    assert (status, answer) == (
        200,
        {
            "name": f"projects/demo-project/registrations/{receiver.fid}",
            "token": answer["token"],
        },
    )
    assert answer["token"].startswith(f"{receiver.fid}:APA91b")


@pytest.mark.parametrize(
    "token", ["", "FIS x", "FIS fis.x.y", "Bearer fis." + "c" * 22 + ".x"]
)
def test_registration_needs_an_installation(register, receiver, token):
    status, answer = register(
        receiver._subscription(), ("x-goog-firebase-installations-auth", token)
    )

    assert (status, answer["error"]["status"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": ""},
        {"endpoint": None},
        {"endpoint": "file:///etc/passwd"},
        {"endpoint": "http://[::1"},
        {"endpoint": "http:///x"},
        {"endpoint": "http://127.0.0.1:99999/"},
        {"p256dh": "AAAA"},
        {"p256dh": "ż"},
        {"p256dh": "B" + "A" * 86},
        {"auth": "AAAA"},
        {"auth": {}},
    ],
)
def test_malformed_subscription_is_refused(register, receiver, change):
    body = receiver._subscription()
    body["web"].update(change)
    status, answer = register(body)

    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_refused_registration_leaves_what_is_registered(
    emulator, register, receiver, sender
):
    emulator.fault("refused-registration", times=1)
    status, answer = register(receiver._subscription())
    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")

    sender.send("fid", receiver.target)
    assert receiver.wait_for()["data"] == {"id": "1"}
    status, _ = register(receiver._subscription())
    assert status == 200


@pytest.mark.parametrize("change", [{"applicationPubKey": "other"}, {}])
def test_subscription_of_another_key_is_told_which_to_take(register, receiver, change):
    body = receiver._subscription()
    del body["web"]["applicationPubKey"]
    body["web"].update(change)
    status, answer = register(body)

    assert status == 400
    assert "vapidKey of /emulator/config" in answer["error"]["message"]


def test_registration_of_another_installation_is_not_deleted(
    emulator, receiver, call, sender
):
    with Receiver(emulator.url) as other:
        status, answer = call(
            "DELETE",
            f"{emulator.url}{REGISTRATIONS}/{receiver.target}",
            **other._fis(),
        )

    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")
    sender.send("fid", receiver.target)
    assert receiver.wait_for()["data"] == {"id": "1"}
