/** When a registration is renewed, and when a page leaves it alone. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { isDue } from "../../wagtail_push/frontend/page/renew.js";

const HOUR = 3_600_000;
const now = 1_800_000_000_000;

const CASES = [
  ["never renewed here", 0, false, true],
  ["due since a moment", now, false, true],
  ["renewed today", now + 23 * HOUR, false, false],
  ["renewed today, but the server asks", now + 23 * HOUR, true, true],
  ["an attempt failed a moment ago, and the server asks", now + HOUR, true, false],
  ["an attempt failed an hour ago", now, true, true],
];

for (const [name, renewAt, asked, due] of CASES) {
  test(name, () => assert.equal(isDue(renewAt, now, asked), due));
}
