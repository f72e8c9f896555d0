import pytest


PATHS = [
    ("POST", "/firebaseinstallations.googleapis.com/v1/projects/p/installations"),
    ("POST", "/fcmregistrations.googleapis.com/v1/projects/p/registrations"),
    ("PATCH", "/fcmregistrations.googleapis.com/v1/projects/p/registrations/x"),
    ("POST", "/oauth2.googleapis.com/token"),
    ("POST", "/fcm.googleapis.com/v1/projects/p/messages:send"),
    ("POST", "/emulator/kill"),
    ("POST", "/emulator/clock"),
]
BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b"\x00" * 100,
    b"[" * 30_000,
    b'{"a":' * 10_000,
    b'{"message": NaN}',
    b'{"message": null}',
    b'{"message": {"fid": null}}',
    b'{"message": {"fid": ["x"], "data": {"a": "\\ud800"}}}',
    b'{"message": {"webpush": []}}',
    b'{"message": {"webpush": {"headers": 1}}}',
    b'{"message": {"webpush": {"fcm_options": {"a": 1}}}}',
    b'{"messages": {}}',
    b'{"validate_only": "yes", "message": {}}',
    b'{"fid": "\\ud800"}',
    b'{"web": {"endpoint": 1}}',
    b'{"target": {}, "advance": 1e999}',
    b"9" * 5000,
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_garbage_is_refused_in_words(
    emulator, call, access_token, receiver, method, path
):
    headers = {
        "Authorization": f"Bearer {access_token}",
        "Content-Type": "application/json",
        **receiver._fis(),
    }
    answers = {
        body: call(method, emulator.url + path, body, **headers) for body in BODIES
    }

    assert {body: status for body, (status, _) in answers.items()} == dict.fromkeys(
        BODIES, 400
    )
    assert "Traceback" not in str(answers) + emulator.log


@pytest.mark.parametrize(
    "form",
    [
        b"grant_type=password&username=a",
        b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer",
        b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c",
        b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=e30.e30.",
        b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=W10.W10.x",
    ],
)
def test_malformed_grant_is_refused(emulator, call, form):
    status, answer = call(
        "POST",
        emulator.url + "/oauth2.googleapis.com/token",
        form,
        Content_Type="application/x-www-form-urlencoded",
    )

    assert status == 400
    assert answer.keys() == {"error", "error_description"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/fcm.googleapis.com/v1/projects/p/messages:send", 405),
        ("PUT", "/emulator/config", 405),
        ("POST", "/wpush/v2/", 404),
        ("POST", "/firebaseinstallations.googleapis.com/v1/projects/%20/x", 404),
    ],
)
def test_unknown_paths_are_answered_in_json(emulator, call, method, path, status):
    got, answer = call(method, emulator.url + path)

    assert (got, answer["error"]["code"]) == (status, status)


def test_body_that_is_too_long_is_refused(emulator, call):
    path = "/firebaseinstallations.googleapis.com/v1/projects/p/installations"
    status, answer = call("POST", emulator.url + path, b"x" * 70_000)

    assert (status, answer["error"]["code"]) == (413, 413)
