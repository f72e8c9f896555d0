"""The console backend prints, and shows no target."""

import pytest

from wagtail_push.backends.console import ConsoleBackend
from wagtail_push.messages import Answer, Content, Envelope, Target, TargetKind


def test_it_prints_what_would_be_sent(capsys: pytest.CaptureFixture[str]) -> None:
    envelope = Envelope(
        target=Target(TargetKind.FID, "secret"),
        content=Content(id="1", title="New invoice", body="No. 7", url="/i/7/"),
        ttl=60,
    )

    [result] = ConsoleBackend().send([envelope])

    assert result.answer is Answer.ACCEPTED
    printed = capsys.readouterr().out
    assert "New invoice\n  No. 7\n  /i/7/" in printed
    assert "valid for 60 s" in printed
    assert "secret" not in printed
