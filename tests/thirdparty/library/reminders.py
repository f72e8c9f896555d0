"""Tell readers which books are due."""

from datetime import date, timedelta

from library.models import Loan
from wagtail_push.exceptions import InvalidNotification
from wagtail_push.messages import Personal
from wagtail_push.models import Notification
from wagtail_push.notify import notify


AHEAD = timedelta(days=2)


def remind(today: date) -> Notification | None:
    """Remind everybody whose books are due soon; safe to call twice a day."""
    books: dict[int, list[str]] = {}
    for loan in Loan.objects.filter(due=today + AHEAD).order_by("book"):
        books.setdefault(loan.reader_id, []).append(loan.book)
    if not books:
        return None
    try:
        return notify(
            "loans",
            [Personal(str(key), books=", ".join(of)) for key, of in books.items()],
            title="Due in two days",
            body="{books}",
            url="/loans/",
            key=f"due-{today}",
        )
    except InvalidNotification:
        # The librarians have retired this kind of notification.
        return None
