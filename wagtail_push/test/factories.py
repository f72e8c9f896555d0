"""factory-boy factories of our models, for hosts' tests and our own.

Install factory-boy to use them.
"""

import uuid
from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone
from factory.django import DjangoModelFactory

from wagtail_push.messages import Target, TargetKind
from wagtail_push.models import (
    Account,
    Announcement,
    AnnouncementText,
    Batch,
    Browser,
    Installation,
    Notification,
    NotificationScope,
    Recipient,
    ScopeChoice,
    ScopeGroup,
    ScopeGroupText,
    ScopeText,
)


class LoginFactory(DjangoModelFactory[Any]):
    """A user of the host's user model who can sign in with "demo"."""

    class Meta:
        model = get_user_model()
        django_get_or_create = (get_user_model().USERNAME_FIELD,)

    username = factory.Sequence(lambda n: f"login-{n}")
    password = factory.django.Password("demo")


class AccountFactory(DjangoModelFactory[Account]):
    """An account with a key."""

    class Meta:
        model = Account
        django_get_or_create = ("key",)

    key = factory.Sequence(lambda n: f"C-{n}")


class InstallationFactory(DjangoModelFactory[Installation]):
    """A physical browser whose target is ``fid``."""

    class Meta:
        model = Installation

    class Params:
        fid = factory.Sequence(lambda n: f"c{n:021d}")

    device_id = factory.LazyFunction(uuid.uuid4)
    target_kind = TargetKind.FID.value
    target = factory.SelfAttribute("fid")
    target_hash = factory.LazyAttribute(lambda o: _target(o).digest)
    fid_hash = factory.LazyAttribute(lambda o: _target(o).fid_digest)
    software = "Firefox"
    system = "Linux"


def _target(row: Any) -> Target:
    return Target(TargetKind(row.target_kind), row.target)


class BrowserFactory(DjangoModelFactory[Browser]):
    """A registered browser."""

    class Meta:
        model = Browser

    installation = factory.SubFactory(InstallationFactory)
    account = factory.SubFactory(AccountFactory)
    login = factory.SubFactory(LoginFactory)
    name = factory.Sequence(lambda n: f"Laptop {n}")
    language = "en"


class ScopeGroupFactory(DjangoModelFactory[ScopeGroup]):
    """A group with an English heading."""

    class Meta:
        model = ScopeGroup
        django_get_or_create = ("key",)
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"group-{n}")
    text = factory.RelatedFactory(
        "wagtail_push.test.factories.ScopeGroupTextFactory", "group"
    )


class ScopeGroupTextFactory(DjangoModelFactory[ScopeGroupText]):
    """A heading in one language."""

    class Meta:
        model = ScopeGroupText

    group = factory.SubFactory(ScopeGroupFactory, text=None)
    language = "en"
    title = factory.LazyAttribute(lambda o: o.group.key.title())


class ScopeFactory(DjangoModelFactory[NotificationScope]):
    """A scope with an English text, on by default."""

    class Meta:
        model = NotificationScope
        django_get_or_create = ("key",)
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"scope-{n}")
    text = factory.RelatedFactory(
        "wagtail_push.test.factories.ScopeTextFactory", "scope"
    )


class ScopeTextFactory(DjangoModelFactory[ScopeText]):
    """A scope's words in one language."""

    class Meta:
        model = ScopeText

    scope = factory.SubFactory(ScopeFactory, text=None)
    language = "en"
    title = factory.LazyAttribute(lambda o: o.scope.key.title())


class ScopeChoiceFactory(DjangoModelFactory[ScopeChoice]):
    """A browser's choice for a scope."""

    class Meta:
        model = ScopeChoice

    browser = factory.SubFactory(BrowserFactory)
    scope = factory.SubFactory(ScopeFactory)
    wanted = True


class NotificationFactory(DjangoModelFactory[Notification]):
    """A message that is valid for an hour and was not planned yet."""

    class Meta:
        model = Notification

    scope = factory.SubFactory(ScopeFactory)
    title = factory.LazyFunction(lambda: {"": "Title"})
    body = factory.LazyFunction(lambda: {"": "Body"})
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))


class RecipientFactory(DjangoModelFactory[Recipient]):
    """An account that a notification is addressed to."""

    class Meta:
        model = Recipient

    notification = factory.SubFactory(NotificationFactory)
    account = factory.SubFactory(AccountFactory)


class BatchFactory(DjangoModelFactory[Batch]):
    """A batch over every installation."""

    class Meta:
        model = Batch

    notification = factory.SubFactory(NotificationFactory)
    cursor = 0
    last_id = 2**62


class AnnouncementFactory(DjangoModelFactory[Announcement]):
    """A draft with an English text."""

    class Meta:
        model = Announcement
        skip_postgeneration_save = True

    scope = factory.SubFactory(ScopeFactory)
    url = "/invoices/"
    text = factory.RelatedFactory(
        "wagtail_push.test.factories.AnnouncementTextFactory", "announcement"
    )


class AnnouncementTextFactory(DjangoModelFactory[AnnouncementText]):
    """An announcement's words in one language."""

    class Meta:
        model = AnnouncementText

    announcement = factory.SubFactory(AnnouncementFactory, text=None)
    language = "en"
    title = "Office closed on Friday"
    body = "We are back on Monday."
