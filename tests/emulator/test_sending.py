import uuid

import pytest
from firebase_admin import exceptions, messaging

from wagtail_push.emulator.receiver import Receiver, new_fid


SEND = "/fcm.googleapis.com/v1/projects/demo-project/messages:send"
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
SENDER_ID = "123456789012"


def new_token():
    return f"{new_fid()}:APA91b{'x' * 134}"


@pytest.mark.parametrize("kind", ["fid", "token"])
def test_message_of_firebase_admin_is_decrypted_by_the_browser(emulator, sender, kind):
    with Receiver(emulator.url, kind) as receiver:
        name = sender.send(kind, receiver.target, {"title": "Zażółć", "v": "1"})
        payload = receiver.wait_for()

    project, message_id = name.split("/messages/")
    assert project == "projects/demo-project"
    assert payload == {
        "from": SENDER_ID,
        "fcmMessageId": message_id,
        "priority": "normal",
        "data": {"title": "Zażółć", "v": "1"},
    }


def test_webpush_part_overrides_data_and_adds_notification(sender, receiver):
    name = sender.send(
        "fid",
        receiver.target,
        {"for": "every platform", "of": "them"},
        webpush=messaging.WebpushConfig(
            data={"for": "web"},
            notification=messaging.WebpushNotification(title="Hello", body="World"),
            fcm_options=messaging.WebpushFCMOptions(link="https://example.org/"),
        ),
    )

    assert receiver.wait_for() == {
        "from": SENDER_ID,
        "fcmMessageId": name.split("/")[-1],
        "priority": "normal",
        "data": {"for": "web"},
        "notification": {"title": "Hello", "body": "World"},
        "fcmOptions": {"link": "https://example.org/"},
    }


def test_headers_reach_the_push_service(emulator, sender, receiver):
    headers = {"TTL": "60", "Urgency": "high", "Topic": "invoice"}
    with_headers = sender.send("fid", receiver.target, headers=headers)
    without = sender.send("fid", receiver.target)
    receiver.wait_for()
    receiver.wait_for()

    pushes = [
        {name: value for name, value in push.items() if name not in {"time", "status"}}
        for push in emulator.pushes()
        if push["target"] == receiver.target
    ]
    assert pushes == [
        {
            "message_id": with_headers.split("/")[-1],
            "target": receiver.target,
            "ttl": 60,
            "urgency": "high",
            "topic": "invoice",
        },
        {
            "message_id": without.split("/")[-1],
            "target": receiver.target,
            "ttl": 2419200,
            "urgency": "normal",
            "topic": "",
        },
    ]


def test_dry_run_delivers_nothing(emulator, sender, receiver):
    name = sender.send("fid", receiver.target, dry_run=True)
    sender.send("fid", receiver.target, {"after": "it"})

    assert name == "projects/demo-project/messages/fake_message_id"
    assert receiver.wait_for()["data"] == {"after": "it"}
    pushes = [p for p in emulator.pushes() if p["target"] == receiver.target]
    assert len(pushes) == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_dead_and_unknown_targets_are_unregistered(emulator, sender, receiver, dry_run):
    emulator.kill(receiver.target)
    targets = [
        ("fid", receiver.target),
        ("fid", new_fid()),
        ("token", new_token()),
    ]

    for kind, target in targets:
        with pytest.raises(messaging.UnregisteredError):
            sender.send(kind, target, dry_run=dry_run)


