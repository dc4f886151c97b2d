// Crosshair, legend and theme. The charts are drawn already: this moves a line over them and hides groups.
"use strict";
const {layout, groups} = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const plots = [...document.querySelectorAll(".plot")];
const hidden = new Set();

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// ---- theme

const button = document.getElementById("theme");
const isDark = () => root.dataset.theme
  ? root.dataset.theme === "dark"
  : matchMedia("(prefers-color-scheme: dark)").matches;
const nameTheme = () => { button.textContent = isDark() ? "Light" : "Dark"; };
button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
nameTheme();
button.hidden = false;

// ---- legend

const legend = document.querySelector(".legend.screen");
if (legend) {
  legend.hidden = false;
  legend.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (!pressed) return;
    const at = Number(pressed.dataset.target);
    const isShown = hidden.has(at);
    if (isShown) hidden.delete(at); else hidden.add(at);
    pressed.setAttribute("aria-pressed", String(isShown));
    for (const group of document.querySelectorAll(`.plot .target-${at}`)) {
      group.setAttribute("display", isShown ? "inline" : "none");
    }
  });
}

// ---- crosshair: the charts of a group have the same stops, and show the same one

const groupOf = new Map();
for (const group of groups) for (const chart of group.charts) groupOf.set(chart.name, {group, chart});

const share = (group, at) => (group.stops[at] - group.from) / (group.to - group.from);

function nearest(group, x) {
  let low = 0, high = group.stops.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (group.stops[middle] < x) low = middle; else high = middle;
  }
  return x - group.stops[low] < group.stops[high] - x ? low : high;
}

function clear() {
  for (const each of document.querySelectorAll(".hair, .tip")) each.remove();
}

function show(group, at, active) {
  clear();
  for (const plot of plots) {
    const found = groupOf.get(plot.dataset.chart);
    if (found.group !== group) continue;
    const scale = plot.clientWidth / layout.total;
    const x = (layout.left + share(group, at) * layout.width) * scale;
    const hair = element("div", "hair");
    hair.style.left = `${x}px`;
    hair.style.top = `${layout.top * scale}px`;
    hair.style.height = `${layout.height * scale}px`;
    plot.append(hair);
    if (plot === active) plot.append(tip(group, found.chart, at, x, plot.clientWidth));
  }
}

function tip(group, chart, at, x, width) {
  const made = element("div", "tip");
  made.append(element("b", "", group.names[at]));
  chart.texts.forEach((texts, target) => {
    if (hidden.has(target) || !texts[at]) return;
    const row = element("div");
    const name = element("span");
    name.append(element("span", `marker ${group.targets[target].style}`, group.targets[target].marker));
    name.append(` ${group.targets[target].label}`);
    row.append(name, element("span", "", texts[at]));
    made.append(row);
  });
  for (const [stop, text] of group.events) if (stop === at) made.append(element("span", "event", text));
  made.style.top = "0";
  if (x > width / 2) made.style.right = `${width - x + 10}px`; else made.style.left = `${x + 10}px`;
  return made;
}

for (const plot of plots) {
  const {group} = groupOf.get(plot.dataset.chart);
  let at = group.stops.length - 1;
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const inside = ((event.clientX - box.left) / box.width * layout.total - layout.left) / layout.width;
    at = nearest(group, group.from + inside * (group.to - group.from));
    show(group, at, plot);
  });
  plot.addEventListener("pointerleave", clear);
  plot.addEventListener("blur", clear);
  plot.addEventListener("keydown", (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (event.key === "Escape") clear();
    if (!step) return;
    event.preventDefault();
    at = Math.min(Math.max(at + step, 0), group.stops.length - 1);
    show(group, at, plot);
  });
}
