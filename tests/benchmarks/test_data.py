"""The registry that benchmarks send to holds what they count on."""

from collections import Counter

import pytest

from tests.benchmarks.data import fill
from tests.benchmarks.paths import broadcast, invoices
from tests.benchmarks.targets import is_wanted, target, total
from wagtail_push.messages import Target, TargetKind
from wagtail_push.models import Installation


WANTED = 440


@pytest.fixture
def registry(db, settings, locmem):
    settings.WAGTAIL_PUSH = {
        **settings.WAGTAIL_PUSH,
        "ACCOUNTS": "tests.benchmarks.adapter.AllCustomers",
    }
    fill(WANTED)


@pytest.mark.parametrize("path", [broadcast, invoices])
def test_as_many_want_it_as_were_asked_for(path, registry, locmem, work):
    path(WANTED)()
    work()

    wanted = [target(i) for i in range(1, total(WANTED) + 1) if is_wanted(i)]
    assert Counter(envelope.target.value for envelope in locmem) == Counter(wanted)
    assert {envelope.content.lang for envelope in locmem} == {"en", "pl"}
    assert len(wanted) == WANTED


def test_targets_are_found_by_their_hashes(registry):
    last = total(WANTED)
    expected = Target(TargetKind.TOKEN, target(last))

    found = Installation.objects.get(target_hash=expected.digest)
    assert (found.pk, found.target) == (last, expected.value)
    assert found.fid_hash == expected.fid_digest
