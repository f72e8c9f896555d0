"""The way into the panel."""

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from example_site.portal.accounts import current_customer


DEMO_LOGINS = (
    ("anna", "Baltic Bakery, Praha Print"),
    ("piotr", "Baltic Bakery"),
    ("eva", "Praha Print"),
)


class SignIn(LoginView):
    """Sign in and see the panel in the customer's language."""

    template_name = "portal/sign_in.html"
    redirect_authenticated_user = True
    extra_context = {"demo_logins": DEMO_LOGINS}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in; a language chosen by hand before stays."""
        response = super().form_valid(form)
        customer = current_customer(self.request)
        if customer and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, customer.language, samesite="Lax"
            )
        return response
