// Fills the page from the stream, and draws its charts. Everything that comes is put in as text.
"use strict";
const SPANS = [["30 s", 30], ["2 min", 120], ["10 min", 600], ["all", Infinity]];
const KEPT = 3600;
const root = document.documentElement;
const at = (id) => document.getElementById(id);

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function put(id, text) {
  const found = at(id);
  if (found.textContent !== text) found.textContent = text;
  found.hidden = text === "";
}

// ---- theme

const button = at("theme");
const dark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
const nameTheme = () => { button.textContent = isDark() ? "Light" : "Dark"; };
button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
dark.addEventListener("change", nameTheme);
nameTheme();

// ---- what came

let view = null, legend = [], events = [], seconds = [];
let values = new Map();  // by chart, then by target: a value a second
let broken = new Map();  // by chart, then by target: [why, from, to], why it has no figures
let span = 600;

function take(message) {
  if (message.view && view && view.id !== message.view.id) { location.reload(); return; }
  view = message.view;
  if (message.legend) legend = message.legend;
  if (message.events) events = message.events;
  if (message.charts) takeCharts(message.charts);
  draw(message);
}

function takeCharts(charts) {
  if (charts.whole) { seconds = []; values = new Map(); }
  const before = seconds.length;
  seconds.push(...charts.seconds);
  for (const [name, lists] of Object.entries(charts.values)) {
    if (!values.has(name)) values.set(name, new Map());
    append(values.get(name), lists, before);
  }
  broken = new Map(Object.entries(charts.broken).map(([name, lists]) => (
    [name, new Map(legend.map((target, place) => [target.name, lists[place]]))])));
  // A new stream begins with all of the session, what is older than some minutes in longer steps.
  if (seconds.length > KEPT && !charts.whole) { source.close(); connect(); }
}

// A target that joins has nothing before; one that has left is forgotten.
function append(lines, lists, before) {
  legend.forEach((target, place) => {
    const line = lines.get(target.name) || [];
    while (line.length < before) line.push(null);
    line.push(...lists[place]);
    lines.set(target.name, line);
  });
  for (const name of [...lines.keys()]) if (!legend.some((target) => target.name === name)) lines.delete(name);
}

// ---- texts and lanes

const PHASES = {starting: "the targets start", running: "load runs", stopping: "the session stops", ended: "the session has ended"};

function draw(message) {
  if (view === null) { put("phase", message.trouble || "waiting for the session"); return; }
  put("title", view.title);
  put("question", view.question);
  put("caption", view.caption);
  put("phase", PHASES[view.phase] || view.phase);
  document.title = `${view.phase === "ended" ? "ended" : view.clock} · ${view.title} · abreast`;
  at("now").hidden = view.phase === "ended";
  put("clock", view.clock);
  put("stage", view.stage);
  at("progress").hidden = view.progress === null;
  at("progress").firstElementChild.style.width = `${100 * (view.progress || 0)}%`;
  put("load", view.load);
  put("remark", view.remark);
  put("session", `Session ${view.id}`);
  drawLight();
  drawResult();
  at("targets").hidden = view.targets.length === 0;
  at("lanes").replaceChildren(...view.targets.map(lane));
  put("window", view.window);
  at("charts").hidden = seconds.length < 2;
  at("legend").replaceChildren(...legend.map(key));
  drawCharts();
  at("log").hidden = events.length === 0;
  if (message.events) drawEvents();
}

function key(target) {
  const made = element("span");
  made.append(element("span", target.style, target.marker), ` ${target.label}`);
  return made;
}

function drawLight() {
  at("generator").hidden = false;
  const light = at("light");
  light.className = view.light.style;
  light.textContent = `${view.light.sign} ${view.light.word}`;
  at("reasons").replaceChildren(...view.light.reasons.map((reason) => element("li", "", reason)));
}

function lane(target) {
  const made = element("article", `lane ${target.style}`);
  const name = element("div", "name");
  const label = element("b");
  label.append(element("span", target.style, target.marker), ` ${target.label}`);
  name.append(label, element("span", `state ${target.state_style}`, target.state));
  made.append(name, element("p", "server", target.server));
  if (target.condition) made.append(element("p", "condition", target.condition));
  if (target.trouble) made.append(element("p", "trouble", target.trouble));
  const big = element("div", "big");
  if (target.is_measured) {
    const goodput = element("div");
    goodput.append(element("b", "", target.goodput), element("small", "", " ok/s"));
    if (target.window) goodput.append(element("small", "", `, ${target.window}`));
    big.append(goodput, element("span", "dim", target.beside));
  }
  const list = element("dl");
  for (const figure of target.figures) {
    const part = element("div");
    part.append(element("dt", "", figure.name), element("dd", figure.style, figure.text));
    list.append(part);
  }
  made.append(big, list);
  return made;
}

