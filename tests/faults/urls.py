"""The example site's addresses, and one that does nothing."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from example_site.urls import urlpatterns as _site
from wagtail_push.api.views import WorkerView


class EmptyView(WorkerView):
    """What a receipt costs before it is looked at: the same policies, and no work."""

    def post(self, request: Request) -> Response:
        """Answer at once."""
        return Response(status=204)


urlpatterns = [path("empty/", EmptyView.as_view()), *_site]
