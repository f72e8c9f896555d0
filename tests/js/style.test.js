/** The page's stylesheet can be read by every browser that the documentation names. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { transform } from "esbuild";

const FILE = new URL(
  "../../wagtail_push/static/wagtail_push/css/wagtail-push.css",
  import.meta.url,
);

test("Safari 16.0 needs nothing to be written otherwise", async () => {
  const style = await readFile(FILE, "utf8");
  const { code } = await transform(style, { loader: "css", target: "safari16.0" });
  const { code: same } = await transform(style, { loader: "css", target: "esnext" });
  assert.equal(code, same);
});
