// Makes the data in this folder from eight releases of the npm package @mdn/browser-compat-data.
//
//   node extract.mjs [folder]        writes beside this file unless told otherwise
//
// Needs Node 20 or later, npm, tar and zstd. README.md says what comes out and why.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const RELEASES = ["8.0.0", "8.0.3", "8.0.6", "8.0.9", "8.0.12", "8.1.1", "8.1.4", "8.1.9"];

const out = resolve(process.argv[2] ?? import.meta.dirname);
const scratch = mkdtempSync(join(tmpdir(), "bcd-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** The package's data.json, as npm serves it (npm checks the download's checksum). */
function download(release) {
  const spec = `@mdn/browser-compat-data@${release}`;
  const options = { cwd: scratch, encoding: "utf8", maxBuffer: 1 << 28 };
  const tarball = execFileSync("npm", ["pack", "--silent", spec], options).trim();
  return JSON.parse(execFileSync("tar", ["-xzOf", tarball, "package/data.json"], options));
}

/** The same value with every object's keys in order: the order means nothing and is no change. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

function statusLabel(status) {
  if (status?.deprecated) return "deprecated";
  if (status?.experimental) return "experimental";
  return "standard";
}

/** True if the browser's current release has the feature; its newest statement comes first. */
function supports(statement) {
  const newest = Array.isArray(statement) ? statement[0] : statement;
  return Boolean(newest?.version_added) && newest.version_added !== "preview" &&
    !newest.version_removed && !newest.flags;
}

/** How many of the three browser engines have it: "0" to "3". */
function engines(support) {
  return String(["chrome", "firefox", "safari"].filter((name) => supports(support[name])).length);
}

/** Every node that carries `__compat` becomes one document, whole, with four fields derived. */
function documents(data) {
  const found = new Map();
  const walk = (node, path) => {
    if (node.__compat) {
      const id = path.join(".");
      if (found.has(id)) throw new Error(`two features are called ${id}`);
      found.set(id, JSON.stringify({
        id,
        area: path[0],
        group: path.slice(0, 2).join("."),
        status_label: statusLabel(node.__compat.status),
        engines: engines(node.__compat.support),
        ...sorted(node.__compat),
      }));
    }
    for (const [key, child] of Object.entries(node)) {
      if (key !== "__compat") walk(child, [...path, key]);
    }
  };
  // `browsers` lists the browsers' own releases; everything else is a tree of features.
  const { __meta, browsers, ...areas } = data;
  for (const [area, tree] of Object.entries(areas)) walk(tree, [area]);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What turns `before` into `after`, in the order of the ids. */
function changes(before, after) {
  const steps = [];
  for (const [id, text] of after) {
    if (before.get(id) !== text) steps.push([id, `{"put":${text}}`]);
  }
  for (const id of before.keys()) {
    if (!after.has(id)) steps.push([id, JSON.stringify({ delete: id })]);
  }
  return steps.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}

/** A row of the table in README.md. */
function row(release, before, after, changed) {
  const both = [...after.keys()].filter((id) => before.has(id));
  const moved = (field) => both.filter((id) =>
    JSON.parse(before.get(id))[field] !== JSON.parse(after.get(id))[field]).length;
  const appeared = after.size - both.length;
  const went = before.size - both.length;
  const counts = before.size === 0 ? ["", "", "", "", ""]
    : [appeared, went, changed - appeared - went, moved("status_label"), moved("engines")];
  return `| ${[release, after.size, ...counts].join(" | ")} |`;
}

function write(name, lines) {
  const plain = join(scratch, name);
  const packed = join(out, `${name}.zst`);
  const text = `${lines.join("\n")}\n`;
  writeFileSync(plain, text);
  execFileSync("zstd", ["-19", "--quiet", "--force", plain, "-o", packed]);
  const sum = createHash("sha256").update(text).digest("hex");
  return `${sum}  ${name}`;
}

/** Reads the files back as any reader would and replays them. */
function replay(names) {
  const state = new Map();
  names.forEach((name, number) => {
    const packed = join(out, `${name}.zst`);
    const text = execFileSync("zstd", ["-dcq", packed], { encoding: "utf8", maxBuffer: 1 << 28 });
    for (const line of text.trimEnd().split("\n").map((one) => JSON.parse(one))) {
      const put = number === 0 ? line : line.put;
      if (put) state.set(put.id, JSON.stringify(put));
      else if (!state.delete(line.delete)) throw new Error(`${name}: no ${line.delete} to delete`);
    }
  });
  return state;
}

const table = [];
const sums = [];
const names = [];
let before = new Map();
for (const [number, release] of RELEASES.entries()) {
  const after = documents(download(release));
  const lines = number === 0 ? [...after.values()] : changes(before, after);
  const name = `${String(number).padStart(2, "0")}-${release}.jsonl`;
  table.push(row(release, before, after, lines.length));
  sums.push(write(name, lines));
  names.push(name);
  before = after;
}

const end = replay(names);
const same = end.size === before.size && [...before].every(([id, text]) => end.get(id) === text);
if (!same) throw new Error("the replayed changes are not the last release");

console.log("| release | features | appeared | went | changed | status_label moved | engines moved |");
console.log("|---|---|---|---|---|---|---|");
console.log(table.join("\n"));
console.log(`\n${sums.join("\n")}`);
