"""The shapes of requests and answers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from wagtail_push import doctor, progress
from wagtail_push.accounts import get_adapter
from wagtail_push.messages import Target, TargetKind
from wagtail_push.models import (
    Account,
    Browser,
    Notification,
    NotificationScope,
    Receipt,
)
from wagtail_push.models.browsers import NAME_LENGTH
from wagtail_push.registry import is_wanted


class Text(serializers.CharField):
    """Text, and nothing that could be made text of."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse numbers, which the framework would take."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Pattern(serializers.RegexField, Text):
    """Text of a given form."""


class Truth(serializers.BooleanField):
    """``true`` or ``false``, and not "yes", 1 or "off"."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse what the framework would take for one of both."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Id(serializers.UUIDField):
    """A UUID as it stands in our answers."""

    def to_internal_value(self, data: Any) -> UUID:
        """Refuse the other ways to write one."""
        value: UUID = super().to_internal_value(data)
        if str(value) != str(data).lower():
            self.fail("invalid", value=data)
        return value


class ScopeSerializer(serializers.Serializer[NotificationScope]):
    """One scope as customers read it, with what this browser chose."""

    key = serializers.SlugField()
    group = serializers.CharField(help_text="The heading it stands under.")
    title = serializers.CharField()
    description = serializers.CharField()
    default = serializers.ChoiceField(choices=NotificationScope.Default.choices)
    reason = serializers.CharField(help_text="Why it is always on, if it is.")
    wanted = serializers.BooleanField()


class BrowserSerializer(serializers.ModelSerializer[Browser]):
    """A registered browser. Its target is never part of any answer."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    system = serializers.CharField(source="installation.description", read_only=True)
    status = serializers.ChoiceField(
        choices=["active", "paused", "signed-out", "removed"], read_only=True
    )
    current = serializers.SerializerMethodField(
        help_text="Whether it is the browser that asks."
    )
    last_shown_at = serializers.DateTimeField(read_only=True, allow_null=True)
    removed_reason = serializers.ChoiceField(
        choices=Browser.Reason.choices, read_only=True, allow_blank=True
    )
    scopes = serializers.SerializerMethodField()

    class Meta:
        model = Browser
        fields = (
            "id",
            "name",
            "system",
            "status",
            "current",
            "language",
            "hide_details",
            "pause_on_sign_out",
            "created_at",
            "last_shown_at",
            "removed_reason",
            "scopes",
        )
        read_only_fields = fields

    def get_current(self, browser: Browser) -> bool:
        """Compare with the device cookie."""
        return bool(browser.installation.device_id == self.context["device_id"])

    @extend_schema_field(ScopeSerializer(many=True))
    def get_scopes(self, browser: Browser) -> list[Mapping[str, Any]]:
        """Return every scope that its account sees, with this browser's choice."""
        choices = {choice.scope_id: choice.wanted for choice in browser.choices.all()}
        return [
            {
                "key": scope.key,
                "group": scope.group.title() if scope.group else "",
                "title": scope.text().title,
                "description": scope.text().description,
                "default": scope.default,
                "reason": scope.reason(),
                "wanted": is_wanted(scope, choices),
            }
            for scope in self.context["scopes_of"](browser.account.key)
        ]


