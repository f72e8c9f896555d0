"""Announcements in Wagtail's admin: written, tested, sent once, watched, stopped."""

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import (
    GroupPagePermission,
    Locale,
    ModelLogEntry,
    Page,
    PageViewRestriction,
    Site,
)
from wagtail.test.utils.form_data import inline_formset, nested_form_data
from wagtail.users.models import UserProfile

from tests.admin.editors import sign_in
from wagtail_push import announcements, delivery, tasks
from wagtail_push.admin import sending
from wagtail_push.admin.announcements import AnnouncementForm
from wagtail_push.admin.page_panel import NotifyPanel
from wagtail_push.backends.locmem import LocMemBackend
from wagtail_push.messages import Answer, DeliveryResult
from wagtail_push.models import Announcement, Notification, PushSiteSettings
from wagtail_push.test.factories import (
    AnnouncementFactory,
    AnnouncementTextFactory,
    BrowserFactory,
    LoginFactory,
    ScopeFactory,
)


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("wagtail_rows", "accounts"),
]

#: As the editor's page saves by itself.
JSON = {"headers": {"accept": "application/json"}}

LIST = "wagtailsnippets_wagtail_push_announcement"
Work = Callable[[], None]


def composer(client: Client, *more: str) -> Any:
    """Sign in as an editor who writes and sends."""
    names = [f"{action}_announcement" for action in ("add", "change", "delete", "send")]
    return sign_in(client, *names, *more)


def ours(name: str, announcement: Announcement) -> str:
    return reverse(f"push-announcements:{name}", args=[announcement.pk])


def form_data(scope: Any, **change: Any) -> dict[str, str]:
    """Return what the form of a new announcement posts."""
    data: dict[str, Any] = {
        "scope": str(scope.pk),
        "url": "/invoices/",
        "page_pk": "",
        "image": "",
        "send_at": "",
        "ttl": "",
        "note": "",
        "texts": [
            {"language": "en", "title": "Closed", "body": "Until Monday."},
            {"language": "pl", "title": "Zamknięte", "body": "Do poniedziałku."},
        ],
        **change,
    }
    texts = data.pop("texts")
    return nested_form_data({**data, "texts": inline_formset(texts)})


def counted(announcement: Announcement) -> Announcement:
    """Count whom it would reach, as a worker does."""
    announcements.ask_for_estimate(announcement)
    tasks.make_estimates()
    announcement.refresh_from_db()
    return announcement


def said(response: Any) -> list[str]:
    """Return the messages of a page."""
    return [
        html.unescape(str(message)).strip() for message in response.context["messages"]
    ]


