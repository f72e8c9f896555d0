"""How fast a Firebase project is sent to, and what holds it: one row for all workers."""

from datetime import datetime, timedelta

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from wagtail_push import outcomes
from wagtail_push.conf import settings
from wagtail_push.messages import Answer, DeliveryResult
from wagtail_push.models import Project


#: What may be sent ahead of the pace: so much time's worth.
AHEAD = timedelta(seconds=1)

#: How long the pace grows after a rest, how long a rest is, and at which part it begins
#: (https://firebase.google.com/docs/cloud-messaging/scale-fcm asks for 60 seconds).
RAMP = timedelta(seconds=60)
REST = timedelta(seconds=60)
FIRST_PART = 0.1

#: Messages that try whether a hold is over, and how long that may take.
PROBE = 10
PROBING = timedelta(seconds=60)

#: The wait of a hold does not grow after so many in a row: a probe is cheap.
LONGEST_HOLDS = 4

#: Holds are counted up to what the column takes.
MOST_HOLDS = 32_767


def current() -> Project:
    """Return the row of the project that the settings name."""
    name = settings.firebase.get("projectId", "")
    return Project.objects.get_or_create(name=name)[0]


def is_open(project: Project, *, interactive: bool) -> bool:
    """Tell whether a page may be sent now.

    Interactive ones spend the budget but do not wait for it. A fault of the set-up does
    not hold them: they are few, and the first that comes through ends the hold.
    """
    now = timezone.now()
    held = project.held_until is not None and project.held_until > now
    if interactive:
        return not held or bool(project.trouble)
    return not held and project.free_at <= now + AHEAD


def wait(project: Project) -> timedelta | None:
    """Return how long the next page waits for its budget; None while it is held."""
    now = timezone.now()
    if project.held_until is not None and project.held_until > now:
        return None
    return max(timedelta(0), project.free_at - AHEAD - now)


def page_size(project: Project, most: int, *, interactive: bool) -> int:
    """Return how many messages the next page may have; 0 when it has to wait.

    Never more than a second's worth. After a hold, one worker alone tries a small page.
    """
    if not is_open(project, interactive=interactive):
        return 0
    if project.held_until is not None and not interactive:
        probing = Project.objects.filter(pk=project.pk, held_until=project.held_until)
        until = timezone.now() + PROBING
        return min(most, PROBE) if probing.update(held_until=until) else 0
    rate = _rate(project, timezone.now())
    return most if rate is None else min(most, max(1, int(rate)))


def spend(project: Project, number: int) -> None:
    """Take this many messages out of the budget: one short UPDATE."""
    now = timezone.now()
    changes: dict[str, object] = {}
    if now - project.free_at > REST:
        project.ramp_from = now
        changes["ramp_from"] = now
    rate = _rate(project, now)
    if rate is None:
        return
    cost = Value(timedelta(seconds=number / rate))
    Project.objects.filter(pk=project.pk).update(
        free_at=Greatest(F("free_at"), Value(now)) + cost, **changes
    )


def _rate(project: Project, now: datetime) -> float | None:
    """Return the messages a second, growing after a rest; None without a limit."""
    if settings.pace is None:
        return None
    part = (
        FIRST_PART if now - project.free_at > REST else (now - project.ramp_from) / RAMP
    )
    return settings.pace / 60 * min(1.0, max(FIRST_PART, part))


def hold(project: Project, result: DeliveryResult, *, interactive: bool) -> None:
    """Send nothing more for a while: every other target would meet with the same."""
    now = timezone.now()
    if interactive and project.held_until is not None and project.held_until > now:
        return  # It was tried all the same, and in vain.
    holds = min(project.holds + 1, MOST_HOLDS)
    until = outcomes.retry_at(now, min(holds, LONGEST_HOLDS), result)
    at_fault = result.answer is Answer.MISCONFIGURED
    # Pages that were on their way together make one hold.
    Project.objects.filter(pk=project.pk, holds=project.holds).update(
        held_until=until,
        ramp_from=until,
        holds=holds,
        trouble=result.detail[:250] if at_fault else "",
    )


def resume(project: Project) -> None:
    """End a hold: a message came through."""
    if project.held_until is not None:
        Project.objects.filter(pk=project.pk, holds=project.holds).update(
            held_until=None, holds=0, trouble=""
        )


def go_on(project: Project) -> None:
    """Let somebody else try whether a hold is over: this page had nobody on it."""
    if project.held_until is not None:
        Project.objects.filter(pk=project.pk, holds=project.holds).update(
            held_until=project.held_until
        )
