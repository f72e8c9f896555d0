"""factory-boy factories of our models, for hosts' tests and our own: one for each.

``pip install "wagtail-push[test]"`` brings factory-boy. Related rows are made by name:
``BrowserFactory(account__key="C-1", installation__fid="quota-1")``.
"""

import uuid
from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from django.db.models import EmailField
from django.utils import timezone
from factory.django import DjangoModelFactory
from wagtail.models import Site

from wagtail_push.accounts import LoginAccounts, get_adapter
from wagtail_push.conf import settings
from wagtail_push.messages import Answer, Target, TargetKind
from wagtail_push.models import (
    Account,
    Announcement,
    AnnouncementText,
    Batch,
    Browser,
    Delivery,
    Heartbeat,
    Installation,
    Notification,
    NotificationScope,
    Project,
    PushSiteSettings,
    Receipt,
    Recipient,
    ScopeChoice,
    ScopeGroup,
    ScopeGroupText,
    ScopeText,
    Trouble,
)


#: What the host's users sign in with, such as ``username`` or ``email``.
NAME_FIELD = get_user_model()._meta.get_field(get_user_model().USERNAME_FIELD)


def _sign_in_name(number: int) -> str:
    at = "@portal.example" if isinstance(NAME_FIELD, EmailField) else ""
    return f"login-{number}{at}"


class LoginFactory(DjangoModelFactory[Any]):
    """A user of the host's user model who can sign in with "demo".

    Where the model wants more than a name and a password, give it, or use your own
    factory: ``BrowserFactory(login=user)``.
    """

    class Meta:
        model = get_user_model()
        django_get_or_create = (NAME_FIELD.name,)

    vars()[NAME_FIELD.name] = factory.Sequence(_sign_in_name)
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


def _account_key(account: Any, number: int) -> str:
    adapter = get_adapter()
    if isinstance(adapter, LoginAccounts):
        return adapter.key(account.factory_parent.login)
    return f"C-{number}"


class BrowserFactory(DjangoModelFactory[Browser]):
    """A registered browser.

    Its account is the login's own where the login is the account; else give the key,
    and a login that may act for it: ``BrowserFactory(account__key="C-1", login=user)``.
    """

    class Meta:
        model = Browser

    installation = factory.SubFactory(InstallationFactory)
    account = factory.SubFactory(
        AccountFactory, key=factory.LazyAttributeSequence(_account_key)
    )
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
        django_get_or_create = ("group", "language")

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
        django_get_or_create = ("scope", "language")

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


class DeliveryFactory(DjangoModelFactory[Delivery]):
    """A notification that FCM accepted for one installation."""

    class Meta:
        model = Delivery

    notification = factory.SubFactory(NotificationFactory)
    installation = factory.SubFactory(InstallationFactory)
    batch = factory.SubFactory(
        BatchFactory, notification=factory.SelfAttribute("..notification")
    )
    status = Delivery.Status.ACCEPTED
    answer = Answer.ACCEPTED.value


class ReceiptFactory(DjangoModelFactory[Receipt]):
    """What a service worker reports: that it showed a notification."""

    class Meta:
        model = Receipt

    notification = factory.SubFactory(NotificationFactory)
    installation = factory.SubFactory(InstallationFactory)
    event = Receipt.Event.SHOWN


class HeartbeatFactory(DjangoModelFactory[Heartbeat]):
    """The sender's sign of life, from now."""

    class Meta:
        model = Heartbeat
        django_get_or_create = ("name",)

    name = "sender"


class ProjectFactory(DjangoModelFactory[Project]):
    """The Firebase project of the settings, where nothing holds it."""

    class Meta:
        model = Project
        django_get_or_create = ("name",)

    name = factory.LazyFunction(lambda: settings.firebase.get("projectId", ""))


class PushSiteSettingsFactory(DjangoModelFactory[PushSiteSettings]):
    """What an operator set for the default site: nothing yet.

    It needs a site, which Wagtail's migrations make.
    """

    class Meta:
        model = PushSiteSettings
        django_get_or_create = ("site",)

    site = factory.LazyFunction(lambda: Site.objects.get(is_default_site=True))


class TroubleFactory(DjangoModelFactory[Trouble]):
    """A fault of the set-up that one browser met."""

    class Meta:
        model = Trouble
        django_get_or_create = ("code",)

    code = "emulator"
    times = 1
