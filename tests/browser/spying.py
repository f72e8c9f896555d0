"""See what pages do in a Firefox: what they call, and where they send requests."""

from __future__ import annotations

from wagtail_push.test.firefox import Firefox


#: In every content process, before any script of a page runs.
IN_PAGES = """
const note = (origin, call) =>
  Services.cpmm.sendAsyncMessage("wagtail-push:called", { origin, call });
const spy = (page, owner, name) => {
  const original = owner[name];
  const called = function (...given) {
    note(page.location.origin, name);
    return original.call(this, ...given);
  };
  Cu.exportFunction(called, owner, { defineAs: name });
};
Services.obs.addObserver(
  {
    observe(window) {
      const page = Cu.waiveXrays(window);
      if (!page || !("Notification" in page)) return;
      spy(page, page.Notification, "requestPermission");
      if ("PushManager" in page) spy(page, page.PushManager.prototype, "subscribe");
      note(page.location.origin, "opened");
    },
  },
  "content-document-global-created",
);
"""

SPY = """
const watched = Boolean(window.wagtailPushCalls);
window.wagtailPushCalls = [];
window.wagtailPushRequests = [];
if (watched) return;
Services.ppmm.addMessageListener("wagtail-push:called", ({ data }) => {
  window.wagtailPushCalls.push(data);
});
Services.ppmm.loadProcessScript(
  "data:text/javascript," + encodeURIComponent(arguments[0]), true
);
Services.obs.addObserver(
  {
    observe(channel) {
      channel.QueryInterface(Ci.nsIHttpChannel);
      const from = channel.loadInfo.triggeringPrincipal;
      if (from.isContentPrincipal) {
        window.wagtailPushRequests.push([from.originNoSuffix, channel.URI.spec]);
      }
    },
  },
  "http-on-modify-request",
);
"""


class Spy:
    """Notes what the pages of one origin do from now on."""

    def __init__(self, firefox: Firefox, origin: str) -> None:
        self.firefox = firefox
        self.origin = origin
        firefox.chrome(SPY, IN_PAGES)

    def calls(self, name: str) -> int:
        """Return how often ``requestPermission`` or ``subscribe`` was called.

        ``opened`` counts the pages themselves.
        """
        noted = self.firefox.chrome("return window.wagtailPushCalls")
        return noted.count({"origin": self.origin, "call": name})

    def requests(self) -> list[str]:
        """Return the addresses that pages of the origin asked for."""
        noted = self.firefox.chrome("return window.wagtailPushRequests")
        return [url for origin, url in noted if origin == self.origin]

    def requests_elsewhere(self) -> list[str]:
        """Return those that are of other origins."""
        return [url for url in self.requests() if not url.startswith(self.origin + "/")]
