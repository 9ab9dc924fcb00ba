// Looks at the page of a live session in Chromium and does what people do.
// usage: node live.mjs MODULES URL FOLDER [TOKEN]
// The session has calls of which one has a finding. Says what is wrong, a line each, and ends
// with status 1.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [modules, folder] = [resolve(process.argv[2]), resolve(process.argv[4])];
const [url, token] = [process.argv[3], process.argv[5]];
const require = createRequire(join(modules, "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(folder, { recursive: true });
// On a crowded machine a picture takes its time.
const PATIENCE = 120_000;
const picture = (name) => ({ path: join(folder, `live-${name}.png`), fullPage: true, timeout: PATIENCE });

const faults = [];
let checks = 0;
const must = (holds, text) => { checks += 1; if (!holds) faults.push(text); };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
context.setDefaultTimeout(PATIENCE);
const page = await context.newPage();
const refused = /401 \(Unauthorized\)|400 \(Bad Request\)/;
page.on("console", (message) => { if (!refused.test(message.text())) faults.push(`console: ${message.type()} ${message.text()}`); });
page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
page.on("dialog", (dialog) => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
page.on("request", (request) => { if (!request.url().startsWith(url) && !request.url().startsWith("data:")) faults.push(`request: ${request.url()}`); });
const accessible = async (how) => {
  const violations = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120) + " " + (n.any[0]?.message ?? "")).join(" | ")))`);
  must(violations.length === 0, `axe (${how}): ${violations.join("; ")}`);
};

try {
  await page.goto(url);
  if (token) {
    await page.locator("#ask").waitFor();
    await page.fill("#token", "not the token");
    await page.click("#ask button");
    await page.waitForFunction(() => document.getElementById("why").textContent.includes("not the token") && !document.getElementById("ask").hidden);
    await accessible("token");
    await page.fill("#token", token);
    await page.click("#ask button");
  }
  const rows = page.locator("#calls-table tbody tr");
  await rows.first().waitFor({ timeout: PATIENCE });
  await page.waitForFunction(() => document.getElementById("link").textContent === "live");
  await page.locator("#finding-list .finding").first().waitFor({ timeout: PATIENCE });
  must(await page.locator("#t-answered").textContent() === String(await page.locator("#calls-table .state.done").count()), "the figure is not that of the table");
  must((await page.textContent("#t-finished")) === "1" && (await page.textContent("#t-asr")) === "50.0 %", "the refused call is not counted");
  must(await page.locator("#worst-table tbody tr").count() >= 1, "no call is among the worst");
  must(await page.locator("#sources-table tbody tr").count() === 1, "not one source");
  must((await page.locator("#chart svg").getAttribute("aria-label")).startsWith("MOS over time"), "the chart has no name");
  must(await page.locator("main script, main img, main b.x").count() === 0, "text of the network is markup");
  await accessible("light");
  await page.screenshot(picture("light"));

  // The flow of a call, by the keyboard, and back.
  const opener = rows.first().locator("button");
  await opener.focus();
  await page.keyboard.press("Enter");
  await page.locator("#ladder svg.ladder").waitFor();
  must(await page.locator("#ladder text").count() > 4, "the ladder has hardly any text");
  must(await page.evaluate(() => document.activeElement.id) === "flow-title", "the flow has no focus");
  must(await page.locator("#ladder style, #ladder script").count() === 0, "the ladder brought a style or a script");
  await page.waitForTimeout(1500);
  await accessible("flow");
  await page.screenshot(picture("flow"));
  await page.click("#close");
  must(await page.locator("#flow").isHidden(), "the flow stays");

  // Only some calls; what is wrong with an expression is said.
  await page.fill("#where", "mos < 4");
  await page.waitForFunction(() => / of /.test(document.getElementById("hits").textContent));
  must(await rows.count() === 1, `${await rows.count()} calls have mos < 4`);
  await page.fill("#where", "mos <");
  await page.waitForFunction(() => document.getElementById("where").getAttribute("aria-invalid") === "true");
  must((await page.textContent("#hits")).includes("expected"), "nothing is said of what is wrong");
  await page.fill("#where", "");
  await page.waitForFunction(() => document.getElementById("hits").textContent === "");
  must(await rows.count() === 1, "not the call that goes on");

  await page.emulateMedia({ colorScheme: "dark" });
  await accessible("dark");
  await page.screenshot(picture("dark"));
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  must(wide <= 360, `at 360 pixels it is ${wide} wide`);
  await accessible("phone");
  await page.screenshot(picture("phone"));
} catch (error) {
  faults.push(error.message.split("\n").slice(0, 4).join(" "));
  await page.screenshot(picture("fault")).catch(() => {});
}
await browser.close();
faults.forEach((fault) => console.error(fault));
console.log(`${checks} checks, ${faults.length} faults`);
process.exitCode = faults.length > 0 || checks === 0 ? 1 : 0;
