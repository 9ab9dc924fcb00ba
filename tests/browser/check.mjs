// Opens pages and pictures of siplens in Chromium and does what people do.
// usage: node check.mjs MODULES FOLDER
// FOLDER has NAME.html, NAME.svg and NAME.mmd; pictures of the screen go to
// FOLDER/screens. Says what is wrong, a line each, and ends with status 1.
import { readdirSync, readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, folder] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(join(modules, "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const screens = join(folder, "screens");
mkdirSync(screens, { recursive: true });

const faults = [];
let checks = 0;
const names = (ending) => readdirSync(folder).filter((name) => name.endsWith(ending)).sort();
const url = (name) => pathToFileURL(join(folder, name)).href;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Opens a file in a context of its own, hands it on, and tells what it did that it should not. */
async function visit(name, options, act) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const fault = (text) => faults.push(`${name}: ${text}`);
  const must = (holds, text) => { checks += 1; if (!holds) fault(text); };
  page.on("console", (message) => fault(`console: ${message.type()} ${message.text()}`));
  page.on("pageerror", (error) => fault(`script: ${error.message}`));
  page.on("dialog", (dialog) => { fault(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  let here = url(name);
  const go = (other) => { here = url(other); return page.goto(here); };
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== here && !request.url().startsWith("data:")) fault(`request: ${request.url()}`);
  });
  try {
    await page.goto(url(name));
    await act(page, must, go);
  } catch (error) {
    fault(error.message.split("\n").slice(0, 3).join(" "));
  }
  await context.close();
}

/** Texts of a drawing that cover each other or leave it. */
const overlaps = (page) => page.evaluate(() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg.ladder, svg.chart")) {
    const { width, height } = svg.viewBox.baseVal;
    const boxes = [...svg.querySelectorAll("text")].map((text) => [text.getBBox(), text.textContent]).filter(([box]) => box.width);
    for (const [box, text] of boxes) {
      if (box.x < 0 || box.y < 0 || box.x + box.width > width + 0.5 || box.y + box.height > height) found.push(`"${text}" leaves its drawing`);
    }
    boxes.sort(([a], [b]) => a.y - b.y);
    boxes.forEach(([a, text], index) => {
      for (const [b, other] of boxes.slice(index + 1)) {
        if (b.y >= a.y + a.height - 1) break;
        if (a.x < b.x + b.width - 0.5 && b.x < a.x + a.width - 0.5) found.push(`"${text}" and "${other}" overlap`);
      }
    });
  }
  return found.slice(0, 5);
});

const accessible = async (page, must, how, rules = {}) => {
  const options = JSON.stringify({ resultTypes: ["violations"], ...rules });
  const violations = await page.evaluate(`${axe}; axe.run(document, ${options}).then(({ violations }) =>
    violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120) + " " + (n.any[0]?.message ?? "")).join(" | ")))`);
  must(violations.length === 0, `axe (${how}): ${violations.join("; ")}`);
};

const openAll = (page) => page.evaluate(async () => {
  const flows = [...document.querySelectorAll(".conv")].slice(0, 30);
  flows.forEach((flow) => { flow.open = true; });
  document.querySelectorAll(".conv[open] .msg").forEach((message, index) => { if (index < 3) message.open = true; });
  document.querySelectorAll(".figures").forEach((table, index) => { if (index < 2) table.open = true; });
  await new Promise((done) => setTimeout(done, 50));
});

/** Sorts each table by each column, up and down. */
async function sorts(page, must) {
  const wrong = await page.evaluate(() => {
    const wrong = [];
    for (const id of ["calls-table", "streams-table"]) {
      document.querySelectorAll(`#${id} th`).forEach((head, column) => {
        const button = head.querySelector("button");
        if (!button) return;
        for (const order of ["ascending", "descending"]) {
          button.click();
          if (head.getAttribute("aria-sort") !== order) wrong.push(`${id} ${column}: aria-sort is ${head.getAttribute("aria-sort")}`);
          if (document.querySelectorAll(`#${id} th[aria-sort]`).length !== 1) wrong.push(`${id}: sorted by several columns`);
          const values = [...document.querySelectorAll(`#${id} tbody tr`)].map((row) => row.cells[column].dataset.v ?? row.cells[column].textContent.trim());
          const known = values.filter((value) => value !== "\u2013");
          if (values.slice(0, known.length).includes("\u2013")) wrong.push(`${id} ${column}: what is not known comes first`);
          const numbers = known.every((value) => value !== "" && !isNaN(value));
          const pairs = known.slice(1).map((value, at) => numbers ? value - known[at] : value.toLowerCase().localeCompare(known[at].toLowerCase(), "en", { numeric: true }));
          if (!pairs.every((pair) => order === "ascending" ? pair >= 0 : pair <= 0)) wrong.push(`${id} ${column} is not ${order}: ${values}`);
        }
      });
    }
    return wrong;
  });
  must(wrong.length === 0, wrong.join("; "));
}

