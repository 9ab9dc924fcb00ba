"use strict";
// Text of the network is foreign: it goes into the page as text (textContent), never as markup.
const $ = (id) => document.getElementById(id);
const DASH = "\u2013";
const MOST_FINDINGS = 50, MOST_COURSE = 720, MOST_WORST = 20, PATIENCE = 15000;
let token = null;
try { token = sessionStorage.getItem("token"); } catch { /* none is kept then */ }
const course = [], worst = new Map();
let calls = [], only = "", shown = null, findings = 0;

const make = (name, text, classes) => {
  const element = document.createElement(name);
  if (text !== undefined && text !== null) element.textContent = String(text);
  if (classes) element.className = classes;
  return element;
};
const number = (count) => Number(count).toLocaleString("en");
const seconds = (s) => s === null || s === undefined ? DASH : s < 100 ? `${s.toFixed(1)} s` : `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const millis = (ms) => ms === null || ms === undefined ? DASH : `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
const grade = (mos) => mos >= 4.03 ? "good" : mos >= 3.6 ? "fair" : "poor";
const rated = (mos) => {
  if (mos === null || mos === undefined) return make("span", DASH, "none");
  const span = make("span", mos.toFixed(2), `mos ${grade(mos)}`);
  span.append(make("span", ` ${grade(mos)}`, "vh"));
  return span;
};
const kinds = { completed: "done", answered: "done", trying: "open", ringing: "open", cancelled: "off", redirected: "turn" };
const stated = (state) => make("span", state.replace("_", " "), `state ${kinds[state] ?? "bad"}`);

const ask = (path) => fetch(path, { headers: token ? { authorization: `Bearer ${token}` } : {}, cache: "no-store", credentials: "omit", redirect: "error" });
const wants = (why) => {
  if (why) $("why").textContent = why;
  $("ask").hidden = false;
  $("token").focus();
};
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  try { sessionStorage.setItem("token", token); } catch { /* asked again next time */ }
  $("ask").hidden = true;
  connect();
});

const opener = (id) => {
  const button = make("button", id.replace("call-", ""));
  button.type = "button";
  button.setAttribute("aria-label", `Flow of ${id}`);
  button.addEventListener("click", () => flow(id));
  return button;
};
function row(call) {
  const row = make("tr");
  const cell = (content, classes) => {
    const cell = make("td", undefined, classes);
    cell.append(content);
    row.append(cell);
  };
  cell(opener(call.id), "num");
  cell(stated(call.state));
  cell(call.from ?? DASH, "who");
  cell(call.to ?? DASH, "who");
  cell(call.start_time.slice(11, 19), "wide");
  cell(millis(call.post_dial_delay_ms), "num wide");
  const since = call.answer_time && !call.end_time ? Math.max(0, (Date.now() - Date.parse(call.answer_time)) / 1000) : null;
  cell(seconds(call.duration_s ?? since), "num");
  cell(rated(call.mos), "num");
  return row;
}
function list(table, rows) {
  // Who is in the table with the keyboard stays at the same call.
  const body = $(table).tBodies[0];
  const at = body.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  body.replaceChildren(...rows.map(row));
  if (at) [...body.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === at)?.focus({ preventScroll: true });
}
function listCalls() {
  list("calls-table", calls);
  $("no-calls").hidden = calls.length > 0;
}
function listWorst() {
  const rows = [...worst.values()].sort((a, b) => a.mos - b.mos).slice(0, MOST_WORST);
  worst.clear();
  rows.forEach((call) => worst.set(call.id, call));
  list("worst-table", rows);
  $("no-worst").hidden = rows.length > 0;
  $("n-worst").textContent = rows.length || "";
}
const rate = (call) => { if (call.mos !== null && call.mos < 4) worst.set(call.id, call); };

