"""What an editor of the example site has written, and the pages to look at it."""

from example_site.demo.stack import Stack


#: A draft, and an announcement in the middle of being sent.
ANNOUNCEMENTS = """\
from datetime import timedelta
from django.utils import timezone
from wagtail_push import announcements, tasks
from wagtail_push.models import Announcement, Notification, NotificationScope

scope = NotificationScope.objects.get(key="outages")
now = timezone.now()
words = {
    "en": ("Office closed on Friday", "We are back on Monday at 8:00."),
    "pl": ("Biuro zamknięte w piątek", "Wracamy w poniedziałek o 8:00."),
}
for _ in range(2):
    announcement = Announcement.objects.create(scope=scope, url="/overview/")
    for language, (title, body) in words.items():
        announcement.texts.create(language=language, title=title, body=body)
    announcement.save()
    announcement.save_revision()
announcements.ask_for_estimate(Announcement.objects.last())
sent = announcements.send(announcement)
Notification.objects.filter(pk=sent.pk).update(
    status="sending", planned=1377, targeted=640, accepted=600, shown=210, clicked=33,
    failed=30, failures={"unregistered": 25, "unavailable": 5}, expired=10,
    left_out={"account-off": 96, "scope-off": 58, "paused": 41},
    started_at=now - timedelta(seconds=20), moved_at=now,
)
tasks.make_estimates()
"""

#: The pages of ours in Wagtail's admin, when all of that is there and somebody has
#: registered a browser.
PAGES = (
    "",
    "snippets/wagtail_push/announcement/",
    "snippets/wagtail_push/announcement/add/",
    "snippets/wagtail_push/announcement/edit/1/",
    "push-announcements/1/send/",
    "push-announcements/2/results/",
    "snippets/wagtail_push/notificationscope/",
    "snippets/wagtail_push/notificationscope/edit/1/",
    "snippets/wagtail_push/notificationscope/inspect/1/",
    "snippets/wagtail_push/scopegroup/",
    "push-accounts/",
    "push-accounts/edit/1/",
    "push-browsers/",
    "push-browsers/inspect/1/",
    "push-browsers/remove/1/",
    "reports/push/deliverability/",
    "reports/push/stale/",
    "settings/wagtail_push/pushsitesettings/1/",
)


def write_announcements(stack: Stack) -> None:
    """Write them into the running site."""
    stack.manage("shell", "-c", ANNOUNCEMENTS)


def make_editor(stack: Stack, login: str) -> None:
    """Let a customer's login into the admin, with all rights."""
    who = f"get_user_model().objects.filter(username={login!r})"
    stack.manage(
        "shell",
        "-c",
        "from django.contrib.auth import get_user_model\n"
        f"{who}.update(is_staff=True, is_superuser=True)",
    )
