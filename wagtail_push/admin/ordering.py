"""Order by dragging."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from wagtail.snippets.views import snippets


class ReorderView(snippets.ReorderView):
    """Moves a row; rows that share a number are told apart first."""

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Number the rows as they are listed, then move the one."""
        # Wagtail's view moves by numbers, and leaves equal ones where they are.
        rows = self.model._default_manager.select_for_update(no_key=True)
        for number, row in enumerate(rows.order_by(self.sort_order_field, "pk")):
            if getattr(row, self.sort_order_field) != number:
                setattr(row, self.sort_order_field, number)
                row.save(update_fields=[self.sort_order_field])
        answer: JsonResponse = super().post(request, *args, **kwargs)
        return answer