function drawResult() {
  const result = view.result;
  at("result").hidden = result === null;
  if (result === null) return;
  put("sentence", result.sentence);
  put("facts", `${result.facts} · ${result.heading}`);
  put("note", result.note);
  at("report").hidden = !result.report;
  const table = at("scoreboard");
  table.hidden = result.table === null;
  if (result.table === null) return;
  const isNumber = (column) => column >= result.table.texts ? "number" : "";
  const head = element("tr");
  result.table.heads.forEach((text, column) => head.append(element("th", isNumber(column), text)));
  const rows = result.table.rows.map((row) => {
    const made = element("tr");
    row.cells.forEach((text, column) => {
      const cell = element(column ? "td" : "th", isNumber(column), column ? text : "");
      if (!column) cell.append(element("span", row.style, row.marker), ` ${text}`);
      made.append(cell);
    });
    return made;
  });
  const top = element("thead"), body = element("tbody");
  top.append(head);
  body.append(...rows);
  table.replaceChildren(top, body);
}

function drawEvents() {
  const list = at("events");
  const follows = list.scrollTop + list.clientHeight >= list.scrollHeight - 20;
  list.replaceChildren(...events.map((event) => {
    const made = element("li");
    const what = element("span", event.kind);
    if (event.target) what.append(element("span", event.style, `${event.marker} ${event.target} `.trimStart()));
    what.append(event.text);
    made.append(element("time", "", event.at), what);
    return made;
  }));
  if (follows) list.scrollTop = list.scrollHeight;
}

// ---- charts: both show the same seconds