async function searches(page, must) {
  if (!await page.locator("#q").isVisible().catch(() => false)) return;
  const shown = () => page.locator("#calls-table tbody tr:not([hidden])").count();
  const all = await shown();
  const first = page.locator("#calls-table tbody tr").first();
  const from = (await first.locator("td").nth(2).textContent()).trim().split(" ")[0];
  const callId = (await first.getAttribute("data-q")).split(" ")[0];
  await page.fill("#q", from);
  must(await shown() >= 1 && await first.isVisible(), `search for ${from} does not find its call`);
  await page.fill("#q", callId);
  // A transfer names the Call-ID of the call that it replaces.
  const naming = await page.locator("#calls-table tbody tr").evaluateAll(
    (rows, id) => rows.filter((row) => row.dataset.q.includes(id)).length, callId);
  must(await shown() === naming && await first.isVisible(), `search for the Call-ID finds ${await shown()} of ${naming}`);
  must((await page.textContent("#hits")).startsWith(`${naming} of`), `the status says ${await page.textContent("#hits")}`);
  await page.fill("#q", "no such call");
  must(await shown() === 0, "a search for nothing finds something");
  await page.fill("#q", "");
  const state = await first.getAttribute("data-s");
  await page.selectOption("#st", state);
  must(await shown() === await page.locator(`#calls-table tr[data-s=${state}]`).count(), `state ${state} shows others`);
  await page.selectOption("#st", "");
  must(await shown() === all, "not all calls come back");
}

async function opens(page, must) {
  const link = page.locator("#calls-table tbody a, #registrations-table tbody a, #dialogs-table tbody a").first();
  if (await link.count() === 0) return;
  const id = (await link.getAttribute("href")).slice(1);
  await link.focus();
  await page.keyboard.press("Enter");
  must(await page.locator(`#${id}-flow`).getAttribute("open") !== null, `${id} does not open by Enter`);
  must(await page.locator(`#${id} svg.ladder`).isVisible(), `${id}: no ladder`);
  const arrows = page.locator(`#${id} svg.ladder a.row:not(.media)`);
  const message = page.locator(`#${id} .msg[open]`);
  // On a crowded machine the page may still scroll to the flow when the pointer comes down.
  for (let tries = 0; tries < 3 && await message.count() === 0; tries++) {
    await arrows.first().click();
    await message.first().waitFor({ state: "attached", timeout: 5000 }).catch(() => {});
  }
  // Colours and marks come with the event that follows.
  await message.locator("pre .start").first().waitFor();
  must(await message.count() === 1, `${id}: an arrow opens ${await message.count()} messages`);
  const said = await arrows.first().locator("text.l").first().textContent();
  const text = await message.locator("pre").textContent();
  must(text.includes(said.split(" ")[0]), `${id}: "${said}" opens "${text.slice(0, 40)}"`);
  must(await message.locator("pre .start").count() === 1 && await message.locator("pre .name").count() > 3, `${id}: no colours`);
  must(await arrows.first().evaluate((arrow) => arrow.classList.contains("open")), `${id}: the arrow is not marked`);
  must(await message.locator("summary").evaluate((summary) => summary === document.activeElement), `${id}: the message has no focus`);
  if (await arrows.count() > 1) {
    await arrows.first().focus();
    await page.keyboard.press("ArrowDown");
    must(await page.locator(`#${id} svg.ladder a`).nth(1).evaluate((arrow) => arrow === document.activeElement), `${id}: no way down the ladder`);
    await page.keyboard.press("Enter");
  }
  const evidence = page.locator(".evidence a").first();
  if (await evidence.count()) {
    const target = (await evidence.getAttribute("href")).slice(1);
    await evidence.click();
    must(await page.locator(`[id="${target}"]`).isVisible(), `evidence #${target} is not shown`);
  }
}

