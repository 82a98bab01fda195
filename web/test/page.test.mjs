// The pages in a real browser. PAGES is a folder with full.html, empty.html, half.html and damaged.html; screenshots go
// to SHOTS.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PAGES = resolve(process.env.PAGES ?? "../build/page");
const SHOTS = resolve(process.env.SHOTS ?? PAGES);
const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 360, height: 740 } };
// Chromium's own services are kept from asking for anything; the page itself is watched below.
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

let context, profile;

before(async () => {
  profile = mkdtempSync(join(tmpdir(), "page-"));
  context = await chromium.launchPersistentContext(profile, {
    timeout: 60_000,
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    bypassCSP: false,
  });
});

after(async () => {
  await context?.close();
  if (profile) rmSync(profile, { recursive: true, force: true });
});

// Opens a page; what it complains of, and what it asks the network for, is kept.
async function open(name, { size = "wide", scheme = "light" } = {}) {
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => request.url().startsWith("file:") || trouble.push(`asked for ${request.url()}`));
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await page.setViewportSize(SIZES[size]);
  await page.goto(pathToFileURL(join(PAGES, `${name}.html`)).href);
  await page.waitForSelector("html[data-ready=yes]");
  return { page, trouble };
}

async function assertAccessible(page, what) {
  await page.evaluate(() => scrollTo(0, 0)); // what the bar of sections lies over would count as too small
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  const told = found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
  assert.deepEqual(told, [], what);
}

const figuresOf = (page) => page.evaluate(() => JSON.parse(document.getElementById("figures").textContent));
const rowsOf = (page, id) => page.locator(`#${id} > .table tbody tr`).count();
// Whether anything was painted into the canvas of a chart.
const painted = (page, selector) =>
  page.evaluate((where) => {
    const canvas = document.querySelector(`${where} canvas`);
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
    return colours.size;
  }, selector);