const SVG = "http://www.w3.org/2000/svg";
const PAD = {left: 52, right: 20, top: 12, bottom: 24};
let hover = null;

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [each, value] of Object.entries(attributes)) made.setAttribute(each, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function digits(value) { return Number(value.toPrecision(3)).toString(); }

const scaled = (value) => value >= 1e6 ? `${digits(value / 1e6)} M` : value >= 1000 ? `${digits(value / 1000)} k` : digits(value);

const UNITS = {
  "per second": scaled,
  "ms": (value) => value >= 1000 ? `${digits(value / 1000)} s` : `${digits(value)} ms`,
  "%": (value) => `${digits(value)} %`,
  "MB": (value) => value >= 1000 ? `${digits(value / 1000)} GB` : `${digits(value)} MB`,
  "number": scaled,
};

function clock(second) {
  const hours = Math.floor(second / 3600), minutes = Math.floor(second / 60) % 60;
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(second % 60)}` : `${minutes}:${two(second % 60)}`;
}

function step(range, most, steps) {
  return steps.find((each) => range / each <= most) || steps[steps.length - 1];
}

function niceStep(range, most) {
  const size = 10 ** Math.floor(Math.log10(range / most));
  return step(range, most, [1, 2, 5, 10].map((factor) => factor * size));
}

function shown() {
  const last = seconds[seconds.length - 1];
  const first = Math.max(seconds[0], last - span);
  const begin = seconds.findIndex((second) => second >= first);
  return {begin, first, last: Math.max(last, first + 10)};
}

const valuesOf = (name, target) => (values.get(name) || new Map()).get(target.name) || [];

function drawCharts() {
  if (seconds.length < 2 || view === null) return;
  const heads = JSON.stringify(view.charts);
  if (at("figures").dataset.heads !== heads) {
    at("figures").dataset.heads = heads;
    at("figures").replaceChildren(...view.charts.map(figure));
  }
  const range = shown();
  for (const chart of view.charts) drawChart(at(`chart-${chart.name}`), chart, range);
}

function figure(chart) {
  const made = element("figure"), title = element("figcaption", "", chart.title), plot = element("div", "plot");
  if (chart.caption) title.append(element("small", "", chart.caption));
  plot.id = `chart-${chart.name}`;
  plot.setAttribute("role", "img");
  follow(plot);
  made.append(title, plot);
  return made;
}

function drawChart(plot, chart, range) {
  const width = plot.clientWidth, height = plot.clientHeight, text = UNITS[chart.unit];
  if (!width) return;
  const inner = {width: width - PAD.left - PAD.right, height: height - PAD.top - PAD.bottom};
  let peak = 0;
  for (const target of legend) {
    const line = valuesOf(chart.name, target);
    for (let place = range.begin; place < line.length; place++) peak = Math.max(peak, line[place] || 0);
  }
  const tick = niceStep(peak || 1, 4), top = Math.max(Math.ceil((peak || 1) / tick - 1e-9), 1) * tick;
  const x = (second) => PAD.left + (second - range.first) / (range.last - range.first) * inner.width;
  const y = (value) => PAD.top + inner.height * (1 - value / top);
  const svg = shape("svg", {viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true"});
  for (let value = 0; value <= top + tick / 2; value += tick) {
    svg.append(shape("line", {class: "grid", x1: PAD.left, x2: width - PAD.right, y1: y(value), y2: y(value)}));
    svg.append(shape("text", {x: PAD.left - 6, y: y(value) + 4, "text-anchor": "end"}, text(value)));
  }
  const apart = step(range.last - range.first, Math.max(inner.width / 70, 2), [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]);
  for (let second = Math.ceil(range.first / apart) * apart; second <= range.last; second += apart) {
    svg.append(shape("text", {x: x(second), y: height - 6, "text-anchor": "middle"}, clock(second)));
  }
  legend.forEach((target, place) => {
    for (const [why, from, to] of brokenOf(chart.name, target)) {
      if (to <= range.first || from >= range.last) continue;
      const left = x(Math.max(from, range.first)), right = x(Math.min(to, range.last));
      const band = shape("rect", {class: "broken", x: left, y: PAD.top, width: right - left, height: inner.height});
      band.append(shape("title", {}, `${target.label}: ${why}`));
      svg.append(band, shape("text", {class: `whose ${target.style}`, x: left + 2, y: PAD.top + 12 * (place + 1)}, target.marker));
    }
  });
  for (const event of events) {
    if (!event.marked || event.t_s < range.first || event.t_s > range.last) continue;
    svg.append(shape("line", {class: "mark", x1: x(event.t_s), x2: x(event.t_s), y1: PAD.top, y2: PAD.top + inner.height}));
  }
  const words = [];
  for (const target of legend) {
    const line = valuesOf(chart.name, target);
    svg.append(shape("path", {class: target.style, d: path(line, range.begin, x, y)}));
    const newest = line[line.length - 1];
    words.push(`${target.label}: ${newest === null || newest === undefined ? "nothing" : text(newest)}`);
  }
  if (hover !== null && hover >= range.begin && hover < seconds.length) {
    const place = x(seconds[hover]);
    svg.append(shape("line", {class: "hair", x1: place, x2: place, y1: PAD.top, y2: PAD.top + inner.height}));
    plot.replaceChildren(svg, tip(chart, place, width));
  } else plot.replaceChildren(svg);
  plot.setAttribute("aria-label", `${chart.title} now: ${words.join("; ")}`);
}

// When a target was silent, or only failed.
const brokenOf = (name, target) => (broken.get(name) || new Map()).get(target.name) || [];

function brokenAt(name, target, second) {
  const found = brokenOf(name, target).find(([, from, to]) => from < second && second <= to);
  return found ? found[0] : "";
}

function path(line, begin, x, y) {
  let text = "", isDrawing = false;
  for (let place = begin; place < line.length; place++) {
    const value = line[place];
    if (value === null) { isDrawing = false; continue; }
    const at = `${x(seconds[place]).toFixed(1)} ${y(value).toFixed(1)}`;
    text += isDrawing ? `L${at}` : `M${at}h0`;  // a point without neighbours is a dot
    isDrawing = true;
  }
  return text;
}

function tip(chart, place, width) {
  const made = element("div", "tip");
  made.append(element("b", "", clock(seconds[hover])));
  for (const target of legend) {
    const value = valuesOf(chart.name, target)[hover], state = brokenAt(chart.name, target, seconds[hover]);
    const isThere = value !== null && value !== undefined;
    if (!isThere && !state) continue;
    const row = element("div");
    row.append(key(target), element("span", state ? "bad" : "", [isThere ? UNITS[chart.unit](value) : "", state].filter(Boolean).join(", ")));
    made.append(row);
  }
  for (const event of events) if (event.marked && Math.ceil(event.t_s) === seconds[hover]) made.append(element("div", "dim", event.text));
  if (place > width / 2) made.style.right = `${width - place + 8}px`; else made.style.left = `${place + 8}px`;
  return made;
}

function follow(plot) {
  plot.addEventListener("pointermove", (event) => {
    if (seconds.length < 2) return;
    const box = plot.getBoundingClientRect(), range = shown();
    const inside = (event.clientX - box.left - PAD.left) / (box.width - PAD.left - PAD.right);
    const wanted = range.first + inside * (range.last - range.first);
    hover = seconds.findIndex((second) => second >= wanted - 0.5);
    if (hover < 0) hover = seconds.length - 1;
    drawCharts();
  });
  const leave = () => { hover = null; drawCharts(); };
  plot.addEventListener("pointerleave", leave);
  plot.addEventListener("pointercancel", leave);
}

new ResizeObserver(drawCharts).observe(at("charts"));

at("spans").append(...SPANS.map(([text, length]) => {
  const made = element("button", "", text);
  made.type = "button";
  made.setAttribute("aria-pressed", String(length === span));
  made.addEventListener("click", () => {
    span = length;
    for (const each of at("spans").children) each.setAttribute("aria-pressed", String(each === made));
    drawCharts();
  });
  return made;
}));

// ---- the stream

let source = null, again = null;

function tell(text, style) {
  const pill = at("connection");
  if (pill.textContent !== text) pill.textContent = text;
  pill.className = `pill ${style}`;
}

function connect() {
  again = null;
  source = new EventSource("events");
  source.addEventListener("message", (event) => {
    take(JSON.parse(event.data));
    tell(view !== null && view.phase === "ended" ? "ended" : "live", view !== null && view.phase === "ended" ? "dim" : "good");
  });
  source.addEventListener("error", () => {
    if (view !== null && view.phase === "ended") { tell("ended", "dim"); } else { tell("not connected, trying again…", "warn"); }
    // The browser tries again by itself, except where it was refused, as while no place is free.
    if (source.readyState === EventSource.CLOSED && again === null) again = setTimeout(connect, 5000);
  });
}

connect();
