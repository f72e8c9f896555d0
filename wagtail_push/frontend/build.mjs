/**
 * Makes the static files of the customer's page: minifies its modules, and bundles the
 * Firebase SDK, its licences and its versions.
 *
 *   npm ci --ignore-scripts
 *   npm run build     writes the files
 *   npm run check     fails if the files differ from what would be written
 */
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const FRONTEND = dirname(fileURLToPath(import.meta.url));
const ROOT = join(FRONTEND, "..", "..");
const STATIC = join(FRONTEND, "..", "static", "wagtail_push");
const VENDOR = join(STATIC, "vendor");
const NAME = "firebase-messaging.js";

/** @param {...string} path */
const readJSON = async (...path) => JSON.parse(await readFile(join(...path), "utf8"));

/** Minifies the page's own modules, each for itself: their names stand in the config. */
async function minify() {
  const folder = join(FRONTEND, "page");
  const names = await readdir(folder);
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: names.map((name) => join(folder, name)),
    outdir: join(STATIC, "js"),
    banner: { js: "/* npm run build; to be read: wagtail_push/frontend/page */" },
    charset: "utf8",
    format: "esm",
    minify: true,
    target: "es2022",
    write: false,
  });
  return result.outputFiles.map(({ path, text }) => [relative(STATIC, path), text]);
}

/** Bundles the SDK; returns the files and the names of the packages in them. */
async function bundle() {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(FRONTEND, NAME)],
    outfile: join(VENDOR, NAME),
    bundle: true,
    charset: "utf8",
    format: "esm",
    legalComments: "linked",
    metafile: true,
    minify: true,
    platform: "browser",
    target: "es2020",
    write: false,
  });
  const [output] = Object.values(result.metafile.outputs).filter((o) => o.entryPoint);
  const packages = Object.entries(output.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return {
    files: Object.fromEntries(
      result.outputFiles.map(({ path, text }) => [relative(STATIC, path), text]),
    ),
    packages: [...new Set(packages)].filter((name) => name !== undefined).sort(),
  };
}

/** Returns a package's version and the text of its licence.
 * @param {string} name */
async function license(name) {
  const folder = join(ROOT, "node_modules", name);
  const { version, license: id, author } = await readJSON(folder, "package.json");
  const own = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
  // Packages without a licence file name a licence whose text is kept here.
  const path = own ? join(folder, own) : join(FRONTEND, "licences", `${id}.txt`);
  if (!existsSync(path)) {
    throw new Error(`No text for the licence ${id} of ${name}: add ${path}`);
  }
  const text = (await readFile(path, "utf8"))
    .replaceAll("\r\n", "\n")
    .replace(/^\n+|\s+$/g, "");
  const by = (author?.name ?? author ?? "").replace(/ *[<(].*/, "");
  return { name, version, id, by, text };
}

/** @param {Awaited<ReturnType<typeof license>>[]} licenses */
function licensesText(licenses) {
  const texts = new Map();
  for (const { name, version, id, by, text } of licenses) {
    const title = `${name} ${version} (${id})${by && `, by ${by}`}`;
    texts.set(text, [...(texts.get(text) ?? []), title]);
  }
  const line = "-".repeat(78);
  return [
    `${NAME} contains these packages, each under its licence.\n`,
    ...[...texts].map(
      ([text, titles]) => `${line}\n${titles.join("\n")}\n${line}\n\n${text}\n`,
    ),
  ].join("\n");
}

const { files, packages } = await bundle();
Object.assign(files, Object.fromEntries(await minify()));
const licenses = await Promise.all(packages.map(license));
const { devDependencies } = await readJSON(ROOT, "package.json");
files["vendor/LICENSES.txt"] = licensesText(licenses);
files["vendor/VERSIONS.json"] = `${JSON.stringify(
  {
    pinned: devDependencies,
    bundled: Object.fromEntries(licenses.map(({ name, version }) => [name, version])),
  },
  null,
  2,
)}\n`;

for (const [name, text] of Object.entries(files).sort()) {
  const path = join(STATIC, name);
  if (!process.argv.includes("--check")) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    console.log(`${name}: ${Buffer.byteLength(text)} bytes`);
  } else if (!existsSync(path) || (await readFile(path, "utf8")) !== text) {
    console.error(`${name} differs: npm run build`);
    process.exitCode = 1;
  }
}