class TestWriting:
    def test_a_draft_is_written_in_two_languages(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = composer(client)
        scope = ScopeFactory()
        BrowserFactory()

        response = client.post(reverse(f"{LIST}:add"), form_data(scope))

        draft = Announcement.objects.get()
        assert response.headers["Location"] == reverse(f"{LIST}:edit", args=[draft.pk])
        assert (draft.created_by, draft.state, str(draft)) == (
            editor,
            "draft",
            "Closed",
        )
        assert {t.language: (t.title, t.body) for t in draft.texts.all()} == {
            "en": ("Closed", "Until Monday."),
            "pl": ("Zamknięte", "Do poniedziałku."),
        }
        tasks.make_estimates()
        page = client.get(response.headers["Location"]).content.decode()
        assert "1 browser" in page
        assert ours("send", draft) in page

    def test_a_revision_keeps_what_the_draft_is_today(self, client: Client) -> None:
        composer(client)
        client.post(reverse(f"{LIST}:add"), form_data(ScopeFactory()))
        draft = counted(Announcement.objects.get())
        old = draft.latest_revision.as_object()

        assert old.estimate == draft.estimate
        assert old.estimated_at == draft.estimated_at

    def test_retired_scopes_are_not_offered(self, client: Client) -> None:
        composer(client)
        retired = ScopeFactory(retired=True)

        response = client.post(reverse(f"{LIST}:add"), form_data(retired))

        assert list(response.context["form"].errors) == ["scope"]
        assert not Announcement.objects.exists()

    def test_two_links_are_refused(self, client: Client) -> None:
        composer(client)
        data = form_data(ScopeFactory(), page_pk="1")

        response = client.post(reverse(f"{LIST}:add"), data)

        assert response.context["form"].errors == {
            "url": ["Choose a page or give an address, not both."]
        }

    def test_audiences_are_offered_where_there_are_any(
        self, client: Client, accounts: Any
    ) -> None:
        composer(client)
        add = reverse(f"{LIST}:add")
        assert "audience" not in client.get(add).context["form"].fields
        accounts.named = {"business": ["C-1"]}

        offered = client.get(add).context["form"].fields["audience"].widget.choices
        assert [str(label) for _, label in offered] == ["Everyone", "Business"]
        client.post(add, form_data(ScopeFactory(), audience="business"))
        assert Announcement.objects.get().audience == "business"

    def test_what_was_sent_can_no_longer_be_changed(self, client: Client) -> None:
        composer(client)
        draft = AnnouncementFactory()
        announcements.send(draft)
        edit = reverse(f"{LIST}:edit", args=[draft.pk])

        assert client.get(edit).headers["Location"] == ours("results", draft)
        response = client.post(edit, form_data(draft.scope), follow=True)

        assert said(response) == [
            "Nothing was saved: this announcement was sent or scheduled meanwhile."
        ]
        assert str(Announcement.objects.get()) == "Office closed on Friday"
        # A page that is still open saves by itself, and reads JSON.
        answer = client.post(edit, form_data(draft.scope), **JSON)
        assert (answer.status_code, answer.json()["error_message"]) == (
            400,
            "Nothing was saved: this announcement was sent or scheduled meanwhile.",
        )
        assert said(client.get(ours("results", draft))) == []

    def test_what_was_sent_is_not_deleted(self, client: Client) -> None:
        composer(client)
        draft = AnnouncementFactory()
        announcements.send(draft)

        response = client.post(reverse(f"{LIST}:delete", args=[draft.pk]), follow=True)

        assert said(response) == [
            "“Office closed on Friday” was sent: it is part of the history and can’t "
            "be deleted."
        ]
        assert Announcement.objects.exists()

    def test_what_is_scheduled_is_unscheduled_before_it_is_deleted(
        self, client: Client
    ) -> None:
        composer(client)
        draft = AnnouncementFactory(send_at=timezone.now() + timedelta(hours=1))
        announcements.send(draft)
        delete = reverse(f"{LIST}:delete", args=[draft.pk])

        assert said(client.post(delete, follow=True)) == [
            "“Office closed on Friday” is scheduled: unschedule it before you delete it."
        ]
        client.post(ours("unschedule", draft))
        client.post(delete)
        assert not Announcement.objects.exists()

    @pytest.mark.parametrize(
        ("mode", "image", "dropped"),
        [("windows", True, False), ("firefox", False, True), ("iphone", False, True)],
    )
    def test_a_preview_says_what_is_dropped_where(
        self, mode: str, image: bool, dropped: bool, client: Client
    ) -> None:
        composer(client)
        draft = AnnouncementFactory(image="https://portal.example/office.jpg")
        preview = reverse(f"{LIST}:preview_on_edit", args=[draft.pk])
        texts = [{"language": "en", "title": "T" * 70, "body": "B"}]
        client.post(preview, form_data(draft.scope, image=draft.image, texts=texts))

        page = client.get(preview, {"mode": mode}).content.decode()

        assert ('class="image"' in page) is image
        assert ("The image is not shown." in page) is dropped
        assert "The title is cut off here." in page

    def test_a_preview_speaks_the_editors_language(self, client: Client) -> None:
        editor = composer(client)
        UserProfile.objects.create(user=editor, preferred_language="pl")
        draft = AnnouncementFactory()
        preview = reverse(f"{LIST}:preview_on_edit", args=[draft.pk])

        client.post(preview, form_data(draft.scope))
        page = client.get(preview, {"mode": "iphone"}).content.decode()

        assert '<html lang="pl">' in page
        assert "tylko portal dodany do ekranu początkowego" in page

    def test_a_preview_shows_what_operators_have_set(self, client: Client) -> None:
        composer(client)
        root = Page.get_first_root_node()
        site = Site.objects.create(
            hostname="localhost", root_page=root, is_default_site=True
        )
        PushSiteSettings.objects.create(site=site, name="Town Hall", icon="/crest.png")
        draft = AnnouncementFactory()
        preview = reverse(f"{LIST}:preview_on_edit", args=[draft.pk])

        client.post(preview, form_data(draft.scope))
        page = client.get(preview, {"mode": "windows"}).content.decode()

        assert '<p class="from">Town Hall</p>' in page
        assert 'src="/crest.png"' in page


class TestSending:
    def test_it_is_sent_once_with_the_number_in_view(
        self, client: Client, locmem: list[Any], work: Work
    ) -> None:
        editor = composer(client)
        for _ in range(2):
            BrowserFactory()
        draft = counted(AnnouncementFactory())
        page = client.get(ours("send", draft)).content.decode()
        assert "Send to 2 browsers now" in page
        # A double click, or another tab.
        for _ in range(2):
            response = client.post(ours("send", draft), {"number": "2"})
            assert response.headers["Location"] == ours("results", draft)
        other = Client()
        composer(other)
        other.post(ours("send", draft), {"number": "2"})
        work()

        assert len(locmem) == 2
        assert Notification.objects.count() == 1
        [entry] = ModelLogEntry.objects.filter(action="wagtail_push.send")
        assert (entry.user, entry.data["estimate"]) == (editor, 2)

    def test_another_number_than_the_one_in_view_is_refused(
        self, client: Client, locmem: list[Any]
    ) -> None:
        composer(client)
        BrowserFactory()
        draft = counted(AnnouncementFactory())

        response = client.post(ours("send", draft), {"number": "5"})

        assert "The number has changed" in said(response)[0]
        assert not Notification.objects.exists()

    def test_whom_it_is_for_is_in_view(self, client: Client, accounts: Any) -> None:
        composer(client)
        accounts.named = {"business": ["C-1"]}

        def facts(**more: str) -> str:
            draft = AnnouncementFactory(**more)
            page = client.get(ours("send", draft)).content.decode()
            return page.partition('<dl class="push-facts">')[2].partition("</dl>")[0]

        told = "<dt>Audience</dt><dd>Business</dd>"
        assert told in facts(audience="business")
        assert "Audience" not in facts()

    def test_other_words_than_those_in_view_are_refused(
        self, client: Client, locmem: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        composer(client)
        client.post(reverse(f"{LIST}:add"), form_data(ScopeFactory()))
        draft = counted(Announcement.objects.get())

        def press(page: str) -> Any:
            [version] = re.findall('name="version" value="(.*?)"', page)
            data = {"number": "0", "version": version}
            return client.post(ours("send", draft), data, follow=True)

        def change() -> None:
            draft.texts.update(title="Open")
            draft.save_revision()

        page = client.get(ours("send", draft)).content.decode()
        changed = (
            "Somebody has changed the announcement since this page was opened. Look at "
            "it again."
        )
        with monkeypatch.context() as patch:
            # At the very moment at which somebody presses the button.
            guards = announcements.guards
            patch.setattr(
                announcements, "guards", lambda one: [*guards(one), change()][:-1]
            )
            assert said(press(page)) == [changed]
        response = press(page)
        assert said(response) == [changed]
        assert not Notification.objects.exists()
        press(response.content.decode())
        assert Notification.objects.exists()

    def test_the_time_zone_is_that_of_the_time(
        self, client: Client, time_machine: Any
    ) -> None:
        time_machine.move_to(datetime(2026, 11, 27, 12, tzinfo=UTC), tick=False)
        composer(client)
        summer = datetime(2027, 7, 1, 8, tzinfo=UTC)
        draft = counted(AnnouncementFactory(send_at=summer))

        page = client.get(ours("send", draft)).content.decode()

        assert "July 1, 2027, 10 a.m. (CEST)" in page

    def test_many_have_to_be_typed(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("wagtail_push.admin.sending.MANY", 1)
        composer(client)
        BrowserFactory()
        draft = counted(AnnouncementFactory())

        page = client.get(ours("send", draft)).content.decode()

        assert 'type="hidden" name="number"' not in page
        assert "Type the number 1 to confirm" in page
        # Wagtail draws a frame around fields that name their type, and no other.
        assert '<input type="text" class="push-number-field" id="push-number"' in page

    def test_without_an_estimate_it_is_not_sent(self, client: Client) -> None:
        composer(client)
        draft = AnnouncementFactory()

        page = client.get(ours("send", draft)).content.decode()
        response = client.post(ours("send", draft), {"number": "0"})

        assert "data-push-send" not in page
        assert said(response) == ["It is not counted yet how many would get it."]
        draft.refresh_from_db()
        assert draft.estimate_asked_at is not None

    def test_a_test_goes_to_my_own_browsers(
        self, client: Client, locmem: list[Any], work: Work
    ) -> None:
        editor = composer(client)
        mine = BrowserFactory(login=editor)
        BrowserFactory(login=editor, paused_at=timezone.now())
        draft = AnnouncementFactory()

        page = client.get(ours("send", draft)).content.decode()
        response = client.post(ours("test", draft), follow=True)
        work()

        words = "A test goes to 1 browser that you have registered on the portal."
        assert words in page

        assert said(response) == ["A test is on its way to 1 browser of yours."]
        assert [e.target.value for e in locmem] == [mine.installation.target]
        assert ModelLogEntry.objects.filter(action="wagtail_push.test").count() == 1

    def test_who_only_writes_tests_but_does_not_send(
        self, client: Client, locmem: list[Any], work: Work
    ) -> None:
        editor = sign_in(client, "change_announcement")
        BrowserFactory(login=editor)
        BrowserFactory()
        draft = counted(AnnouncementFactory())

        edit = client.get(reverse(f"{LIST}:edit", args=[draft.pk])).content.decode()
        page = client.get(ours("send", draft)).content.decode()
        client.post(ours("test", draft))
        work()
        refused = client.post(ours("send", draft), {"number": "2"})

        assert ours("send", draft) in edit
        assert ours("test", draft) in page
        assert "Somebody who may send announcements sends it." in page
        assert "data-push-send" not in page
        assert len(locmem) == 1
        assert refused.url == reverse("wagtailadmin_home")
        draft.refresh_from_db()
        assert draft.is_draft

    def test_a_test_without_a_browser_says_how_to_get_one(self, client: Client) -> None:
        composer(client)
        draft = AnnouncementFactory()

        page = client.get(ours("send", draft)).content.decode()
        response = client.post(ours("test", draft), follow=True)

        assert "Turn notifications on at the portal" in page
        assert len(said(response)) == 1
        assert not Notification.objects.exists()


class TestChanging:
    """Nobody sends what somebody else approved as something else."""

    def change(self, client: Client, draft: Announcement, **change: Any) -> Any:
        text = draft.texts.get()
        given = {"language": "en", "title": "Changed", "body": "B", "id": str(text.pk)}
        data = {**form_data(draft.scope, texts=[]), **change}
        inline = nested_form_data({"texts": inline_formset([given], initial=1)})
        edit = reverse(f"{LIST}:edit", args=[draft.pk])
        return client.post(edit, {**data, **inline}, follow=True)

    def test_another_scope_has_another_number(self, client: Client) -> None:
        composer(client)
        BrowserFactory()
        draft = counted(AnnouncementFactory(scope=ScopeFactory(default="off")))
        many = ScopeFactory(key="many")

        self.change(client, draft, scope=str(many.pk))
        page = client.get(ours("send", draft)).content.decode()
        response = client.post(ours("send", draft), {"number": "0"})

        assert "data-push-send" not in page
        assert said(response) == ["It is not counted yet how many would get it."]
        assert not Notification.objects.exists()

    def test_sent_in_the_middle_of_saving_it_stays_sent(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        composer(client)
        draft = AnnouncementFactory()
        self.meanwhile(monkeypatch, lambda: announcements.send(draft))

        response = self.change(client, draft)

        assert said(response) == [
            "Nothing was saved: this announcement was sent or scheduled meanwhile."
        ]
        draft.refresh_from_db()
        assert draft.notification == Notification.objects.get()
        assert draft.texts.get().title == "Office closed on Friday"

    def test_what_was_said_in_the_middle_of_saving_holds(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = Page.get_first_root_node()
        page = root.add_child(instance=Page(title="Prices", live=False))
        draft = AnnouncementFactory(url="", page_pk=page.pk)
        composer(client)
        self.meanwhile(monkeypatch, lambda: announcements.send_on_publish(draft))

        self.change(client, draft, url="", page_pk=str(page.pk))

        draft.refresh_from_db()
        assert draft.on_publish
        assert draft.texts.get().title == "Changed"

    def meanwhile(self, monkeypatch: pytest.MonkeyPatch, act: Work) -> None:
        """Have somebody else do something while a form is looked through."""
        clean = AnnouncementForm.clean

        def slowly(form: AnnouncementForm) -> dict[str, Any]:
            act()
            return clean(form)

        monkeypatch.setattr(AnnouncementForm, "clean", slowly)

    def test_what_waits_for_its_page_is_not_saved_half_typed(
        self, client: Client
    ) -> None:
        composer(client)
        client.post(reverse(f"{LIST}:add"), form_data(ScopeFactory()))
        draft = Announcement.objects.get()
        edit = reverse(f"{LIST}:edit", args=[draft.pk])
        assert "w-autosave" in client.get(edit).content.decode()
        Announcement.objects.update(on_publish=True)

        page = client.get(edit).content.decode()
        answer = client.post(edit, form_data(draft.scope, note="half"), **JSON)

        assert "data-w-autosave-interval-value" not in page
        assert answer.status_code == 400
        assert Announcement.objects.get().note == ""

    def test_saving_by_itself_counts_only_another_scope_anew(
        self, client: Client
    ) -> None:
        composer(client)
        draft = counted(AnnouncementFactory())
        asked = draft.estimate_asked_at
        text = draft.texts.get()
        given = {"language": "en", "title": "T", "body": "B", "id": str(text.pk)}
        edit = reverse(f"{LIST}:edit", args=[draft.pk])

        def save(**change: Any) -> None:
            data = {**form_data(draft.scope, texts=[]), **change}
            inline = nested_form_data({"texts": inline_formset([given], initial=1)})
            answer = client.post(edit, {**data, **inline}, **JSON)
            assert answer.json()["success"], answer.json()
            draft.refresh_from_db()

        save(note="Half a word")
        assert (draft.note, draft.estimate_asked_at) == ("Half a word", asked)
        save(scope=str(ScopeFactory().pk))
        assert draft.estimate_asked_at > asked
        assert draft.estimate is None

    @pytest.mark.parametrize("who", ["a writer", "a sender"])
    def test_an_older_version_is_no_way_round(self, who: str, client: Client) -> None:
        if who == "a writer":
            sign_in(client, "change_announcement")
        else:
            composer(client)
        root = Page.get_first_root_node()
        page = root.add_child(instance=Page(title="Prices", live=False))
        draft = AnnouncementFactory(url="", page_pk=page.pk)
        old = draft.save_revision()
        draft.scope = ScopeFactory()
        draft.save()
        draft.save_revision()
        counted(draft)
        announcements.send_on_publish(draft)
        text = draft.texts.get()
        given = {"language": "en", "title": "Old", "body": "B", "id": str(text.pk)}
        scope = old.as_object().scope
        data = form_data(scope, url="", page_pk=str(page.pk), texts=[])
        inline = nested_form_data({"texts": inline_formset([given], initial=1)})
        revert = reverse(f"{LIST}:revisions_revert", args=[draft.pk, old.pk])

        client.post(revert, {**data, **inline})

        draft.refresh_from_db()
        assert (draft.scope, draft.texts.get().title) == (scope, "Old")
        assert draft.estimate is None
        assert not draft.on_publish

    @pytest.mark.parametrize(
        "who",
        [
            "a writer",
            "a sender who chose another scope",
            "a sender who chose another page",
        ],
    )
    def test_what_waits_for_its_page_waits_no_more(
        self, who: str, client: Client
    ) -> None:
        root = Page.get_first_root_node()
        page = root.add_child(instance=Page(title="Prices", live=False))
        draft = AnnouncementFactory(url="", page_pk=page.pk, on_publish=True)
        change: dict[str, Any] = {"url": "", "page_pk": str(page.pk)}
        if who == "a writer":
            sign_in(client, "change_announcement")
        else:
            composer(client)
        if who.endswith("scope"):
            change["scope"] = str(ScopeFactory().pk)
        if who.endswith("page"):
            other = root.add_child(instance=Page(title="News"))
            change["page_pk"] = str(other.pk)

        response = self.change(client, draft, **change)

        assert any("does not wait for its page any more" in m for m in said(response))
        for one in Page.objects.exclude(pk=root.pk):
            one.save_revision().publish()
        assert not Notification.objects.exists()

    def test_a_sender_may_mend_the_words_of_what_waits(self, client: Client) -> None:
        root = Page.get_first_root_node()
        page = root.add_child(instance=Page(title="Prices", live=False))
        draft = AnnouncementFactory(url="", page_pk=page.pk, on_publish=True)
        composer(client)

        self.change(client, draft, url="", page_pk=str(page.pk))

        page.save_revision().publish()
        assert Notification.objects.get().title == {"en": "Changed"}

    def test_copying_never_changes_the_other_one(self, client: Client) -> None:
        sign_in(client, "add_announcement", "view_announcement")
        sent = AnnouncementFactory(text__title="As it was sent")
        announcements.send(sent)

        answer = client.post(
            reverse(f"{LIST}:copy", args=[sent.pk]), form_data(sent.scope)
        )

        assert answer.status_code == 405
        assert [text.title for text in sent.texts.all()] == ["As it was sent"]

    def test_what_was_scheduled_and_taken_back_waits_for_no_page(
        self, client: Client
    ) -> None:
        root = Page.get_first_root_node()
        page = root.add_child(instance=Page(title="Prices", live=False))
        composer(client)
        later = timezone.now() + timedelta(days=1)
        draft = counted(AnnouncementFactory(url="", page_pk=page.pk, send_at=later))
        client.post(ours("send", draft), {"number": "0", "on_publish": "yes"})
        client.post(ours("send", draft), {"number": "0"})

        response = client.post(ours("unschedule", draft), follow=True)

        assert said(response) == ["It is a draft again."]
        draft.refresh_from_db()
        assert draft.state == Announcement.State.DRAFT

    def test_an_audience_that_is_gone_can_be_taken_away(self, client: Client) -> None:
        composer(client)
        draft = AnnouncementFactory(audience="vip")
        edit = reverse(f"{LIST}:edit", args=[draft.pk])
        assert "vip (no longer known)" in client.get(edit).content.decode()

        self.change(client, draft, audience="")

        draft.refresh_from_db()
        assert draft.audience == ""


def test_a_search_finds_each_once(client: Client) -> None:
    composer(client)
    draft = AnnouncementFactory(text__title="Office")
    AnnouncementTextFactory(announcement=draft, language="pl", title="Office")

    response = client.get(reverse(f"{LIST}:list"), {"q": "office"})

    assert list(response.context["object_list"]) == [draft]


@pytest.mark.parametrize("separates", [True, False])
def test_a_number_may_be_typed_as_it_is_shown(
    client: Client, settings: Any, separates: bool
) -> None:
    # Readers of large numbers need it, wherever the portal has it.
    settings.USE_THOUSAND_SEPARATOR = separates
    composer(client)
    draft = AnnouncementFactory()
    now = timezone.now()
    told = {"installations": 1234, "accounts": 1, "left_out": {}}
    Announcement.objects.filter(pk=draft.pk).update(
        estimate=told, estimated_at=now, estimate_asked_at=now - timedelta(seconds=5)
    )
    page = client.get(ours("send", draft)).content.decode()
    assert "the number 1,234 to" in page
    assert "Send to 1,234 browsers now" in page
    assert "<strong>1,234 browsers</strong>" in page

    client.post(ours("send", draft), {"number": "1,234"})

    draft.refresh_from_db()
    assert draft.notification is not None


def test_what_waits_for_its_retry_is_not_done(
    client: Client, locmem: list[Any], answers: Any, work: Work
) -> None:
    composer(client)
    browsers = BrowserFactory.create_batch(4)
    away = DeliveryResult(answer=Answer.UNAVAILABLE)
    answers[browsers[0].installation.target] = away
    sent = AnnouncementFactory()
    announcements.send(sent)
    work()

    page = client.get(ours("results", sent)).content.decode()

    assert ">3 of 4<" in page
    assert "seconds left" not in page
    sent.refresh_from_db()
    found = {line.label: line.number for line in sending.lines(sent.notification)}
    assert found["Waiting to be tried again"] == 1
    assert (found["Targeted"], found["Accepted"]) == (4, 3)


class TestGuards:
    @pytest.fixture(autouse=True)
    def _noon(self, time_machine: Any) -> None:
        time_machine.move_to(datetime(2026, 11, 27, 12, tzinfo=UTC), tick=False)

    def texts(self, draft: Announcement) -> list[tuple[str, bool]]:
        return [(g.text, g.blocks) for g in announcements.guards(draft)]

    def test_nothing_speaks_against_it(self, settings: Any) -> None:
        settings.LANGUAGES = [("en", "English")]

        assert self.texts(AnnouncementFactory()) == []

    def test_languages_that_are_missing(self) -> None:
        assert self.texts(AnnouncementFactory()) == [
            (
                "There is no text in: Polski, Čeština. Customers who read these "
                "languages get the text in another one.",
                False,
            )
        ]

    def test_similar_lately(self, settings: Any, time_machine: Any) -> None:
        settings.LANGUAGES = [("en", "English")]
        first = AnnouncementFactory()
        announcements.send(first)
        again = AnnouncementFactory(scope=first.scope)
        told = "An announcement with the same title was sent in the last 24 hours."

        assert self.texts(again) == [(told, False)]
        time_machine.shift(timedelta(hours=24))
        assert self.texts(again) == []

    def test_pages(self, settings: Any) -> None:
        settings.LANGUAGES = [("en", "English")]
        root = Page.get_first_root_node()
        page = root.add_child(instance=Page(title="News", live=False))
        draft = AnnouncementFactory(url="", page_pk=page.pk)
        assert self.texts(draft) == [("The page “News” is not published.", False)]
        page.live = True
        page.save()
        PageViewRestriction.objects.create(page=page, restriction_type="login")
        assert self.texts(draft) == [
            ("Not everybody can read the page “News”: it is private.", False)
        ]
        page.delete()
        assert self.texts(draft) == [("The page that it links to is gone.", True)]

    def test_what_cant_be_sent_blocks(self, client: Client, settings: Any) -> None:
        settings.LANGUAGES = [("en", "English")]
        composer(client)
        settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES
        draft = counted(AnnouncementFactory(text__body="x" * 4000))

        [(text, blocks)] = self.texts(draft)
        assert (text[:19], blocks) == ("The notification is", True)
        assert "data-push-send" not in client.get(ours("send", draft)).content.decode()
        client.post(ours("send", draft), {"number": "0"})
        assert not Notification.objects.exists()

    def test_an_audience_that_does_not_see_the_scope_blocks(
        self, accounts: Any, settings: Any
    ) -> None:
        settings.LANGUAGES = [("en", "English")]
        accounts.named = {"business": ["C-1"], "hosting": ["C-2"]}
        draft = AnnouncementFactory(
            scope__audience="business",
            scope__text__title="Offers",
            audience="hosting",
        )

        assert self.texts(draft) == [
            (
                "The notification scope “Offers” is for the audience “business” alone: "
                "leave it at everyone, which is that audience, instead of “hosting”.",
                True,
            )
        ]
        draft.audience = "business"
        assert self.texts(draft) == []

    def test_quiet_hours(self, settings: Any) -> None:
        settings.LANGUAGES = [("en", "English")]
        site = Site.objects.create(
            hostname="localhost",
            root_page=Page.get_first_root_node(),
            is_default_site=True,
        )
        # It is noon in UTC and 13:00 in Prague.
        PushSiteSettings.objects.create(site=site, quiet_from="12:30", quiet_to="14:00")
        told = "It would come in the quiet hours of this site’s settings."

        assert self.texts(AnnouncementFactory()) == [(told, False)]
        later = timezone.now() + timedelta(hours=2)
        assert self.texts(AnnouncementFactory(send_at=later)) == []

    def test_without_a_link(self, settings: Any) -> None:
        settings.LANGUAGES = [("en", "English")]

        assert self.texts(AnnouncementFactory(url="")) == [
            ("It has no link: a click opens the settings page.", False)
        ]


class TestResults:
    @pytest.fixture
    def sent(self, monkeypatch: pytest.MonkeyPatch, locmem: list[Any]) -> Announcement:
        """Send to five in pages of two; the first has left."""
        monkeypatch.setattr(LocMemBackend, "page_size", 2)
        BrowserFactory.create_batch(5)
        BrowserFactory(paused_at=timezone.now())
        draft = AnnouncementFactory()
        announcements.send(draft)
        tasks.plan()
        batch = delivery.claim()
        assert batch
        delivery.deliver(batch)
        draft.refresh_from_db()
        return draft

    def test_progress_survives_reload_and_a_second_watcher(
        self, sent: Announcement, client: Client
    ) -> None:
        composer(client)
        other = Client()
        sign_in(other, "statistics_announcement")

        for watcher in (client, other):
            for query in ({}, {"part": ""}):
                page = watcher.get(ours("results", sent), query).content.decode()
                assert '<progress id="push-progress"' in page
                assert 'max="5" value="2"' in page
                assert "2 of 5" in page
        assert "data-push-cancel" not in page  # who only watches does not stop it

    @pytest.mark.parametrize(
        ("seconds", "planned", "told"),
        [
            (1, 5, "2 a second · about 2 seconds left"),
            (20, 5, "6 a minute · about 30 seconds left"),
            (4, 1_000_000, "500 a second · about 33 minutes left"),
        ],
    )
    def test_pace_and_time_left_are_told_in_what_fits(
        self, sent: Announcement, client: Client, seconds: int, planned: int, told: str
    ) -> None:
        composer(client)
        now = timezone.now()
        done = 2000 if planned > 5 else 2
        Notification.objects.update(
            started_at=now - timedelta(seconds=seconds),
            moved_at=now,
            planned=planned,
            targeted=done,
            accepted=done,
        )

        page = client.get(ours("results", sent)).content.decode()

        assert f"<p>{told}</p>" in page

    def test_cancelled_in_the_middle_and_resumed(
        self, sent: Announcement, client: Client, locmem: list[Any], work: Work
    ) -> None:
        composer(client)

        response = client.post(ours("cancel", sent), follow=True)
        assert said(response) == ["Cancelled. 2 browsers had got it before."]
        work()
        assert len(locmem) == 2
        page = client.get(ours("results", sent)).content.decode()
        assert "data-push-resume" in page
        response = client.post(ours("resume", sent), follow=True)
        assert said(response) == ["It goes on where it stopped. Nobody gets it twice."]
        work()

        assert len({e.target.value for e in locmem}) == len(locmem) == 5
        actions = ModelLogEntry.objects.order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["wagtail_push.cancel", "wagtail_push.resume"]

    def test_what_is_done_can_no_longer_be_stopped_or_resumed(
        self, sent: Announcement, client: Client, work: Work
    ) -> None:
        composer(client)
        work()

        for name in ("cancel", "resume"):
            response = client.post(ours(name, sent), follow=True)
            assert said(response) == ["It has been sent already."]
        assert not ModelLogEntry.objects.exists()

    def test_stalled_is_shown_as_stalled(
        self, sent: Announcement, client: Client
    ) -> None:
        composer(client)
        yesterday = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
        Notification.objects.update(moved_at=yesterday)

        page = client.get(ours("results", sent)).content.decode()

        assert "Stalled" in page
        assert "Nothing has left since 11/26/2026 10:30 a.m." in page
        assert "data-push-resume" in page

    def test_what_google_says_is_for_developers(
        self, sent: Announcement, client: Client
    ) -> None:
        editor = composer(client)
        UserProfile.objects.create(user=editor, preferred_language="pl")
        Notification.objects.update(trouble="The service account was revoked.")

        page = client.get(ours("results", sent)).content.decode()

        told = '<span lang="en">The service account was revoked.</span>'
        assert f"Dla programistów portalu: {told}" in page

    def test_the_table_can_be_downloaded(
        self, sent: Announcement, client: Client, work: Work
    ) -> None:
        sign_in(client, "statistics_announcement")
        work()
        Notification.objects.update(failed=1, failures={"unregistered": 1}, accepted=4)

        response = client.get(ours("results", sent), {"export": "csv"})

        assert list(csv.reader(io.StringIO(response.content.decode()))) == [
            ["What", "Number"],
            ["Targeted", "5"],
            ["Accepted", "4"],
            ["Shown", "0"],
            ["Clicked", "0"],
            ["Failed", "1"],
            ["no longer registered: these browsers were removed", "1"],
            ["Expired", "0"],
            ["Not sent", "0"],
            ["Left out: paused by the customer", "1"],
        ]

    def test_what_is_scheduled_can_be_taken_back(self, client: Client) -> None:
        composer(client)
        draft = AnnouncementFactory(send_at=timezone.now() + timedelta(hours=1))
        announcements.send(draft)

        response = client.post(ours("unschedule", draft), follow=True)

        assert said(response)[0] == "It is a draft again."
        draft.refresh_from_db()
        assert draft.is_draft


@pytest.mark.parametrize(
    "codenames",
    [
        ["send"],
        ["statistics"],
        ["change"],
        ["add"],
        ["change", "send"],
        ["add", "view", "statistics"],
        ["add", "change", "delete", "send"],
    ],
    ids="-".join,
)
def test_every_way_on_is_open(client: Client, codenames: list[str]) -> None:
    sign_in(client, *[f"{codename}_announcement" for codename in codenames])
    draft, sent = AnnouncementFactory(), AnnouncementFactory()
    announcements.send(sent)
    found = set()

    for page in (ours("send", draft), ours("results", sent)):
        response = client.get(page)
        if response.status_code == 200:
            main = response.content.decode().partition("<main")[2]
            found |= set(re.findall('href="(/admin/[^"]+)"', main))
    for url in found:
        assert client.get(url).status_code == 200, url

    whole = {reverse(f"{LIST}:{name}", args=[sent.pk]) for name in ("copy", "history")}
    assert (whole <= found) == (len(codenames) > 2)


def test_no_level_of_headings_is_left_out(client: Client) -> None:
    composer(client)
    draft, sent = AnnouncementFactory(), AnnouncementFactory()
    announcements.send(sent)
    Notification.objects.update(left_out={"paused": 1})

    for page in (ours("send", draft), ours("results", sent)):
        main = client.get(page).content.decode().partition("<main")[2]
        levels = [int(level) for level in re.findall("<h([1-6])", main)]
        assert len(levels) > 1
        assert all(after - before <= 1 for before, after in pairwise(levels)), levels


def test_the_list_costs_the_same_however_many_there_are(client: Client) -> None:
    composer(client)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse(f"{LIST}:list"))
        assert page.status_code == 200
        return len(captured)

    announcements.send(AnnouncementFactory())
    queries()
    one = queries()
    for _ in range(10):
        announcements.send(AnnouncementFactory())
    assert queries() == one


class TestAboutAPage:
    @pytest.fixture
    def page(self) -> Page:
        """Return a page that is not published yet."""
        root = Page.get_first_root_node()
        page: Page = root.add_child(
            instance=Page(title="Prices", search_description="New in May.", live=False)
        )
        page.save_revision()
        return page

    def test_the_pages_editor_leads_to_an_announcement(
        self, page: Page, client: Client
    ) -> None:
        editor = composer(client)
        panel = NotifyPanel().bind_to_model(Page)
        written = AnnouncementFactory(url="", page_pk=page.pk)

        def bound(user: Any) -> Any:
            request = RequestFactory().get("/")
            request.user = user
            return panel.get_bound_panel(instance=page, request=request, form=None)

        assert not bound(LoginFactory()).is_shown()
        shown = bound(editor)
        assert shown.is_shown()
        html = shown.render_html()
        assert reverse(f"{LIST}:edit", args=[written.pk]) in html
        # Who may not read the page's draft begins with none of its words.
        assert self.begun(client, shown.add_url, page) == {"language": "en"}
        may = Group.objects.create(name="Page editors")
        change = Permission.objects.get(codename="change_page")
        GroupPagePermission.objects.create(group=may, page=page, permission=change)
        editor.groups.add(may)
        assert self.begun(client, shown.add_url, page) == {
            "language": "en",
            "title": "Prices",
            "body": "New in May.",
        }

    def begun(self, client: Client, url: str, page: Page) -> dict[str, str]:
        """Return what the text of a new announcement about the page begins with."""
        form = client.get(url).context["form"]
        assert form.instance.page_pk == page.pk
        [text] = [one for one in form.formsets["texts"] if one.initial]
        initial: dict[str, str] = text.initial
        return initial

    @pytest.mark.parametrize(
        ("language", "begun"), [("pl", "pl"), ("de", "en")], ids=["known", "unknown"]
    )
    def test_its_words_are_in_the_language_of_the_page(
        self, language: str, begun: str, page: Page, admin_client: Client
    ) -> None:
        page.locale = Locale.objects.create(language_code=language)
        page.save()

        url = f"{reverse(f'{LIST}:add')}?page={page.pk}"

        assert self.begun(admin_client, url, page)["language"] == begun

    def test_a_pages_editor_is_led_where_they_may_go(
        self, page: Page, client: Client
    ) -> None:
        sent = AnnouncementFactory(url="", page_pk=page.pk)
        announcements.send(sent)
        draft = AnnouncementFactory(url="", page_pk=page.pk)
        panel = NotifyPanel().bind_to_model(Page)

        def links(*codenames: str) -> list[str]:
            request = RequestFactory().get("/")
            request.user = sign_in(client, "add_announcement", *codenames)
            shown = panel.get_bound_panel(instance=page, request=request, form=None)
            found = re.findall('<li><a href="(.*?)"', shown.render_html())
            for url in found:
                assert client.get(url).status_code == 200
            return found

        assert links() == []
        edit = reverse(f"{LIST}:edit", args=[draft.pk])
        assert links("change_announcement") == [edit]
        assert links("statistics_announcement") == [ours("results", sent)]
        assert links("send_announcement") == [
            ours("send", draft),
            ours("results", sent),
        ]

    def test_it_is_sent_when_the_page_is_published(
        self, page: Page, client: Client, locmem: list[Any], work: Work
    ) -> None:
        composer(client)
        BrowserFactory()
        draft = counted(AnnouncementFactory(url="", page_pk=page.pk))
        assert (
            "data-push-on-publish" in client.get(ours("send", draft)).content.decode()
        )
        client.post(ours("send", draft), {"number": "1", "on_publish": "yes"})
        work()
        draft.refresh_from_db()
        assert (draft.state, locmem) == (Announcement.State.ON_PUBLISH, [])

        page.get_latest_revision().publish()
        work()

        assert len(locmem) == 1
        draft.refresh_from_db()
        assert (draft.state, draft.on_publish) == (Announcement.State.DONE, False)
        # Published again, it is not sent again.
        page.save_revision().publish()
        work()
        assert len(locmem) == 1

    def test_it_is_sent_when_the_page_is_published_at_this_moment(
        self, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draft = AnnouncementFactory(url="", page_pk=page.pk)
        look = announcements.waits_for_page

        def publish_meanwhile(announcement: Announcement) -> bool:
            waits = look(announcement)
            page.get_latest_revision().publish()
            return waits

        monkeypatch.setattr(announcements, "waits_for_page", publish_meanwhile)
        announcements.send_on_publish(draft)

        draft.refresh_from_db()
        assert draft.notification is not None
        assert not draft.on_publish

    def test_what_was_taken_back_at_this_moment_is_not_sent(
        self, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(2):
            AnnouncementFactory(url="", page_pk=page.pk, on_publish=True)
        send = announcements.send

        def take_back_the_rest(announcement: Announcement) -> Notification:
            rest = Announcement.objects.exclude(pk=announcement.pk)
            rest.update(on_publish=False)
            return send(announcement)

        monkeypatch.setattr(announcements, "send", take_back_the_rest)
        page.get_latest_revision().publish()

        assert Notification.objects.count() == 1

    def test_it_can_stop_waiting(self, page: Page, client: Client) -> None:
        composer(client)
        draft = counted(AnnouncementFactory(url="", page_pk=page.pk))
        client.post(ours("send", draft), {"number": "0", "on_publish": "yes"})

        client.post(ours("unschedule", draft))
        page.get_latest_revision().publish()

        draft.refresh_from_db()
        assert draft.state == Announcement.State.DRAFT
        assert not Notification.objects.exists()

    def test_what_cant_be_sent_then_stays_a_draft_and_is_logged(
        self, page: Page, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        composer(client)
        draft = counted(AnnouncementFactory(url="", page_pk=page.pk))
        client.post(ours("send", draft), {"number": "0", "on_publish": "yes"})
        draft.scope.retired = True
        draft.scope.save()

        page.get_latest_revision().publish()

        draft.refresh_from_db()
        assert draft.state == Announcement.State.DRAFT
        assert "was not sent: The notification scope" in caplog.text