async function fits(page, must, wide) {
  const wider = await page.evaluate((wide) => {
    const out = [...document.querySelectorAll("body *")].filter((element) => {
      if (element.closest("svg") || element.closest(".scroll")?.contains(element) && !element.matches(".scroll")) return false;
      const box = element.getBoundingClientRect();
      return box.width > 1 && box.right > wide + 0.5 && getComputedStyle(element).position !== "absolute";
    });
    return [document.documentElement.scrollWidth, out.slice(0, 3).map((element) => element.outerHTML.slice(0, 100))];
  }, wide);
  must(wider[0] <= wide && wider[1].length === 0, `at ${wide} pixels it is ${wider[0]} wide: ${wider[1].join(" | ")}`);
}

async function html(name) {
  const base = name.replace(".html", "");
  await visit(name, {}, async (page, must) => {
    await sorts(page, must);
    await searches(page, must);
    await opens(page, must);
    await openAll(page);
    const covered = await overlaps(page);
    must(covered.length === 0, covered.join("; "));
    await accessible(page, must, "light");
    await page.screenshot({ path: join(screens, `${base}.png`), fullPage: true });
    await page.emulateMedia({ colorScheme: "dark" });
    await accessible(page, must, "dark", { runOnly: ["color-contrast"] });
    await page.screenshot({ path: join(screens, `${base}-dark.png`) });
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, must, 360);
    await page.screenshot({ path: join(screens, `${base}-phone.png`), fullPage: true });
  });
  if (base === "lossy-audio" || base === "hostile") {
    await visit(name, {}, async (page, must) => {
      const paper = await page.pdf({ path: join(screens, `${base}.pdf`), format: "A4" });
      must(paper.length > 10_000, "prints nothing");
      await page.emulateMedia({ media: "print" });
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      must(await page.locator(".conv:not([open])").count() === 0, "a flow is closed on paper");
    });
  }
  await visit(name, { javaScriptEnabled: false }, async (page, must) => {
    const headings = await page.locator("h2").allTextContents();
    must(headings.includes("Summary") && headings.includes("Capture"), `without a script: ${headings}`);
    const link = page.locator("svg.ladder a[href*='-m']").first();
    if (await link.count()) {
      const target = await link.getAttribute("href");
      await page.goto(url(name) + target);
      must(await page.locator(target).isVisible(), `without a script ${target} stays closed`);
    }
  });
}

// Two at a time.
const pages = names(".html");
const worker = async () => { for (let name = pages.shift(); name; name = pages.shift()) await html(name); };
await Promise.all([worker(), worker()]);
const pictures = names(".svg");
if (pictures.length > 0) {
  await visit(pictures[0], {}, async (page, must, go) => {
    for (const name of pictures) {
      if (name !== pictures[0]) {
        await go(name);
      }
      must(await page.evaluate(() => document.documentElement.matches("svg.ladder") && !document.querySelector("parsererror")), `${name} is no picture`);
      must(await page.locator("text").count() > 4, `${name} has hardly any text`);
      const covered = await overlaps(page);
      must(covered.length === 0, `${name}: ${covered.join("; ")}`);
    }
  });
}

// Mermaid's own parser.
const context = await browser.newContext();
const page = await context.newPage();
await page.addScriptTag({ path: require.resolve("mermaid/dist/mermaid.min.js") });
for (const name of names(".mmd")) {
  const text = readFileSync(join(folder, name), "utf8");
  checks += 1;
  const said = await page.evaluate(async (text) => {
    try {
      await window.mermaid.parse(text);
      const { svg } = await window.mermaid.render("drawn", text);
      const drawn = new DOMParser().parseFromString(svg, "text/html");
      if (drawn.querySelector("script, img, b")) return "markup of the capture in the drawing";
      const arrows = text.split("\n").filter((line) => /^ {4}h\d+(->>|-->>|--x|-\))h/.test(line)).length;
      const lines = drawn.querySelectorAll(".messageLine0, .messageLine1").length;
      return lines === arrows ? "" : `${lines} arrows drawn of ${arrows}`;
    } catch (error) { return String(error.message ?? error); }
  }, text);
  if (said) faults.push(`${name}: mermaid: ${said.slice(0, 300)}`);
}
await context.close();
await browser.close();

faults.forEach((fault) => console.error(fault));
console.log(`${checks} checks, ${faults.length} faults`);
process.exitCode = faults.length > 0 || checks === 0 ? 1 : 0;
