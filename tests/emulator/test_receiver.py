import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from wagtail_push.emulator.receiver import Receiver


class Portal(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        headers = {name: self.headers[name] for name in ("Authorization", "Cookie")}
        body = json.loads(self.rfile.read(length))
        self.server.receipts.append((self.path, headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def portal():
    server = HTTPServer(("127.0.0.1", 0), Portal)
    server.receipts = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_receipt_is_reported_as_the_worker_does(receiver, portal):
    url = f"http://127.0.0.1:{portal.server_port}/push/api/v1/receipts/"
    status = receiver.report(url, "opaque", "d7a2", "shown")

    assert status == 204
    assert portal.receipts == [
        (
            "/push/api/v1/receipts/",
            {"Authorization": "Capability opaque", "Cookie": None},
            {"notification": "d7a2", "event": "shown"},
        )
    ]


def test_waiting_ends_and_leaves_what_does_not_fit(sender, receiver):
    sender.send("fid", receiver.target, {"n": "1"})
    sender.send("fid", receiver.target, {"n": "2"})

    second = receiver.wait_for(lambda payload: payload["data"]["n"] == "2")
    with pytest.raises(TimeoutError, match=r"within 0 s; 1 others arrived"):
        receiver.wait_for(lambda payload: payload["data"]["n"] == "3", timeout=0)

    assert second["data"] == {"n": "2"}
    assert [payload["data"] for payload in receiver.payloads] == [{"n": "1"}]


def test_lost_connection_is_made_again(own_emulator, make_sender):
    sender = make_sender(own_emulator)
    with Receiver(own_emulator.url) as receiver:
        own_emulator.restart(kill=True)
        sender.send("fid", receiver.target, {"n": "1"})

        assert receiver.wait_for()["data"] == {"n": "1"}


def test_message_whose_acknowledgement_was_lost_is_not_shown_twice(
    emulator, sender, receiver, monkeypatch
):
    acknowledge = receiver._push._acknowledge

    async def lose(message, code):
        raise ConnectionError("lost")

    monkeypatch.setattr(receiver._push, "_acknowledge", lose)
    sender.send("fid", receiver.target, {"n": "1"})
    first = receiver.wait_for()
    monkeypatch.setattr(receiver._push, "_acknowledge", acknowledge)
    # It comes again on the next connection, before this one.
    sender.send("fid", receiver.target, {"n": "2"})
    second = receiver.wait_for()

    assert (first["data"], second["data"]) == ({"n": "1"}, {"n": "2"})
    assert receiver.payloads == []
