/** What the regions of a page say of moments. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ago } from "../../wagtail_push/frontend/page/regions.js";

test("moments are told in the page's language", () => {
  const hours = -3 * 3_600_000;
  const tell = (language, milliseconds) =>
    ago(milliseconds, new Intl.RelativeTimeFormat(language, { numeric: "auto" }));
  assert.deepEqual(
    [tell("en", hours), tell("pl", hours), tell("cs", hours), tell("en", -30_000)],
    ["3 hours ago", "3 godziny temu", "před 3 hodinami", "now"],
  );
});