function overview(now) {
  $("link").textContent = "live";
  $("link").className = "up";
  $("version").textContent = now.version;
  $("running").textContent = `running ${seconds(now.running_s)}`;
  const behind = now.lag_ms > 2000 ? `, ${seconds(now.lag_ms / 1000)} behind` : "";
  $("packets").textContent = `${number(now.packets)} packets${behind}`;
  for (const state of ["answered", "ringing", "trying"]) $(`t-${state}`).textContent = number(now.states[state]);
  $("t-finished").textContent = number(now.finished);
  $("t-attempts").textContent = number(now.attempts);
  $("t-asr").textContent = now.attempts ? `${(100 * now.attempts_answered / now.attempts).toFixed(1)} %` : DASH;
  $("t-mos").replaceChildren(rated(now.now.mos));
  $("t-p5").replaceChildren(rated(now.now.mos_p5));
  $("n-calls").textContent = number(now.open);
  document.title = `${now.open} calls \u00b7 siplens live`;
  if (!only) {
    calls = now.calls;
    $("hits").textContent = now.open > calls.length ? `the latest ${calls.length} of ${number(now.open)}` : "";
    listCalls();
  }
  now.calls.forEach(rate);
  listWorst();
  const body = $("sources-table").tBodies[0];
  body.replaceChildren(...now.sources.map((source) => {
    const line = make("tr");
    line.append(make("td", source.name), make("td", source.format), make("td", number(source.packets), "num"),
      make("td", source.dropped === null ? DASH : number(source.dropped), source.dropped ? "num some" : "num"),
      make("td", source.down ? `down: ${source.down}` : "up"));
    return line;
  }));
}
function moment(point) {
  if (course.length && course[course.length - 1].time === point.time) return;
  course.push(point);
  if (course.length > MOST_COURSE) course.shift();
  draw();
}

function draw() {
  const WIDE = 640, HIGH = 150, LEFT = 30, TOP = 8, LOW = 18;
  const svg = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const last = course[course.length - 1];
  const told = last && last.mos !== null ? `Now ${last.mos.toFixed(2)}, 5th percentile ${last.mos_p5.toFixed(2)}, ${last.talking} calls.` : "No call is rated now.";
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, role: "img", "aria-label": `MOS over time. ${told}` });
  const y = (mos) => TOP + (5 - mos) / 4 * (HIGH - TOP - LOW);
  for (const mos of [1, 2, 3, 4, 5]) {
    chart.append(svg("line", { class: "grid", x1: LEFT, x2: WIDE, y1: y(mos), y2: y(mos) }), svg("text", { class: "e", x: LEFT - 6, y: y(mos) + 3 }, mos));
  }
  if (course.length) {
    const from = Date.parse(course[0].time), to = Math.max(Date.parse(last.time), from + 60000);
    const x = (time) => LEFT + (Date.parse(time) - from) / (to - from) * (WIDE - LEFT);
    for (const [key, name] of [["mos_p5", "low"], ["mos", "curve"]]) {
      let path = "", pen = false;
      for (const point of course) {
        if (point[key] === null) { pen = false; continue; }
        path += `${pen ? "L" : "M"}${x(point.time).toFixed(1)} ${y(point[key]).toFixed(1)}${pen ? "" : "h.1"}`;
        pen = true;
      }
      chart.append(svg("path", { class: name, d: path }));
    }
    chart.append(svg("text", { x: LEFT, y: HIGH - 4 }, course[0].time.slice(11, 19)), svg("text", { class: "e", x: WIDE, y: HIGH - 4 }, last.time.slice(11, 19)));
  }
  $("chart").replaceChildren(chart);
}

function finding(row, time) {
  const article = make("article", undefined, `finding ${row.severity}`);
  const head = make("h3");
  head.append(make("span", row.severity, `sev ${row.severity}`), document.createTextNode(` ${row.title}`));
  article.append(head);
  const of = make("p", undefined, "of");
  if (time) of.append(make("time", time.slice(11, 19)));
  of.append(document.createTextNode(row.code));
  if (row.call) {
    const button = make("button", row.call, "link");
    button.type = "button";
    button.addEventListener("click", () => flow(row.call));
    of.append(document.createTextNode(" "), button);
  }
  article.append(of, make("p", row.explanation));
  if (row.fix) {
    const terms = make("dl", undefined, "terms"), term = make("div");
    term.append(make("dt", "What to do"), make("dd", row.fix));
    terms.append(term);
    article.append(terms);
  }
  return article;
}
function found(row) {
  findings += 1;
  $("no-findings").hidden = true;
  $("n-findings").textContent = number(findings);
  const all = $("finding-list");
  all.prepend(finding(row, row.time));
  while (all.children.length > MOST_FINDINGS) all.lastElementChild.remove();
}

