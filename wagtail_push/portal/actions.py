"""The forms of the page: all that a customer can do but enabling, without JavaScript.

Each does one thing, then leads back to a page that says what was done, or why not.
"""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.generic import View

from wagtail_push import registry
from wagtail_push.exceptions import AccountChanged, BrowserRemoved, Refused
from wagtail_push.models import Account, Browser, NotificationScope
from wagtail_push.models.browsers import NAME_LENGTH
from wagtail_push.portal.banner import done, refused, unsaid
from wagtail_push.portal.views import BrowserView


class Gone(BrowserRemoved):
    """The account has no such browser, or not any more."""

    code = "gone"


@method_decorator(never_cache, name="dispatch")
class ActionView(LoginRequiredMixin, View):
    """One thing that a customer does to the account that the request acts for."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Do it, and lead back to the page that the form stood on."""
        key = registry.current_key(request)
        if key is None:
            raise Http404
        back = self.back()
        try:
            # Another tab may have switched to another account meanwhile.
            if request.POST.get("account", key) != key:
                raise AccountChanged
            query = self.act(key, **kwargs)
        except (AccountChanged, BrowserRemoved) as error:
            # The page that the form stood on may be no longer there.
            query, back = refused(error), reverse("wagtail_push:settings")
        except Refused as error:
            query = refused(error)
        joint = "&" if "?" in back else "?"
        return redirect(f"{back}{joint}{query}{self._place()}")

    def act(self, key: str, **kwargs: Any) -> str:
        """Do it to the account with this key; return the query that says so."""
        raise NotImplementedError

    def back(self) -> str:
        """Return the address of the page that the form stood on."""
        path = self.request.POST.get("next", "")
        if path.startswith("/") and url_has_allowed_host_and_scheme(path, None):
            return unsaid(path)
        return reverse("wagtail_push:settings")

    def _place(self) -> str:
        """Return the rest of the query: where in which list the form stood."""
        page, search = (self.request.POST.get(name, "") for name in ("page", "q"))
        more = {"q": search} if search else {}
        if page.isdigit():
            more["page"] = page
        return f"&{urlencode(more)}" if more else ""


class SwitchAccountView(ActionView):
    """The switch of the whole account."""

    def act(self, key: str, **kwargs: Any) -> str:
        """Switch the account on or off."""
        # A checkbox that is off sends nothing, so the form holds a 0 before it.
        enabled = self.request.POST.get("enabled") == "1"
        registry.switch_account(key, enabled)
        return done("on" if enabled else "off")


class TestsView(ActionView):
    """Tests to the selected browsers."""

    def act(self, key: str, **kwargs: Any) -> str:
        """Send a test to each of them that can get one."""
        wanted = []
        for value in self.request.POST.getlist("browsers"):
            try:
                wanted.append(uuid.UUID(value))
            except ValueError:
                raise Http404 from None
        account = registry.get_account(key)
        browsers = list(registry.browsers_of(account).filter(public_id__in=wanted))
        _, left_out = registry.send_tests(account, browsers)
        skipped = len(set(wanted)) - len(browsers) + len(left_out)
        return done("testing", **({"skipped": skipped} if skipped else {}))


class BrowserActionView(ActionView):
    """One thing that a customer does to one browser."""

    def act(self, key: str, **kwargs: Any) -> str:
        """Do it to the browser that the address names."""
        account = registry.get_account(key)
        mine = registry.browsers_of(account)
        browser = mine.filter(public_id=kwargs["browser_id"]).first()
        if browser is None:
            # Another tab may have removed it meanwhile, or switched to another account.
            raise Gone
        return self.act_on(account, browser)

    def act_on(self, account: Account, browser: Browser) -> str:
        """Do it; return the query that says so."""
        raise NotImplementedError


class RenameView(BrowserActionView):
    """Another name."""

    def act_on(self, account: Account, browser: Browser) -> str:
        """Rename the browser."""
        name = self.request.POST.get("name", "").strip()
        # PostgreSQL takes no NUL, and refuses it where it is too late to say so.
        if not 1 <= len(name) <= NAME_LENGTH or "\0" in name:
            return refused("name")
        registry.rename(browser, name)
        return done("renamed")


class PauseView(BrowserActionView):
    """Nothing more is to be sent."""

    def act_on(self, account: Account, browser: Browser) -> str:
        """Pause the browser."""
        registry.pause(browser)
        return done("paused")


class ActivateView(BrowserActionView):
    """Sending goes on."""

    def act_on(self, account: Account, browser: Browser) -> str:
        """Activate the browser."""
        registry.activate(browser)
        return done("activated")


class PreferencesView(BrowserActionView):
    """What a customer wants of one browser, apart from scopes: a switch each."""

    def act_on(self, account: Account, browser: Browser) -> str:
        """Save those that were sent."""
        switches = {
            "hide_details": registry.hide_details,
            "pause_on_sign_out": registry.pause_on_sign_out,
        }
        for name in switches.keys() & self.request.POST.keys():
            # A checkbox that is off sends nothing, so the form holds a 0 before it.
            switches[name](browser, self.request.POST[name] == "1")
        return done("saved")


class RemoveView(BrowserActionView):
    """The registration is to end: the question, and what follows from Yes."""

    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Ask, and say what it means."""
        ask = BrowserView.as_view(template_name="wagtail_push/remove.html")
        return ask(request, **kwargs)

    def act_on(self, account: Account, browser: Browser) -> str:
        """Remove the browser."""
        registry.remove(browser)
        return done("removed")

    def back(self) -> str:
        """Return the list: there are no details any more."""
        return reverse("wagtail_push:settings")


class TestView(BrowserActionView):
    """A test to one browser."""

    def act_on(self, account: Account, browser: Browser) -> str:
        """Send it."""
        registry.send_tests(account, [browser])
        return done("testing")


class CheckView(BrowserActionView):
    """The check of one browser."""

    def act_on(self, account: Account, browser: Browser) -> str:
        """Have FCM asked."""
        registry.check(browser)
        return done("checking")


class ChooseScopeView(BrowserActionView):
    """The switch of one scope."""

    def act_on(self, account: Account, browser: Browser) -> str:
        """Save the choice."""
        wanted = self.request.POST.get("wanted") == "1"
        scope = self.request.POST.get("scope", "")
        if "\0" in scope:
            raise Http404
        try:
            registry.choose_scope(browser, scope, wanted)
        except NotificationScope.DoesNotExist:
            raise Http404 from None
        return done("saved")


class CopyChoicesView(BrowserActionView):
    """The same choices on all browsers of the same login."""

    def act_on(self, account: Account, browser: Browser) -> str:
        """Copy them."""
        registry.copy_choices(browser)
        return done("copied")
