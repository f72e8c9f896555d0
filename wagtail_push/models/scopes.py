"""Kinds of notification that customers switch per browser, and what they chose."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from wagtail_push.conf import MAX_TTL
from wagtail_push.messages import Urgency
from wagtail_push.models.browsers import Browser


def language_choices() -> list[tuple[str, str]]:
    """Return the host's languages."""
    # A callable keeps the host's languages out of the migration.
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def best_language(wanted: str | None, available: list[str]) -> str | None:
    """Return the language of ``available`` that serves ``wanted`` best, or None.

    The language itself, then without its region, then the site's default, then any.
    """
    wanted = wanted or ""
    for code in (wanted, wanted.partition("-")[0], settings.LANGUAGE_CODE):
        if code in available:
            return code
    return available[0] if available else None


class LocalizedText(models.Model):
    """The words of a row in one language."""

    language = models.CharField(_("language"), max_length=16, choices=language_choices)
    title = models.CharField(_("title"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class LocalizedModel(ClusterableModel):
    """A row whose words stand in inline rows, one per language."""

    class Meta:
        abstract = True

    def _texts(self) -> list[LocalizedText]:
        return list(self.texts.all())

    def __str__(self) -> str:
        text = self._text(settings.LANGUAGE_CODE)
        return text.title if text else self.key

    def _text(self, language: str | None = None) -> LocalizedText | None:
        texts = {text.language: text for text in self._texts()}
        code = best_language(language or get_language(), list(texts))
        return texts[code] if code is not None else None


class ScopeGroup(LocalizedModel):
    """A heading under which customers find their scopes."""

    key = models.SlugField(_("key"), max_length=50)
    sort_order = models.IntegerField(_("order"), default=0, editable=False)

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


class NotificationScope(LocalizedModel):
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
    sort_order = models.IntegerField(_("order"), default=0, editable=False)
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
    retired = models.BooleanField(
        _("retired"),
        default=False,
        help_text=_("Customers no longer see it and nothing can be sent in it."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("notification scope")
        verbose_name_plural = _("notification scopes")
        ordering = ["sort_order", "key"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="push_scope_key_unique"),
            models.CheckConstraint(
                condition=Q(max_ttl=None) | Q(max_ttl__range=(1, MAX_TTL)),
                name="push_scope_max_ttl_range",
            ),
        ]

    @cached_property
    def _no_text(self) -> "ScopeText":
        return ScopeText(scope=self, language="", title=self.key)

    def text(self, language: str | None = None) -> "ScopeText":
        """Return the words in this language, or in the one that comes nearest."""
        text = self._text(language)
        return text if isinstance(text, ScopeText) else self._no_text

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
