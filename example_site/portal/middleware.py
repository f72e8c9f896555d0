"""A strict content security policy, to show that wagtail-push lives with it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


# The Firebase SDK calls these two from the settings page.
FIREBASE = (
    "https://firebaseinstallations.googleapis.com",
    "https://fcmregistrations.googleapis.com",
)


def policy() -> str:
    """Return the policy of the panel's pages."""
    connect = ["'self'", settings.PUSH_EMULATOR or "", *FIREBASE]
    return "; ".join(
        [
            "default-src 'self'",
            f"connect-src {' '.join(source for source in connect if source)}",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Send the policy with every page outside Wagtail's admin and its previews."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # The admin shows a preview in a frame; its request is made up.
        preview = getattr(request, "is_dummy", False)
        if not preview and not request.path.startswith("/admin/"):
            response.headers.setdefault("Content-Security-Policy", policy())
        return response

    return middleware
