"""The form of a scope: what goes together, and who may make one always on."""

from typing import Any

from django.core.exceptions import ValidationError
from django.forms import ChoiceField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from wagtail_push.admin.audiences import choices as audience_choices
from wagtail_push.admin.texts import TextsFormSet, name_of
from wagtail_push.models import NotificationScope
from wagtail_push.models.scopes import default_language


ALWAYS = NotificationScope.Default.ALWAYS
PERMISSION = "wagtail_push.require_notificationscope"


class ScopeForm(WagtailAdminModelForm):
    """Holds "always on" to a reason, and to editors who may decide on it."""

    formsets: dict[str, TextsFormSet]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what this editor may choose."""
        super().__init__(*args, **kwargs)
        self.was_always = self.initial.get("default") == ALWAYS
        self.may_require = self.for_user is None or self.for_user.has_perm(PERMISSION)
        if not self.may_require:
            field = self.fields["default"]
            # All of them stay valid, so that a refusal can be told in words.
            field.widget.choices = [
                (value, label)
                for value, label in field.choices
                if (value == ALWAYS) == self.was_always
            ]
            field.help_text = _("You may not decide whether a scope is always on.")
        self._offer_audiences()

    def _offer_audiences(self) -> None:
        field = self.fields.pop("audience")
        audiences = audience_choices(keep=self.instance.audience)
        if audiences:
            self.fields["audience"] = ChoiceField(
                choices=[("", _("Everyone")), *audiences],
                required=False,
                label=field.label,
                help_text=field.help_text,
            )

    def clean_default(self) -> str:
        """Refuse to make it always on, or not any more, without the permission."""
        default: str = self.cleaned_data["default"]
        if (default == ALWAYS) != self.was_always and not self.may_require:
            raise ValidationError(_("You may not decide whether a scope is always on."))
        return default

    def clean(self) -> dict[str, Any]:
        """Ask for the reason that customers read if they can't switch it off."""
        data: dict[str, Any] = super().clean()
        if data.get("default") != ALWAYS:
            return data
        texts = self.formsets["texts"]
        texts.is_valid()
        for form in texts.kept():
            given = form.cleaned_data
            if given.get("language") == default_language() and not given.get("reason"):
                words = gettext(
                    "Customers can't switch this scope off. Tell them why, at least "
                    "in the default language (%(language)s)."
                )
                form.add_error(
                    "reason", words % {"language": name_of(default_language())}
                )
        return data
