"""What a small hosting company knows about its customers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from wagtail_push.admin.page_panel import NotifyPanel
from wagtail_push.portal.pages import PushSettingsPageMixin


class Customer(models.Model):
    """A company that is our customer: the account that notifications belong to."""

    number = models.CharField(max_length=16, unique=True)
    company = models.CharField(max_length=80)
    street = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")
    active = models.BooleanField(default=True)
    logins = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="customers"
    )

    class Meta:
        ordering = ["company"]

    def __str__(self) -> str:
        return f"{self.company} ({self.number})"


class Membership(models.Model):
    """A login's right to act for a customer."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="memberships"
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "customer"], name="portal_one_membership"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.customer}"


class Service(models.Model):
    """A hosting plan that a customer pays for."""

    class Status(models.TextChoices):
        """Whether the service runs."""

        RUNNING = "running", _("Running")
        SUSPENDED = "suspended", _("Suspended")

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="services"
    )
    name = models.CharField(max_length=80)
    plan = models.CharField(max_length=40)
    used_gb = models.DecimalField(max_digits=6, decimal_places=1)
    space_gb = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.RUNNING)
    renews = models.DateField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """A domain name registered for a customer."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="domains"
    )
    name = models.CharField(max_length=120, unique=True)
    expires = models.DateField()
    auto_renew = models.BooleanField(default=True)

    class Meta:
        ordering = ["expires", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def days_left(self) -> int:
        """Days until the domain expires; negative afterwards."""
        return (self.expires - timezone.localdate()).days


class Invoice(models.Model):
    """An invoice and whether it has been paid."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="invoices"
    )
    number = models.SlugField(max_length=24, unique=True)
    subject = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    issued = models.DateField(default=timezone.localdate)
    due = models.DateField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-issued", "-number"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Return the address of the invoice's page."""
        return reverse("portal:invoice", args=[self.number])

    @property
    def state(self) -> str:
        """Where the invoice stands: paid, due or overdue."""
        if self.paid_at:
            return "paid"
        return "overdue" if self.due < timezone.localdate() else "due"


class Payment(models.Model):
    """Money that arrived for an invoice."""

    class Method(models.TextChoices):
        """How the customer paid."""

        CARD = "card", _("Card")
        TRANSFER = "transfer", _("Bank transfer")

    invoice = models.OneToOneField(
        Invoice, on_delete=models.CASCADE, related_name="payment"
    )
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    method = models.CharField(max_length=12, choices=Method, default=Method.CARD)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-received_at"]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.amount}"


class Outage(models.Model):
    """Planned work or a failure that concerns every customer."""

    title = models.CharField(max_length=120)
    text = models.TextField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()

    class Meta:
        ordering = ["starts"]

    def __str__(self) -> str:
        return self.title


class PushPage(PushSettingsPageMixin, Page):  # type: ignore[django-manager-missing]  # Wagtail has no types
    """The settings page as editors place it in the tree, with their own introduction."""

    content_panels = [*Page.content_panels, *PushSettingsPageMixin.push_panels]

    class Meta:
        verbose_name = _("PUSH notifications page")
        verbose_name_plural = _("PUSH notifications pages")


class HomePage(Page):
    """The company's public front page, with the way into the panel."""

    intro = models.CharField(_("introduction"), max_length=250, blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    promote_panels = [*Page.promote_panels, NotifyPanel()]
    template = "portal/home_page.html"

    class Meta:
        verbose_name = _("front page")
        verbose_name_plural = _("front pages")
