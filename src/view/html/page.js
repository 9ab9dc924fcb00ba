(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;
  root.classList.add("js");

  // Many flows are a long list: only those that were opened are shown.
  const flows = all(".conv");
  if (flows.length > 20) root.classList.add("many");

  // Flows that wait as data become markup when they are opened. The markup is
  // the report's own, its foreign text escaped.
  let waiting = null;
  const fill = (flow) => {
    if (!flow.hasAttribute("data-waits")) return;
    waiting ??= JSON.parse($("waiting").textContent);
    const inside = flow.querySelector(".inside");
    const template = document.createElement("template");
    template.innerHTML = waiting[inside.id] ?? "";
    inside.append(template.content);
    flow.removeAttribute("data-waits");
  };
  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (details.matches?.(".conv") && details.open) fill(details);
    if (details.matches?.(".msg") && details.open) {
      colour(details.querySelector("pre"));
      mark(details);
    }
  }, true);

  // The arrow of the message that is open.
  const mark = (details) => {
    const conv = details.closest(".conv");
    all("svg a.open", conv).forEach((arrow) => arrow.classList.remove("open"));
    const target = "#" + details.querySelector(":scope > div").id;
    all("svg a", conv).find((arrow) => arrow.getAttribute("href") === target)?.classList.add("open");
  };

  // A message's text in colours.
  const span = (kind, text) => {
    const element = document.createElement("span");
    element.className = kind;
    element.textContent = text;
    return element;
  };
  const colour = (pre) => {
    if (!pre || pre.dataset.done) return;
    pre.dataset.done = "1";
    let body = false;
    const out = document.createDocumentFragment();
    pre.textContent.split("\n").forEach((line, number) => {
      if (number) out.append("\n");
      const header = /^([^\s:]+)(\s*:)(.*)$/s.exec(line);
      const sdp = /^([a-z]=)(.*)$/s.exec(line);
      if (number === 0) out.append(span("start", line));
      else if (!body && line === "") body = true;
      else if (!body && header) out.append(span("name", header[1] + header[2]), header[3]);
      else if (body && sdp) out.append(span("key", sdp[1]), sdp[2]);
      else out.append(line);
    });
    pre.replaceChildren(out);
  };

  // Whatever a link leads to is opened first.
  const show = (id, focus) => {
    const name = /^(call|registration|dialog)-\d+/.exec(id)?.[0];
    const flow = name && $(name + "-flow");
    if (flow) {
      fill(flow);
      flow.open = true;
    }
    const place = $(id);
    if (!place) return false;
    const message = place.closest(".msg");
    if (message) {
      all(".msg[open]", message.parentElement).forEach((other) => { if (other !== message) other.open = false; });
      message.open = true;
    }
    const seen = message ?? (place.matches(".inside") ? flow : place);
    seen.scrollIntoView({ block: message ? "nearest" : "start" });
    if (focus) (message?.querySelector("summary") ?? place).focus({ preventScroll: true });
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const id = link.getAttribute("href").slice(1);
    if (show(id, true)) {
      event.preventDefault();
      history.replaceState(null, "", "#" + id);
    }
  });
  addEventListener("hashchange", () => show(location.hash.slice(1), true));
  if (location.hash.length > 1) show(location.hash.slice(1), false);

  // Up and down go from arrow to arrow.
  document.addEventListener("keydown", (event) => {
    const arrow = document.activeElement?.closest?.("svg.ladder a");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!arrow || !step) return;
    const arrows = all("a", arrow.closest("svg"));
    const next = arrows[arrows.indexOf(arrow) + step];
    if (next) { next.focus(); event.preventDefault(); }
  });

  // Tables are sorted by their headings.
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.textContent.trim();
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return text === "\u2013" || text === "" ? null : text !== "" && !isNaN(text) ? Number(text) : text.toLowerCase();
  };
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  all("table[id]").forEach((table) => {
    const heads = all("thead th", table);
    if (table.tBodies[0].rows.length < 2) return;
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        // What is not known comes last in either order.
        const rows = [...table.tBodies[0].rows].map((row) => [value(row, column), row]);
        rows.sort(([a], [b]) => a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b));
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  });

  // Calls are searched.
  const form = document.querySelector(".search");
  if (form) {
    const rows = [...$("calls-table").tBodies[0].rows];
    const texts = rows.map((row) => (row.textContent + " " + row.dataset.q).toLowerCase());
    const states = [...new Set(rows.map((row) => row.dataset.s))].sort();
    states.forEach((state) => $("st").append(new Option(state.replace("_", " "), state)));
    const filter = () => {
      const words = $("q").value.toLowerCase().split(/\s+/).filter(Boolean);
      let hits = 0;
      rows.forEach((row, index) => {
        const hit = words.every((word) => texts[index].includes(word))
          && (!$("st").value || row.dataset.s === $("st").value)
          && (!$("ff").checked || row.querySelector(".sev") !== null);
        row.hidden = !hit;
        hits += hit;
      });
      $("hits").textContent = hits === rows.length ? `${hits} calls` : `${hits} of ${rows.length} calls`;
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = rows.length < 2;
    filter();
  }

  // On paper the flows are open: all of a few, of many those that are on screen.
  let opened = [];
  addEventListener("beforeprint", () => {
    if (root.classList.contains("many")) return;
    opened = flows.filter((flow) => !flow.open);
    opened.forEach((flow) => { flow.open = true; });
  });
  addEventListener("afterprint", () => {
    opened.forEach((flow) => { flow.open = false; });
    opened = [];
  });
})();