def test_unregistered_names_its_reason(emulator, call, access_token):
    answer = call(
        "POST",
        emulator.url + SEND,
        {"message": {"fid": new_fid()}},
        Authorization=f"Bearer {access_token}",
    )

    assert answer == (
        404,
        {
            "error": {
                "code": 404,
                "message": "Requested entity was not found.",
                "status": "NOT_FOUND",
                "details": [{"@type": FCM_ERROR, "errorCode": "UNREGISTERED"}],
            }
        },
    )


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("fid", "nonsense"),
        pytest.param("fid", new_token(), id="fid-a token"),
        ("token", "nonsense"),
        ("token", "dQw4w9WgXcQ0123456789a:"),
    ],
)
def test_malformed_target_is_named(sender, kind, target):
    with pytest.raises(exceptions.InvalidArgumentError) as caught:
        sender.send(kind, target)

    details = caught.value.http_response.json()["error"]["details"]
    assert details == [
        {"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"},
        {
            "@type": BAD_REQUEST,
            "fieldViolations": [
                {"field": f"message.{kind}", "description": str(caught.value)}
            ],
        },
    ]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"data": {"a": 1}}, "message.data"),
        ({"data": {"from": "me"}}, "message.data"),
        ({"data": {"google.x": "1"}}, "message.data"),
        ({"data": {"a": "x" * 4096}}, "message.data"),
        ({"data": {"a": "ż" * 2048}}, "message.data"),
        ({"data": []}, "message.data"),
        ({"webpush": {"data": {"a": None}}}, "message.webpush.data"),
        ({"webpush": {"headers": {"TTL": "2419201"}}}, "message.webpush.headers"),
        ({"webpush": {"headers": {"ttl": "-1"}}}, "message.webpush.headers"),
        ({"webpush": {"headers": {"TTL": 60}}}, "message.webpush.headers"),
        ({"webpush": {"headers": {"Urgency": "asap"}}}, "message.webpush.headers"),
        ({"webpush": {"headers": {"Topic": "x" * 33}}}, "message.webpush.headers"),
        ({"webpush": {"headers": {"Topic": "a b"}}}, "message.webpush.headers"),
        ({"token": new_token()}, "message"),
    ],
)
def test_bad_payload_never_blames_the_target(
    emulator, call, access_token, receiver, message, field
):
    status, answer = call(
        "POST",
        emulator.url + SEND,
        # A dry run, so that it is not the push service that refuses.
        {"message": {"fid": receiver.target, **message}, "validate_only": True},
        Authorization=f"Bearer {access_token}",
    )

    message = answer["error"]["message"]
    assert (status, answer["error"]) == (
        400,
        {
            "code": 400,
            "message": message,
            "status": "INVALID_ARGUMENT",
            "details": [
                {
                    "@type": BAD_REQUEST,
                    "fieldViolations": [{"field": field, "description": message}],
                }
            ],
        },
    )


def test_payload_of_the_greatest_size_is_taken(sender, receiver):
    # A push service takes 4096 encrypted bytes; FCM's wrapping is inside them.
    sender.send("fid", receiver.target, {"a": "x" * 3800})

    assert receiver.wait_for()["data"] == {"a": "x" * 3800}


def test_payload_too_big_for_a_push_service_is_refused(emulator, sender, receiver):
    with pytest.raises(exceptions.InvalidArgumentError, match="too big"):
        sender.send("fid", receiver.target, {"a": "x" * 4095})

    assert [p for p in emulator.pushes() if p["target"] == receiver.target] == []


def test_browser_of_another_project_is_a_mismatch(emulator, sender):
    with (
        Receiver(emulator.url, project="another-project") as receiver,
        pytest.raises(messaging.SenderIdMismatchError),
    ):
        sender.send("fid", receiver.target)


def test_lost_subscription_ends_the_registration(emulator, sender, receiver):
    receiver.unsubscribe()

    # Like Google's, this dry run does not ask the push service.
    sender.send("fid", receiver.target, dry_run=True)
    with pytest.raises(messaging.UnregisteredError):
        sender.send("fid", receiver.target)
    with pytest.raises(messaging.UnregisteredError):
        sender.send("fid", receiver.target, dry_run=True)

    receiver.register()
    sender.send("fid", receiver.target, {"again": "here"})
    assert receiver.wait_for()["data"] == {"again": "here"}


@pytest.mark.parametrize("authorization", ["", "Bearer x", "Basic eDp4", "Bearer"])
def test_only_issued_access_tokens_are_taken(
    emulator, call, access_token, receiver, authorization
):
    status, answer = call(
        "POST",
        emulator.url + SEND,
        {"message": {"fid": receiver.target}},
        Authorization=authorization,
    )

    assert (status, answer["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_topics_are_said_not_to_be_emulated(emulator, call, access_token):
    status, answer = call(
        "POST",
        emulator.url + SEND,
        {"message": {"topic": "news"}},
        Authorization=f"Bearer {access_token}",
    )

    assert (status, answer["error"]["status"]) == (501, "UNIMPLEMENTED")


def test_many_messages_of_send_each_arrive_once(sender, receiver):
    ids = {str(uuid.uuid4()) for _ in range(50)}
    batch = messaging.send_each(
        [messaging.Message(fid=receiver.target, data={"id": one}) for one in ids],
        app=sender.app,
    )

    assert batch.success_count == 50
    assert {receiver.wait_for()["data"]["id"] for _ in ids} == ids
    assert receiver.payloads == []
