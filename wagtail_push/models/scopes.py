"""Kinds of notification that customers switch per browser, and what they chose."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import global_settings, settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import PreviewableMixin

from wagtail_push.conf import MAX_TTL
from wagtail_push.messages import Urgency
from wagtail_push.models.appending import append_selected
from wagtail_push.models.browsers import Browser


def language_choices() -> list[tuple[str, str]]:
    """Return the host's languages."""
    # A callable keeps the host's languages out of the migration.
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def best_language(wanted: str | None, available: list[str]) -> str | None:
    """Return the language of ``available`` that serves ``wanted`` best, or None.

    The language itself, then without its region, then the site's default, then any.
    """
    for language in (wanted or "", settings.LANGUAGE_CODE):
        for code in (language, language.partition("-")[0]):
            if code in available:
                return code
    return available[0] if available else None


def default_language() -> str:
    """Return the language that every other one falls back to."""
    codes = [code for code, _name in settings.LANGUAGES]
    return best_language(settings.LANGUAGE_CODE, codes) or settings.LANGUAGE_CODE


def site_languages() -> list[str]:
    """Return the languages that texts are expected in, the default one first."""
    default = default_language()
    if settings.LANGUAGES == global_settings.LANGUAGES:
        # Django's own list has every language that it knows; no site speaks them all.
        return [default]
    codes = [code for code, _name in settings.LANGUAGES]
    return sorted(codes, key=lambda code: code != default)


def without_text(codes: Collection[str]) -> list[str]:
    """Return the site's languages that are served by a fallback, where these are there."""
    return [
        code
        for code in site_languages()
        if code not in codes and code.partition("-")[0] not in codes
    ]


class LocalizedText(models.Model):
    """The words of a row in one language."""

    language = models.CharField(_("language"), max_length=16, choices=language_choices)
    title = models.CharField(_("title"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class LocalizedModel(ClusterableModel):
    """A row in an order, whose words stand in inline rows, one per language."""

    sort_order = models.IntegerField(_("order"), default=0, editable=False)

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        """Save; a new row without a place in the order goes to the end."""
        if self._state.adding and not self.sort_order:
            last = type(self)._default_manager.aggregate(last=models.Max("sort_order"))
            self.sort_order = 0 if last["last"] is None else last["last"] + 1
        super().save(**kwargs)

    def languages(self) -> list[str]:
        """Return the languages that there is a text in, in the site's order."""
        order = {code: place for place, code in enumerate(site_languages())}
        codes = {text.language for text in self._texts()}
        return sorted(codes, key=lambda code: (order.get(code, len(order)), code))

    def missing_languages(self) -> list[str]:
        """Return the site's languages that are served by a fallback."""
        return without_text(self.languages())

    def _texts(self) -> list[LocalizedText]:
        return list(self.texts.all())

    def __str__(self) -> str:
        text = self._text()
        return text.title if text else self.key

    def _text(self, language: str | None = None) -> LocalizedText | None:
        texts = {text.language: text for text in self._texts()}
        code = best_language(language or get_language(), list(texts))
        return texts[code] if code is not None else None


class ScopeGroup(LocalizedModel):
    """A heading under which customers find their scopes."""

    key = models.SlugField(_("key"), max_length=50)

    class Meta:
        verbose_name = _("scope group")
        verbose_name_plural = _("scope groups")
        ordering = ["sort_order", "key"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="push_group_key_unique")
        ]

    def title(self, language: str | None = None) -> str:
        """Return the heading in this language, or in the one that comes nearest."""
        text = self._text(language)
        return text.title if text else self.key


class ScopeGroupText(LocalizedText):
    """A group's heading in one language."""

    group = ParentalKey(
        ScopeGroup,
        on_delete=models.CASCADE,
        related_name="texts",
        verbose_name=_("scope group"),
    )

    class Meta:
        verbose_name = _("heading in one language")
        verbose_name_plural = _("headings in every language")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "language"], name="push_group_text_unique"
            )
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultChange:
    """What another default of a scope does to the browsers that are registered.

    ``on`` and ``off`` count them after the change. ``gaining`` and ``losing`` count
    those for which it makes a difference: "always on" overrides what they chose.
    """

    old: str
    new: str
    on: int
    off: int
    gaining: int = 0
    losing: int = 0

    @property
    def registered(self) -> int:
        """Return the number of all of them."""
        return self.on + self.off