test("every section has its data", async () => {
  const { page, trouble } = await open("full");
  const figures = await figuresOf(page);
  for (const [name, section] of Object.entries(figures)) {
    if (typeof section === "object") assert.equal(section.state, "ok", `${name}: ${section.why}`);
  }
  assert.match(await page.title(), /^(GO|NO-GO) \d{4}-/);
  assert.equal(await page.locator(".verdict .word").innerText(), figures.round.go ? "GO" : "NO-GO");
  assert.equal(await page.locator("#skew .strip li").count(), figures.skew.files.length);
  assert.equal(await rowsOf(page, "tables"), figures.tables.tables.length);
  assert.equal(await rowsOf(page, "exchanges"), figures.exchanges.exchanges.length);
  assert.ok((await page.locator("#runs .calendar td[class]").count()) > 5);
  assert.equal(await rowsOf(page, "countries"), figures.coverage.countries.length);
  assert.equal(await rowsOf(page, "missing"), Math.min(50, figures.coverage.missing.length));
  assert.ok((await rowsOf(page, "flags")) > 3);
  assert.ok((await rowsOf(page, "restatements")) > 0);
  assert.equal(await rowsOf(page, "staleness"), figures.exchanges.exchanges.length);
  assert.ok((await rowsOf(page, "columns")) > 20);
  for (const chart of ["#over-time", ".candles", ".volume", ".indicator"]) {
    assert.ok((await painted(page, chart)) > 3, `${chart} is blank`);
  }
  // Nothing to show is said in words, and there are figures for everything else.
  assert.equal(await page.locator("figure .notice.error").count(), 0);
  for (const figure of await page.locator("figure").all()) {
    assert.ok((await figure.locator(".explains").innerText()).length > 20);
  }
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a path through the page", async () => {
  const { page, trouble } = await open("full");
  const figures = await figuresOf(page);
  // What is missing: search, choose a reason, sort.
  await page.getByLabel("Search").first().fill("zztop");
  assert.equal(await page.locator("#missing tbody tr").count(), 1);
  assert.match(await page.locator("#missing tbody tr").innerText(), /no symbol/);
  await page.getByLabel("Search").first().fill("");
  const [, reason] = ["", figures.coverage.missing[0][4]];
  await page.locator("#missing-choice").selectOption(reason);
  const of = figures.coverage.missing.filter((row) => row[4] === reason).length;
  assert.equal(await page.locator("#missing .found").innerText(), `${of} found`);
  await page.locator("#missing thead button").first().click();
  assert.equal(await page.locator("#missing thead th").first().getAttribute("aria-sort"), "ascending");
  // A feature: by churn, then its details.
  await page.locator("#columns").getByRole("button", { name: "Churn" }).click();
  const churns = figures.features.columns.filter((one) => !/_lag\d+$/.test(one.name)).map((one) => one.churn);
  const most = Math.max(...churns.filter((one) => one !== null));
  assert.ok((await page.locator("#columns tbody tr").first().innerText()).includes(`${(100 * most).toFixed(1)} %`));
  await page.locator("#columns tbody button").first().click();
  assert.equal(await page.locator("#column-detail tbody td").count(), 9 + figures.features.dates.length - 1);
  // The explorer: another ticker, another indicator, an earlier session by keyboard.
  const ticker = figures.explorer.tickers.findLastIndex((one) => one.days.length > 0 && one.events.length > 0);
  await page.locator("#explorer-ticker").selectOption(String(ticker));
  await page.locator("#explorer-indicator").selectOption({ label: "volatility_atr" });
  const readout = page.locator(".charts .readout");
  const newest = await readout.locator("strong").innerText();
  await page.locator("#explorer-session").focus();
  await page.keyboard.press("ArrowLeft");
  const before = await readout.locator("strong").innerText();
  assert.ok(before < newest, `${before} ${newest}`);
  assert.match(await readout.innerText(), /volatility_atr/);
  assert.equal(await page.locator("#explorer-figure details tbody tr").first().count(), 1);
  await page.locator("#explorer-indicator").selectOption({ label: "none" });
  assert.equal(await page.locator(".chart.indicator").isVisible(), false);
  // Dark and light by the button.
  await page.locator("#theme").click();
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("by keyboard alone", async () => {
  const { page, trouble } = await open("full");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const seen = [];
  for (let i = 0; i < 12; ++i) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(ring, "none", `no ring around ${seen.at(-1)}`);
  }
  assert.deepEqual(seen.slice(0, 7), ["theme", "Round", "What there is", "Coverage", "Quality", "Features", "Explorer"]);
  assert.deepEqual(trouble, []);
  await page.close();
});

for (const size of Object.keys(SIZES)) {
  for (const scheme of ["light", "dark"]) {
    test(`${size}, ${scheme}: accessible, nothing cut off`, async () => {
      const { page, trouble } = await open("full", { size, scheme });
      assert.equal(await page.locator("html").getAttribute("data-theme"), scheme);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wider <= 0, `${wider} pixels too wide`);
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
      await page.locator("#columns tbody button").first().click();
      await assertAccessible(page, `${size}, ${scheme}`);
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = false)));
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(SHOTS, `full-${size}-${scheme}.png`), fullPage: true });
      assert.deepEqual(trouble, []);
      await page.close();
    });
  }
}

// Of the damaged one the live file is whole.
for (const [name, word, said] of [
  ["empty", "NO-GO", /the lake is empty/],
  ["half", "NO-GO", /no features yet/],
  ["damaged", "GO", /Could not be read/],
]) {
  test(`a lake that is ${name}`, async () => {
    const { page, trouble } = await open(name);
    assert.equal(await page.locator(".verdict .word").innerText(), word);
    assert.match(await page.locator("main").innerText(), said);
    await assertAccessible(page, name);
    await page.screenshot({ path: join(SHOTS, `${name}-wide-light.png`), fullPage: true });
    assert.deepEqual(trouble, []);
    await page.close();
  });
}
