// Starts the modules an element asks for with data-module="a b". Every page works without any of them.

const modules = {
  counter: () => import("./counter.js"),
  autosave: () => import("./autosave.js"),
  "leave-guard": () => import("./leave_guard.js"),
  shrink: () => import("./shrink.js"),
  queue: () => import("./queue.js"),
  relative: () => import("./relative.js"),
  theme: () => import("./theme.js"),
  copy: () => import("./copy.js"),
  print: () => import("./print.js"),
  menu: () => import("./menu.js"),
  "quick-leave": () => import("./quick_leave.js"),
  place: () => import("./place.js"),
  map: () => import("./map.js"),
  sync: () => import("./sync.js"),
  placesearch: () => import("./placesearch.js"),
  placefill: () => import("./placefill.js"),
  fromhere: () => import("./fromhere.js"),
  here: () => import("./here.js"),
  chart: () => import("./chart.js"),
  dayorder: () => import("./dayorder.js"),
  calendar: () => import("./calendar.js"),
  kit: () => import("./field_kit.js"),
  "kit-leave": () => import("./field_leave.js"),
  "story-editor": () => import("./story_editor.js"),
  mask: () => import("./mask.js"),
};

const started = new WeakMap();

async function start(element, name) {
  const names = started.get(element) ?? new Set();
  if (names.has(name) || !modules[name]) return;
  started.set(element, names.add(name));
  try {
    (await modules[name]()).default(element);
  } catch (error) {
    console.error(`module ${name}`, error);
  }
}

/** Starts every module below root; call it again for parts that were added. Resolves when each of them listens. */
export function enhance(root = document) {
  return Promise.all([...root.querySelectorAll("[data-module]")].flatMap((element) =>
    element.dataset.module.split(/\s+/).filter(Boolean).map((name) => start(element, name))));
}

document.documentElement.classList.add("js");
enhance().then(() => document.documentElement.setAttribute("data-ready", ""));