class NotificationScope(PreviewableMixin, LocalizedModel):
    """A kind of notification, such as invoices or outages.

    Its default, order and validity exist once; its texts are inline rows per language.
    """

    class Default(models.TextChoices):
        ON = "on", _("On unless switched off")
        OFF = "off", _("Off unless switched on")
        ALWAYS = "always", _("Always on")

    key = models.SlugField(
        _("key"),
        max_length=50,
        help_text=_("What developers call it in code. It can't be changed later."),
    )
    group = models.ForeignKey(
        ScopeGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="scopes",
        verbose_name=_("group"),
    )
    default = models.CharField(
        _("default"), max_length=6, choices=Default, default=Default.ON
    )
    max_ttl = models.PositiveIntegerField(
        _("longest validity in seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_TTL)],
        help_text=_(
            "A notification that was not delivered by then is dropped. "
            "3600 is one hour, 86400 one day, 604800 one week. "
            "Empty means four weeks, which is the most."
        ),
    )
    urgency = models.CharField(
        _("urgency"),
        max_length=8,
        choices=[
            (Urgency.VERY_LOW.value, _("Very low: on power and wifi")),
            (Urgency.LOW.value, _("Low: on power or wifi")),
            (Urgency.NORMAL.value, _("Normal")),
            (Urgency.HIGH.value, _("High: also on low battery")),
        ],
        default=Urgency.NORMAL.value,
    )
    audience = models.CharField(
        _("audience"),
        max_length=50,
        blank=True,
        default="",
        help_text=_("Only these customers see it and get what is sent to everyone."),
    )
    sensitive = models.BooleanField(
        _("sensitive"),
        default=True,
        help_text=_(
            "Where a customer hides details, only “You have a new message” is shown. "
            "Without it, the text is shown there as well: for what anybody may read."
        ),
    )
    retired = models.BooleanField(
        _("retired"),
        default=False,
        help_text=_("Customers no longer see it and nothing can be sent in it."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # What the host's code said of it last; None: editors made it.
    from_code = models.JSONField(null=True, blank=True, default=None, editable=False)

    class Meta:
        verbose_name = _("notification scope")
        verbose_name_plural = _("notification scopes")
        ordering = ["sort_order", "key"]
        permissions = [
            ("require_notificationscope", "Can make a notification scope always on")
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="push_scope_key_unique"),
            models.CheckConstraint(
                condition=Q(max_ttl=None) | Q(max_ttl__range=(1, MAX_TTL)),
                name="push_scope_max_ttl_range",
            ),
        ]

    def save(self, **kwargs: Any) -> None:
        """Save; a changed default leaves the browsers that there are as they are."""
        fields = kwargs.get("update_fields")
        with transaction.atomic():
            if not self._state.adding and (fields is None or "default" in fields):
                self._keep_choices()
            super().save(**kwargs)

    def _keep_choices(self) -> None:
        # Customers who choose meanwhile may refer to the row: its key stays.
        locked = NotificationScope.objects.select_for_update(no_key=True)
        old = locked.filter(pk=self.pk).values_list("default", flat=True).first()
        if old is not None and old != self.default:
            ScopeChoice.objects.write_missing(self, wanted=old != self.Default.OFF)

    def changed_to(self, new: str) -> DefaultChange:
        """Tell what this default instead of the saved one would do; nothing is written.

        Browsers that paused, and those of accounts that are switched off, count with
        what they chose.
        """
        old = NotificationScope.objects.get(pk=self.pk)
        registered = Browser.objects.registered()
        total = registered.count()
        on = registered.filter(old.wanted()).count()
        if new == self.Default.ALWAYS:
            return DefaultChange(
                old=old.default, new=new, on=total, off=0, gaining=total - on
            )
        losing = 0
        if old.default == self.Default.ALWAYS:
            refused = self.choices.filter(browser__removed_at=None, wanted=False)
            losing = refused.count()
        return DefaultChange(
            old=old.default,
            new=new,
            on=on - losing,
            off=total - on + losing,
            losing=losing,
        )

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        """Return the languages of the site: editors see the scope in each."""
        names = dict(language_choices())
        return [(code, names.get(code, code)) for code in site_languages()]

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        """Return what shows the scope as customers see it."""
        return "wagtail_push/admin/scope_preview.html"

    def get_preview_context(
        self, request: HttpRequest, mode_name: str
    ) -> dict[str, Any]:
        """Return the scope, perhaps not saved yet, and the language to read it in."""
        context: dict[str, Any] = super().get_preview_context(request, mode_name)
        known = {code for code, _name in self.preview_modes}
        language = mode_name if mode_name in known else self.default_preview_mode
        return {**context, "language": language}

    @cached_property
    def _no_text(self) -> "ScopeText":
        return ScopeText(scope=self, language="", title=self.key)

    def text(self, language: str | None = None) -> "ScopeText":
        """Return the words in this language, or in the one that comes nearest."""
        text = self._text(language)
        return text if isinstance(text, ScopeText) else self._no_text

    def reason(self, language: str | None = None) -> str:
        """Return why it is always on, in the default language where it must be.

        Customers who can't switch it off read why, if not in their own language.
        """
        return self.text(language).reason or self.text(default_language()).reason

    def wanted(self) -> Q:
        """Return the condition on browsers that want this scope, as one index look-up.

        A choice counts; without one the default does. "Always on" asks for no choice.
        """
        if self.default == self.Default.ALWAYS:
            return Q()
        choices = ScopeChoice.objects.filter(browser=OuterRef("pk"), scope=self)
        if self.default == self.Default.ON:
            return ~Q(Exists(choices.filter(wanted=False)))
        return Q(Exists(choices.filter(wanted=True)))


class ScopeText(LocalizedText):
    """What customers read of a scope, in one language."""

    scope = ParentalKey(
        NotificationScope,
        on_delete=models.CASCADE,
        related_name="texts",
        verbose_name=_("notification scope"),
    )
    description = models.CharField(
        _("description"),
        max_length=250,
        blank=True,
        help_text=_("What comes and how often, for example: about once a month."),
    )
    reason = models.CharField(
        _("why it is always on"),
        max_length=250,
        blank=True,
        help_text=_("Customers read it beside a scope that they can't switch off."),
    )

    class Meta:
        verbose_name = _("text in one language")
        verbose_name_plural = _("texts in every language")
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "language"], name="push_scope_text_unique"
            )
        ]


