"""The portal's pages, and its own service worker."""

from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import FileResponse
from django.views.generic import TemplateView


class SignIn(LoginView):
    template_name = "people/sign_in.html"


class Home(TemplateView):
    template_name = "people/home.html"


@login_not_required
def worker(request):
    """Return the worker for the whole portal."""
    file = Path(__file__).parent / "worker.js"
    return FileResponse(file.open("rb"), content_type="text/javascript")
