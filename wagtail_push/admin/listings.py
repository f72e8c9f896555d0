"""What our listings have in common."""

from typing import Any

from django.forms import Media


#: The style of our pages.
STYLE = Media(css={"all": ["wagtail_push/css/admin.css"]})


class WholeWords:
    """Keeps the first column as wide as its words, where many others stand beside it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the style."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # a view's
        context["media"] += STYLE
        return context