class ScopeChoiceQuerySet(models.QuerySet["ScopeChoice"]):
    """Choices in bulk."""

    def write_missing(self, scope: NotificationScope, *, wanted: bool) -> None:
        """Write this choice for every browser that made none.

        Those that the system removed come back with their choices, so they count too.
        """
        made = ScopeChoice.objects.filter(browser=OuterRef("pk"), scope=scope)
        undecided = Browser.objects.filter(~Exists(made)).order_by("pk")
        # A customer who chooses meanwhile has the last word. In the order in which one
        # who copies choices writes them: neither waits for the other.
        append_selected(
            self.model,
            ("browser_id", "scope_id", "wanted"),
            undecided.values_list("pk", Value(scope.pk), Value(wanted)),
            holding=True,
        )


class ScopeChoice(models.Model):
    """What the customer chose for one scope on one browser."""

    browser = models.ForeignKey(
        Browser,
        on_delete=models.CASCADE,
        related_name="choices",
        verbose_name=_("browser"),
        db_index=False,
    )
    scope = models.ForeignKey(
        NotificationScope,
        on_delete=models.CASCADE,
        related_name="choices",
        verbose_name=_("notification scope"),
        db_index=False,
    )
    wanted = models.BooleanField(_("wanted"))

    objects = ScopeChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice of a scope")
        verbose_name_plural = _("choices of scopes")
        constraints = [
            models.UniqueConstraint(
                fields=["browser", "scope"], name="push_choice_unique"
            )
        ]
        indexes = [
            models.Index(
                fields=["scope", "wanted", "browser"], name="push_choice_scope"
            )
        ]

    def __str__(self) -> str:
        return f"{self.browser_id} {self.scope_id} {self.wanted}"
