"use strict";
// The list is told by server-sent events, a request is asked for when it is opened. Everything that
// comes from there was written by clients and modules: it becomes text, never markup.
(() => {
  const $ = (selector) => document.querySelector(selector);
  const rows = new Map();     // by number: what is known, and its element
  const closed = new Set();   // parts of a request that were folded up
  const views = new Map();    // text or hexadecimal, where it was chosen
  let show = "all";
  let chosen = null;
  let detail = null;
  let welcome = null;

  /** An element with attributes and children; strings become text. */
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "on") element.addEventListener("click", value);
      else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  // --- words ---------------------------------------------------------------------------------
  const size = (bytes) => bytes < 1024 ? `${bytes} B`
    : bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(bytes < 10240 ? 1 : 0)} KiB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  const time = (ms) => ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const clock = (at) => {
    const date = new Date(at);
    const two = (number, length = 2) => String(number).padStart(length, "0");
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${two(date.getMilliseconds(), 3)}`;
  };
  const words = {
    no_route: "no route", refused: "refused", busy: "busy", body: "body", exit: "exit code", trap: "trap",
    timeout: "time limit", malformed: "malformed output", broken_off: "broken off", client_left: "client left",
    unavailable: "unavailable",
  };
  const isRunning = (row) => row.outcome === null;
  const isFailed = (row) => !isRunning(row) && (row.outcome !== "ok" || row.status >= 500);
  function tone(row) {
    if (isRunning(row)) return "runs";
    if (row.outcome === "client_left" || row.outcome === "broken_off") return "odd";
    return { 2: "good", 3: "away", 4: "warn", 5: "bad" }[Math.floor(row.status / 100)] ?? "odd";
  }
  const status = (row) => isRunning(row) ? "runs" : row.status === null ? "none" : String(row.status);

  // --- the list ------------------------------------------------------------------------------
  function draw(row, link) {
    const rules = row.remarks > 0 ? make("span", { class: "badge", "data-tone": "warn" }, `${row.remarks} ${row.remarks === 1 ? "rule" : "rules"}`) : null;
    const outcome = words[row.outcome] ? make("span", { class: "badge", "data-tone": tone(row) }, words[row.outcome]) : null;
    link.replaceChildren(
      make("span", { class: "badge status", "data-tone": tone(row) }, status(row)),
      make("span", { class: "method" }, row.method),
      make("span", { class: "what" }, make("span", { class: "target" }, row.target), ...[outcome, rules].filter(Boolean)),
      make("span", { class: "number time" }, row.ms === null ? "" : time(row.ms)),
      make("span", { class: "number size" }, row.sent === null ? "" : size(row.sent)),
      make("span", { class: "number at" }, clock(row.at)),
    );
  }

  function fits(row, terms) {
    if (show === "failed" && !isFailed(row)) return false;
    if (show === "rules" && row.remarks === 0) return false;
    const text = `${row.id} ${row.method} ${row.target} ${row.route ?? ""} ${row.status ?? ""} ${row.outcome ?? "running"} ${words[row.outcome] ?? ""}`.toLowerCase();
    return terms.every((term) => text.includes(term));
  }

  function sift() {
    const terms = $("#filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    let visible = 0;
    for (const { row, item } of rows.values()) {
      item.hidden = !fits(row, terms);
      if (!item.hidden) visible += 1;
    }
    const all = [...rows.values()].map(({ row }) => row);
    const counts = { all: all.length, failed: all.filter(isFailed).length, rules: all.filter((row) => row.remarks > 0).length };
    for (const button of document.querySelectorAll(".choices button")) {
      button.querySelector("b").textContent = counts[button.dataset.show];
      button.setAttribute("aria-pressed", String(button.dataset.show === show));
    }
    $("#nothing").hidden = visible > 0 || all.length === 0;
    $("#empty").hidden = all.length > 0 || welcome === null;
    $(".columns").hidden = all.length === 0;
    $("#clear").disabled = all.length === 0;
    document.title = all.length === 0 ? "wagi inspector" : `wagi inspector (${all.length})`;
  }

  function mark() {
    for (const [id, { link }] of rows) link.setAttribute("aria-current", String(id === chosen));
  }

  function told(news) {
    if (news.welcome) {
      const isOther = welcome !== null && news.welcome.started !== welcome.started;
      welcome = news.welcome;
      if (isOther) forget([]);
      introduce();
    }
    forget(news.kept);
    for (const row of news.changed) {
      const known = rows.get(row.id);
      if (known) {
        known.row = row;
        draw(row, known.link);
      } else {
        const link = make("a", { class: news.welcome ? "row" : "row new", href: `#${row.id}` });
        draw(row, link);
        setTimeout(() => link.classList.remove("new"), 1500);
        rows.set(row.id, { row, link, item: make("li", {}, link) });
      }
    }
    // The newest first; what stands where it belongs is not touched, so that the focus stays.
    let next = $("#rows").firstChild;
    for (const id of [...news.kept].reverse()) {
      const item = rows.get(id)?.item;
      if (!item) continue;
      if (item === next) next = next.nextSibling;
      else $("#rows").insertBefore(item, next);
    }
    sift();
    mark();
    tellReload(news.reloaded, Boolean(news.welcome));
    if (chosen !== null && news.changed.some((row) => row.id === chosen)) load(chosen);
  }

  function forget(kept) {
    const left = new Set(kept);
    for (const [id, { item }] of rows) {
      if (left.has(id)) continue;
      item.remove();
      rows.delete(id);
    }
  }

  function introduce() {
    const base = welcome.urls[0] ?? "";
    const quoted = (word) => /^[\w.\/:@+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
    const line = base.startsWith("unix:")
      ? `curl -i --unix-socket ${quoted(base.slice(5))} ${quoted(`http://localhost${welcome.path}`)}`
      : `curl -i ${quoted(base + welcome.path)}`;
    $("#empty code").textContent = line;
    $("#kept").textContent = `wagi ${welcome.version} on ${welcome.urls.join(", ")}; the last ${welcome.most} requests are kept:`;
  }

  let reloaded = null;
  function tellReload(reload, isFirst) {
    if (!reload || reload.at === reloaded) return;
    reloaded = reload.at;
    const box = $("#reload");
    const problem = reload.problem;
    box.hidden = isFirst && problem === null;
    box.classList.toggle("wrong", problem !== null);
    box.querySelector("p").textContent = problem === null
      ? `Loaded again at ${clock(reload.at).slice(0, 8)}: the next request sees what you changed.`
      : `What was changed is not in effect (${clock(reload.at).slice(0, 8)}): there is a problem.`;
    box.querySelector("pre").textContent = problem ?? "";
    box.querySelector("pre").hidden = problem === null;
    if (problem === null) setTimeout(() => { if (reloaded === reload.at) box.hidden = true; }, 4000);
  }

  // --- text that others wrote ----------------------------------------------------------------
  // Controls, and what changes the direction of text or cannot be seen.
  const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
  const invisibles = new RegExp(`(${invisible.source})`);
  function text(parent, string) {
    for (const [index, piece] of string.split(invisibles).entries()) {
      if (index % 2 === 0) parent.append(piece);
      else parent.append(make("span", { class: "control" }, piece === "\r" ? "\\r" : `\\u{${piece.codePointAt(0).toString(16)}}`));
    }
    return parent;
  }
  const bytesOf = (shown) => shown.hex === undefined
    ? new TextEncoder().encode(shown.text)
    : Uint8Array.from(shown.hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  /** Bytes that are no UTF-8, as readable as they get. */
  function escaped(parent, bytes) {
    let plain = "";
    for (const byte of bytes) {
      if (byte < 0x80) { plain += String.fromCharCode(byte); continue; }
      text(parent, plain);
      plain = "";
      parent.append(make("span", { class: "control" }, `\\x${byte.toString(16)}`));
    }
    return text(parent, plain);
  }
  function dump(bytes) {
    const lines = [];
    for (let at = 0; at < bytes.length; at += 16) {
      const part = [...bytes.slice(at, at + 16)];
      const pairs = part.map((byte) => byte.toString(16).padStart(2, "0"));
      const hex = `${pairs.slice(0, 8).join(" ")}  ${pairs.slice(8).join(" ")}`.padEnd(48);
      const characters = part.map((byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".").join("");
      lines.push(`${at.toString(16).padStart(6, "0")}  ${hex}  ${characters}`);
    }
    return lines.join("\n");
  }
  /** Where the body begins: behind the first empty line. */
  function blockEnd(bytes) {
    for (let at = 0, line = 0; at < bytes.length; at += 1) {
      if (bytes[at] !== 10) continue;
      const length = at - line;
      if (length === 0 || (length === 1 && bytes[line] === 13)) return at + 1;
      line = at + 1;
    }
    return null;
  }

  // --- one request ---------------------------------------------------------------------------
  function part(name, note, ...content) {
    const details = make("details", { class: "part", open: !closed.has(name) },
      make("summary", {}, name, make("span", {}, note)), ...content);
    details.addEventListener("toggle", () => details.open ? closed.delete(name) : closed.add(name));
    return details;
  }
  const nothing = (words) => make("p", { class: "nothing" }, words);
  const leftOut = (list) => list.left_out > 0 ? make("p", { class: "cut" }, `${list.left_out} more were not kept.`) : null;

  function table(name, list, empty) {
    if (list.entries.length === 0 && list.left_out === 0) return part(name, "", nothing(empty));
    const lines = list.entries.map(([name, value]) => make("tr", value === "" ? { class: "empty" } : {},
      make("th", { scope: "row" }, text(make("span"), name)),
      value === "" ? make("td", {}, "empty") : text(make("td"), value)));
    return part(name, String(list.entries.length + list.left_out), make("table", {}, make("tbody", {}, ...lines)), leftOut(list));
  }

  /** Text by lines, with those marked that break a rule, and the body behind them. */
  function output(pre, shown, rules) {
    const bytes = bytesOf(shown);
    const end = blockEnd(bytes);
    const block = end === null ? bytes : bytes.slice(0, end);
    const write = (element, part) => shown.hex === undefined ? text(element, new TextDecoder().decode(part)) : escaped(element, part);
    let from = 0;
    let line = 0;
    while (from < block.length) {
      const found = block.indexOf(10, from);
      const to = found === -1 ? block.length : found;
      line += 1;
      const broken = rules.filter((rule) => rule.line === line).map((rule) => rule.text);
      pre.append(write(make("span", {
        class: broken.length > 0 ? "numbered wrong" : "numbered", "data-line": line, title: broken.join("\n") || null,
      }), block.slice(from, to)));
      from = to + 1;
    }
    if (end !== null && end < bytes.length) {
      const body = bytes.slice(end);
      if (shown.hex === undefined) pre.append(write(make("span", { class: "body" }), body));
      else pre.append(make("span", { class: "body" }, dump(body)));
    }
  }

  function bytes(name, shown, note, empty, rules = null) {
    const total = `${count(shown.length, "byte")}${note}`;
    if (shown.length === 0) return part(name, total, nothing(empty));
    const pre = make("pre", { tabindex: "0" });
    const buttons = ["Text", "Hex"].map((view) => make("button", { type: "button", on: () => { views.set(name, view); render(); } }, view));
    function render() {
      const view = views.get(name) ?? (shown.hex === undefined || rules ? "Text" : "Hex");
      pre.replaceChildren();
      pre.classList.toggle("hex", view === "Hex" || (shown.hex !== undefined && rules !== null));
      if (view === "Hex") pre.append(dump(bytesOf(shown)));
      else if (rules) output(pre, shown, rules);
      else if (shown.hex === undefined) text(pre, shown.text);
      else escaped(pre, bytesOf(shown));
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.textContent === view));
    }
    render();
    const cut = shown.kept < shown.length ? make("p", { class: "cut" }, `Cut: only the first ${size(shown.kept)} of ${size(shown.length)} were kept.`) : null;
    return part(name, total, make("div", { class: "bytes" }, pre, make("div", { class: "views" }, ...buttons)), cut);
  }

  /** Markdown of the specification: paragraphs, with code. */
  function prose(markdown) {
    const plain = markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\*\*|(?<!\w)\*|\*(?!\w)/g, "");
    return plain.split(/\n{2,}/).map((paragraph) => coded(make("p"), paragraph));
  }
  /** Text with code between backticks. */
  function coded(parent, string) {
    for (const [index, piece] of string.split("`").entries()) text(index % 2 === 0 ? parent : parent.appendChild(make("code")), piece);
    return parent;
  }

  function broken(rules) {
    if (rules.length === 0) return null;
    const items = rules.map((rule) => make("li", {},
      make("p", {}, rule.line === null ? "" : make("b", {}, `Line ${rule.line}: `), coded(make("span"), rule.text)),
      make("details", { class: "rule" },
        make("summary", {}, make("code", {}, rule.id)),
        ...(rule.requirement === null ? [] : [
          make("p", {}, make("b", {}, rule.requirement.level)),
          ...prose(rule.requirement.text),
          make("p", {}, make("a", { href: `spec/${encodeURIComponent(rule.id)}`, target: "_blank", rel: "noreferrer" }, rule.requirement.place)),
        ]))));
    return make("section", { class: "box warn", id: "rules" },
      make("h3", {}, `The output breaks ${count(rules.length, "rule")} of the specification`), make("ul", {}, ...items));
  }

  function facts(pairs) {
    const shown = pairs.filter(([, value]) => value !== null && value !== "");
    return make("dl", { class: "facts" }, ...shown.map(([name, value]) => make("div", {}, make("dt", {}, name), text(make("dd"), value))));
  }

  function page(it) {
    const ended = it.outcome === null ? null : words[it.outcome] ?? it.outcome;
    const copy = make("button", { type: "button", class: "copy", title: it.curl.note, on: () => copyText(copy, it.curl.line) }, "Copy as curl");
    const lines = it.stderr.entries.length + it.stderr.left_out;
    const noModule = it.module === null ? "No module ran." : null;
    return [
      make("div", { class: "top" },
        make("button", { type: "button", class: "close", "aria-label": "Close", on: close }, "×"),
        make("span", { class: "badge", "data-tone": tone(it) }, it.status === null ? status(it) : `${it.status} ${it.reason ?? ""}`.trim()),
        ended !== null && ended !== "ok" ? make("span", { class: "badge", "data-tone": tone(it) }, ended) : null,
        copy),
      text(make("h2"), `${it.method} ${it.target}`),
      facts([
        ["Time", it.ms === null ? "still running" : time(it.ms)],
        ["Time of the module", it.module_ms === null ? null : time(it.module_ms)],
        ["Memory of the module", it.memory > 0 ? size(it.memory) : null],
        ["Body sent", it.sent === null ? null : size(it.sent)],
        ["Route", it.route ?? "none"],
        ["Module", it.module === null ? null : it.entrypoint === "_start" ? it.module : `${it.entrypoint} of ${it.module}`],
        ["From", it.remote === null ? null : `${it.remote}, ${it.protocol}`],
        ["At", clock(it.at)],
        ["Number in the logs", String(it.id)],
      ]),
      it.failure === null ? null : make("section", { class: "box bad", id: "failure" }, make("h3", {}, "Why it failed"), coded(make("p"), it.failure)),
      broken(it.broken_rules),
      it.curl.note === null ? null : make("p", { class: "cut" }, `The copied line is not the whole request: ${it.curl.note}.`),
      it.response_fields === null ? part("Response", "", nothing("Nothing has been sent.")) : table("Response", it.response_fields, "Without fields."),
      bytes("Raw output", it.output, "", noModule ?? "The module wrote nothing.", it.broken_rules),
      lines === 0 ? part("Standard error", "", nothing(noModule ?? "The module wrote nothing."))
        : part("Standard error", count(lines, "line"), make("div", { class: "bytes" }, text(make("pre", { tabindex: "0" }), it.stderr.entries.join("\n"))), leftOut(it.stderr)),
      bytes("Standard input", it.stdin, it.stdin.length > 0 ? `, the module read ${size(it.stdin_read)}` : "", "Empty."),
      table("Variables", it.variables, noModule ?? "None."),
      it.arguments.entries.length === 0 ? part("Arguments", "", nothing(noModule ?? "None."))
        : table("Arguments", { ...it.arguments, entries: it.arguments.entries.map((value, index) => [String(index), value]) }, ""),
      table("Request fields", it.request_fields, "None."),
    ];
  }

  async function load(id) {
    let it = null;
    try {
      const response = await fetch(`requests/${id}.json`);
      if (response.ok) it = await response.json();
    } catch { /* The state above tells that there is no connection. */ }
    if (chosen !== id) return;
    const article = $("#detail");
    const isSame = detail?.id === id;
    if (it === null) {
      // What is already there stays; it can still be read.
      if (!isSame) article.replaceChildren(
        make("div", { class: "top" }, make("button", { type: "button", class: "close", "aria-label": "Close", on: close }, "×")),
        nothing(`Request ${id} is not kept any more.`));
      return;
    }
    const scrolled = isSame ? article.scrollTop : 0;
    detail = it;
    article.replaceChildren(...page(it).filter(Boolean));
    article.scrollTop = scrolled;
    // What a module that runs has written so far.
    if (it.outcome === null) setTimeout(() => { if (chosen === id && detail === it) load(id); }, 1000);
  }

  function choose() {
    const id = /^#\d+$/.test(location.hash) ? Number(location.hash.slice(1)) : null;
    const isOther = id !== chosen;
    chosen = id;
    $("main").classList.toggle("open", id !== null);
    $("#detail").hidden = id === null;
    mark();
    if (id === null) { detail = null; $("#detail").replaceChildren(); return; }
    if (isOther) load(id);
    rows.get(id)?.item.scrollIntoView({ block: "nearest" });
  }
  function go(id, isStep) {
    const address = id === null ? location.pathname : `#${id}`;
    history[isStep ? "replaceState" : "pushState"](null, "", address);
    choose();
  }
  function close() {
    const last = rows.get(chosen)?.link;
    go(null, false);
    last?.focus();
  }
  function step(by) {
    const visible = [...rows].filter(([, { item }]) => !item.hidden).sort(([a], [b]) => b - a);
    if (visible.length === 0) return;
    const at = visible.findIndex(([id]) => id === chosen);
    const next = visible[at === -1 ? (by > 0 ? 0 : visible.length - 1) : Math.min(Math.max(at + by, 0), visible.length - 1)];
    go(next[0], chosen !== null);
    next[1].link.focus();
  }

  async function copyText(button, line) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(line);
      button.textContent = "Copied";
    } catch {
      // Without leave to write: shown, to be copied by hand.
      button.textContent = "Cannot copy";
      if (detail) $("#detail .top").after(make("p", { class: "copied" }, make("code", {}, line)));
    }
    setTimeout(() => { if (button.textContent !== label) button.textContent = label; }, 1500);
  }

  // --- what people do ------------------------------------------------------------------------
  $("#filter").addEventListener("input", sift);
  for (const button of document.querySelectorAll(".choices button")) {
    button.addEventListener("click", () => { show = button.dataset.show; sift(); });
  }
  $("#reset").addEventListener("click", () => { show = "all"; $("#filter").value = ""; sift(); });
  $("#clear").addEventListener("click", () => fetch("requests.json", { method: "DELETE" }).then(() => go(null, false), () => {}));
  $("#empty button").addEventListener("click", (event) => copyText(event.target, $("#empty code").textContent));
  addEventListener("hashchange", choose);
  addEventListener("popstate", choose);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const filter = $("#filter");
    if (event.target === filter) {
      if (event.key === "Escape") { filter.value = ""; sift(); filter.blur(); }
      else if (event.key === "ArrowDown" || event.key === "Enter") { event.preventDefault(); step(1); }
      return;
    }
    const isScrolled = Boolean(event.target.closest?.("#detail"));
    const keys = {
      "/": () => filter.focus(),
      Escape: () => { if (chosen !== null) close(); },
      j: () => step(1),
      k: () => step(-1),
      c: () => { const button = $("#detail .copy"); if (button && detail) copyText(button, detail.curl.line); },
      ...(isScrolled ? {} : { ArrowDown: () => step(1), ArrowUp: () => step(-1) }),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  // --- the connection ------------------------------------------------------------------------
  function state(name, words) {
    $("#state").dataset.state = name;
    $("#state span").textContent = words;
  }
  function connect() {
    const source = new EventSource("events");
    source.addEventListener("open", () => state("live", "live"));
    source.addEventListener("message", (event) => told(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      state("lost", "disconnected");
      // The browser tries again by itself, unless it was turned away.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1000);
    });
  }
  connect();
  choose();
})();