async function flow(id) {
  shown = id;
  $("flow").hidden = false;
  $("flow-title").textContent = `Flow of ${id}`;
  $("flow-title").focus();
  $("flow").scrollIntoView({ block: "start" });
  $("flow-facts").textContent = "";
  $("flow-findings").replaceChildren();
  try {
    const [told, drawn] = await Promise.all([ask(`/api/calls/${encodeURIComponent(id)}`), ask(`/api/calls/${encodeURIComponent(id)}/ladder.svg`)]);
    if (shown !== id) return;
    if (!told.ok || !drawn.ok) throw new Error("it is no longer kept");
    const { call, findings } = await told.json();
    // The page has the ladder's style, and lets no other in.
    const text = (await drawn.text()).replace(/<style>[^<]*<\/style>/, "");
    const picture = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (shown !== id || picture.nodeName !== "svg") return;
    picture.querySelectorAll("style, script, foreignObject").forEach((element) => element.remove());
    $("flow-facts").textContent = [call.caller.uri, "to", call.callee.uri, call.final_status ? `: ${call.final_status.code} ${call.final_status.reason}` : `: ${call.state}`].filter(Boolean).join(" ");
    $("ladder").replaceChildren(document.importNode(picture, true));
    $("flow-findings").replaceChildren(...findings.map((row) => finding(row)));
  } catch (error) {
    if (shown !== id) return;
    $("flow-facts").textContent = `The flow cannot be shown: ${error.message}.`;
    $("ladder").replaceChildren();
  }
}
$("close").addEventListener("click", () => {
  const id = shown;
  shown = null;
  $("flow").hidden = true;
  [...document.querySelectorAll("td button")].find((button) => button.getAttribute("aria-label") === `Flow of ${id}`)?.focus();
});

async function search() {
  only = $("where").value.trim();
  $("where").removeAttribute("aria-invalid");
  $("hits").className = "";
  if (!only) { $("hits").textContent = ""; return; }
  const asked = only;
  try {
    const answer = await ask(`/api/calls?limit=50&where=${encodeURIComponent(only)}`);
    const told = await answer.json();
    if (asked !== only) return;
    if (!answer.ok) {
      $("where").setAttribute("aria-invalid", "true");
      $("hits").className = "bad";
      $("hits").textContent = told.error ?? `error ${answer.status}`;
      return;
    }
    calls = told.calls;
    $("hits").textContent = `${calls.length} of ${number(told.total)}`;
    listCalls();
  } catch { $("hits").textContent = "not reachable"; }
}
let typing = 0;
$("where").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(search, 300); });

const handlers = {
  overview: (now) => { overview(now); moment(now.now); },
  call: (call) => { rate(call); },
  finding: found,
};
async function connect() {
  let pause = 500;
  for (;;) {
    const patience = new AbortController();
    let timer = 0;
    const wait = () => { clearTimeout(timer); timer = setTimeout(() => patience.abort(), PATIENCE); };
    try {
      wait();
      const first = await ask("/api/overview");
      if (first.status === 401) { wants(token ? "That was not the token." : undefined); return; }
      if (first.ok) {
        const told = await first.json();
        course.splice(0, course.length, ...told.course);
        $("finding-list").replaceChildren();
        findings = 0;
        told.findings.forEach(found);
        told.worst.forEach(rate);
        if (told.overview) overview(told.overview);
        draw();
      }
      const stream = await fetch("/api/events", { headers: token ? { authorization: `Bearer ${token}` } : {}, cache: "no-store", credentials: "omit", signal: patience.signal });
      if (!stream.ok) throw new Error(`status ${stream.status}`);
      pause = 500;
      const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        wait();
        text += value;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const lines = text.slice(0, end).split("\n");
          text = text.slice(end + 2);
          const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
          const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
          if (data && Object.hasOwn(handlers, name)) handlers[name](JSON.parse(data));
        }
      }
    } catch { /* said below */ }
    clearTimeout(timer);
    $("link").textContent = "not connected; trying again";
    $("link").className = "down";
    await new Promise((done) => setTimeout(done, pause));
    pause = Math.min(2 * pause, 10000);
  }
}
setInterval(() => { if (only) search(); }, 5000);
draw();
connect();
