"""Scripts that run in Firefox itself, outside of any page."""

NOTIFICATIONS = """
const label = (w, id) => w.document.getElementById(id);
return [...Services.wm.getEnumerator("alert:alert")]
  .filter((w) => w.gIsActive && !w.closed)
  .map((w) => ({
    title: label(w, "alertTitleLabel").getAttribute("value"),
    body: label(w, "alertTextLabel").getAttribute("tooltiptext")
      || label(w, "alertTextLabel").textContent,
    source: label(w, "alertSourceLabel")?.getAttribute("value") ?? "",
    visible: !["clicked", "closing"].some(
      (state) => label(w, "alertBox").hasAttribute(state)
    ),
  }));
"""

PRESS_NOTIFICATION = """
const [title, button] = arguments;
const shown = [...Services.wm.getEnumerator("alert:alert")].filter((w) => {
  const box = w.document.getElementById("alertBox");
  return w.gIsActive
    && !box.hasAttribute("clicked")
    && !box.hasAttribute("closing")
    && w.document.getElementById("alertTitleLabel").getAttribute("value") === title;
});
shown.at(-1)?.document.getElementById(button).click();
return shown.length > 0;
"""

PRESS_ACTION = """
const [title, name] = arguments;
const shown = [...Services.wm.getEnumerator("alert:alert")].filter((w) =>
  w.gIsActive
  && w.document.getElementById("alertTitleLabel").getAttribute("value") === title
);
const action = {
  QueryInterface: ChromeUtils.generateQI(["nsIAlertAction"]),
  action: name,
  title: "",
  iconURL: "",
  windowsSystemActivationType: false,
  opaqueRelaunchData: "",
};
const alert = shown.at(-1);
alert?.gAlertListener.observe(action, "alertclickcallback", alert.gAlertCookie);
return Boolean(alert);
"""

ANSWER_PERMISSION = """
const [allow] = arguments;
const question = document.getElementById("web-notifications-notification");
if (PopupNotifications.panel.state !== "open" || !question?.notification) {
  return false;
}
window.focus();
(allow ? question.button : question.secondaryButton).click();
return !PopupNotifications.getNotification("web-notifications");
"""

SET_PREFERENCE = """
const [name, value] = arguments;
switch (typeof value) {
  case "boolean": Services.prefs.setBoolPref(name, value); break;
  case "number": Services.prefs.setIntPref(name, value); break;
  default: Services.prefs.setStringPref(name, value);
}
"""

# All that sites, the customer and a test have left. Pages may still write, so they go
# first; then the workers, which would be told that their subscription is lost. Without
# the last line the push service would be told the old name.
FORGET = """
const [preferences] = arguments;
const tab = gBrowser.addTrustedTab("about:blank");
gBrowser.selectedTab = tab;
gBrowser.removeAllTabsBut(tab, { animate: false, skipPermitUnload: true });
Services.io.offline = false;
for (const name of preferences) Services.prefs.clearUserPref(name);
const { CLEAR_ALL, CLEAR_DOM_QUOTA } = Ci.nsIClearDataService;
for (const what of [CLEAR_DOM_QUOTA, CLEAR_ALL]) {
  await new Promise((done) => {
    Services.clearData.deleteData(what, { onDataDeleted: done });
  });
}
Services.console.reset();
Services.prefs.clearUserPref("dom.push.userAgentID");
"""

# A window of Firefox is never narrower than its own toolbar; a page can be.
SIZE_PAGE = """
const [width, height] = arguments;
const style = gBrowser.selectedBrowser.style;
for (const [side, length] of [["width", width], ["height", height]]) {
  style.setProperty(`min-${side}`, `${length}px`);
  style.setProperty(`max-${side}`, `${length}px`);
}
"""

PAGE_ERRORS = """
return Services.console.getMessageArray()
  .filter((m) => m instanceof Ci.nsIScriptError)
  .filter((m) => /^(https?|blob):/.test(m.sourceName))
  .slice(-5)
  .map((m) => `${m.sourceName}:${m.lineNumber}: ${m.errorMessage}`);
"""

# The tree of a page is made when it is first asked for, and some time after a change.
ACCESSIBLE = """
const [css] = arguments;
const service = Cc["@mozilla.org/accessibilityService;1"].getService(
  Ci.nsIAccessibilityService
);
for (let tries = 0; tries < 100; tries += 1) {
  const element = document.querySelector(css);
  const found = element && service.getAccessibleFor(element);
  if (found) {
    const { name, description, role } = found;
    return { role: service.getStringRole(role), name, description };
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
throw new Error(`nothing is told of ${css}`);
"""