class TargetSerializer(serializers.Serializer[Any]):
    """What the page says of the browser it runs in, to renew its registration."""

    target = Text(
        max_length=4096, write_only=True, help_text="What the Firebase SDK gave."
    )
    kind = serializers.ChoiceField(choices=[(kind.value, kind) for kind in TargetKind])
    key_fingerprint = Pattern(
        r"^[0-9a-f]{64}$",
        required=False,
        default="",
        allow_blank=True,
        help_text="SHA-256 of the server's public key, in hex.",
    )
    proof = Text(
        max_length=1000,
        required=False,
        default="",
        allow_blank=True,
        help_text="The nonce that was pushed to the target, after `proof_needed`.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Make one target of its value and its kind."""
        kind = TargetKind(attrs.pop("kind"))
        return {**attrs, "target": Target(kind, attrs["target"])}


class RegisterSerializer(TargetSerializer):
    """What the page posts to register the browser it runs in."""

    name = Text(max_length=NAME_LENGTH)
    language = Pattern(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        max_length=16,
        required=False,
        default="",
        allow_blank=True,
    )
    scopes = serializers.DictField(child=Truth(), required=False, default=dict)
    take_over = Truth(
        required=False,
        default=False,
        help_text="The customer's answer to the question, after `another_login`.",
    )
    replaces = Id(
        required=False,
        default=None,
        allow_null=True,
        help_text="The browser that this one was before its data was cleared.",
    )


class RegistrationSerializer(serializers.Serializer[Any]):
    """What registering answers."""

    browser = BrowserSerializer()
    capability = serializers.CharField(
        help_text="For the service worker: lets it report what it showed."
    )
    confirmation = serializers.UUIDField(
        help_text="The notification that confirms the registration."
    )


class RenewalSerializer(serializers.Serializer[Any]):
    """What renewing answers."""

    changed = serializers.BooleanField(
        help_text="Whether the portal did not know this target so far."
    )
    capability = serializers.CharField(help_text="For the service worker, as above.")


class ChoiceSerializer(serializers.Serializer[Any]):
    """The choice for one scope."""

    wanted = Truth()


class ChangeSerializer(serializers.Serializer[Any]):
    """What may change of a browser."""

    name = Text(max_length=NAME_LENGTH, required=False)
    paused = Truth(required=False)
    hide_details = Truth(
        required=False, help_text="Notifications only say that there is something new."
    )
    pause_on_sign_out = Truth(
        required=False, help_text="Counts where the portal lets its customers choose."
    )


class SwitchSerializer(serializers.Serializer[Any]):
    """The switch of an account."""

    enabled = Truth()


class AccountCheckSerializer(serializers.Serializer[progress.AccountCheck]):
    """How far the check is that began when the account was switched on again."""

    total = serializers.IntegerField()
    valid = serializers.IntegerField(help_text="FCM accepts these.")
    removed = serializers.IntegerField(help_text="These must be registered again.")
    unknown = serializers.IntegerField(
        help_text="These could not be checked; they stay as they are."
    )
    settled = serializers.BooleanField()
    stalled = serializers.BooleanField(help_text="The portal's sender is not running.")


class AccountSerializer(serializers.Serializer[Account]):
    """The account that a request acts for."""

    key = serializers.CharField()
    # A field is "label" to the framework, too, but it never asks this class for its own.
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    enabled = serializers.BooleanField()
    forbidden = serializers.BooleanField(help_text="By the portal's operator.")
    check = serializers.SerializerMethodField()

    def get_label(self, account: Account) -> str:
        """Ask the host."""
        return get_adapter().label(account.key)

    @extend_schema_field(AccountCheckSerializer(allow_null=True))
    def get_check(self, account: Account) -> Any:
        """Return how far the check of all browsers is, if there was one."""
        check = progress.check_of(account)
        return check and AccountCheckSerializer(check).data


class CopiedSerializer(serializers.Serializer[Any]):
    """How many browsers got the choices of another one."""

    browsers = serializers.IntegerField()


class SelectionSerializer(serializers.Serializer[Any]):
    """Some of the account's browsers."""

    browsers = serializers.ListField(child=Id(), max_length=100)


class AskedSerializer(serializers.Serializer[Any]):
    """A notification on its way; how far it is can be asked for each browser."""

    id = serializers.UUIDField()


class RefusedSerializer(serializers.Serializer[Any]):
    """A browser that gets no test, and why."""

    id = serializers.UUIDField()
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="A sentence that can be shown.")


class TestsSerializer(AskedSerializer):
    """Tests on their way."""

    sent = serializers.ListField(child=serializers.UUIDField())
    refused = RefusedSerializer(many=True)


class ProgressSerializer(serializers.Serializer[progress.Progress]):
    """How far a notification is at a browser."""

    kind = serializers.ChoiceField(choices=Notification.Kind.choices)
    state = serializers.ChoiceField(
        choices=[
            *("waiting", "sent", "shown", "failed", "expired"),
            *("valid", "removed", "unknown"),
        ],
        help_text="The last three are answers to a check.",
    )
    sent_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was handed to Google, which accepted it."
    )
    shown_at = serializers.DateTimeField(
        allow_null=True, help_text="When the service worker reported it."
    )
    seconds = serializers.FloatField(
        allow_null=True,
        help_text="From handing over to Google until shown, in seconds.",
    )
    reason = serializers.CharField(allow_blank=True)
    stalled = serializers.BooleanField(
        help_text="It waits, and the portal's sender is not running."
    )


class ReceiptSerializer(serializers.Serializer[Any]):
    """What a service worker reports."""

    notification = Id()
    event = serializers.ChoiceField(choices=Receipt.Event.choices)


class TroubleSerializer(serializers.Serializer[Any]):
    """What kept a browser from registering and is the portal's to mend."""

    code = Pattern(
        doctor.CODE, help_text="What the page shows its customer, such as `SW-404`."
    )


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence that can be shown.")
    code = serializers.CharField(help_text="Stable, for programs.")
    fields = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="By field, what is wrong with it; of 400 alone."
    )
