"""Write the preferences of a Firefox that speaks to this machine only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal


Permission = Literal["ask", "allow", "block"]
Preference = bool | int | str

PERMISSIONS: dict[Permission, int] = {"ask": 0, "allow": 1, "block": 2}

QUIET: dict[str, Preference] = {
    "app.normandy.enabled": False,
    "app.shield.optoutstudies.enabled": False,
    "app.update.auto": False,
    "app.update.disabledForTesting": True,
    "browser.discovery.enabled": False,
    "browser.ipProtection.enabled": False,
    "browser.newtabpage.activity-stream.feeds.system.topstories": False,
    "browser.newtabpage.activity-stream.telemetry": False,
    "browser.newtabpage.enabled": False,
    "browser.region.network.url": "",
    "browser.region.update.enabled": False,
    "browser.safebrowsing.blockedURIs.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.search.update": False,
    "browser.topsites.contile.enabled": False,
    "browser.urlbar.quicksuggest.enabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.usage.uploadEnabled": False,
    "extensions.blocklist.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "geo.enabled": False,
    "geo.provider.network.url": "",
    "identity.fxaccounts.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-provider.enabled": False,
    "messaging-system.rsexperimentloader.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.http.speculative-parallel-limit": 0,
    "network.prefetch-next": False,
    "nimbus.rollouts.enabled": False,
    "security.OCSP.enabled": 0,
    "security.remote_settings.crlite_filters.enabled": False,
    "security.remote_settings.intermediates.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "signon.management.page.breach-alerts.enabled": False,
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
    "toolkit.telemetry.unified": False,
}

PLAIN_START: dict[str, Preference] = {
    "browser.aboutwelcome.enabled": False,
    "browser.sessionstore.resume_from_crash": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "intl.locale.requested": "en-US",
    "startup.homepage_welcome_url": "about:blank",
    "termsofuse.bypassNotification": True,
}


def write_user_js(
    profile: Path,
    push_service: str | None,
    permission: Permission,
    extra: Mapping[str, Preference],
) -> dict[str, Preference]:
    """Write the profile's user.js, which Firefox reads at each start; return it."""
    preferences: dict[str, Preference] = {
        **QUIET,
        **PLAIN_START,
        "marionette.port": 0,
        "permissions.default.desktop-notification": PERMISSIONS[permission],
        # Without a notification daemon the system's own notifications fail.
        "alerts.useSystemBackend": False,
        # Marionette switches push off unless the profile says otherwise.
        "dom.push.connection.enabled": push_service is not None,
    }
    if push_service is not None:
        preferences["dom.push.serverURL"] = push_service
        preferences["dom.push.testing.allowInsecureServerURL"] = True
    preferences.update(extra)
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
        for name, value in sorted(preferences.items())
    ]
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    return preferences
