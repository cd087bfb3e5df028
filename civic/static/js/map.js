// The map beside its equal list. The list says everything already; this draws the same cases from vector tiles, lets one
// follow the other, and keeps the view in the address. A position asked for with «around me» stays in the browser.
import { base, circle, create, distance, english, ink, library } from "./basemap.js";
import { modes } from "./map_modes.js";

const TEXT = english()
  ? { off: "This device cannot draw the map; the list is the same.", view: (n, all) => `${n} of ${all} in this view`, follow: "List follows the map", all: "Whole county", near: "Around me", denied: "No position.", close: "Close", many: (n) => `${n} cases here`, more: (n) => `and ${n} more`, km: "km", m: "m", busy: "Too many cases here: zoom in." }
  : { off: "这台设备画不了地图，名单是一样的。", view: (n, all) => `图上这一片 ${n} 件，共 ${all} 件`, follow: "名单跟着地图走", all: "看全县", near: "我附近", denied: "没拿到位置。", close: "关上", many: (n) => `这里有 ${n} 件`, more: (n) => `还有 ${n} 件`, km: "公里", m: "米", busy: "这一片的案件太多：放大一些再看。" };
const CARD = 12;
const PAUSE = 250;
const LAYERS = ["pins", "clusters"];

export const make = (tag, given = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), given);
  element.append(...children);
  return element;
};
export const nothing = { type: "FeatureCollection", features: [] };
const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body;

export default async function start(frame) {
  const split = frame.closest(".map-split");
  const wait = frame.querySelector(".map-wait");
  try {
    const data = await base();
    const lib = await library(data);
    if (!lib) throw new Error("not installed");
    const surface = frame.insertBefore(make("div", { className: "map-canvas" }), frame.firstChild);
    surface.setAttribute("aria-label", frame.dataset.label);
    const map = await create(lib, surface, data, { hash: "view", cooperativeGestures: matchMedia("(pointer: coarse)").matches, onRepaint: repaint });
    wait.remove();
    const view = new View(frame, split, map, lib, data);
    map.once("idle", () => { frame.dataset.state = "ready"; view.narrow(); });
  } catch (error) {
    frame.querySelector(".map-canvas")?.remove();
    frame.dataset.state = "off";
    split.classList.add("off");
    wait.textContent = TEXT.off;
    if (!frame.contains(wait)) frame.prepend(wait);
  }
}

function repaint(map) {
  if (!map.getLayer("ring")) return;
  map.setPaintProperty("ring", "line-color", ink("ball-line"));
  map.setPaintProperty("ring-fill", "fill-color", ink("ball-line"));
  map.setPaintProperty("me", "circle-color", ink("focus"));
}

/** A value kept in the part of the address after #, beside the view. */
export function kept(name, value) {
  const parts = new Map(location.hash.slice(1).split("&").filter(Boolean).map((part) => { const [key, ...rest] = part.split("="); return [key, rest.join("=")]; }));
  if (value === undefined) return parts.get(name) ?? "";
  if (value) parts.set(name, value); else parts.delete(name);
  history.replaceState(history.state, "", `#${[...parts].map(([key, said]) => (said ? `${key}=${said}` : key)).join("&")}`);
  return value;
}

class View {
  constructor(frame, split, map, lib, data) {
    Object.assign(this, { frame, split, map, lib, data, at: frame.dataset });
    this.list = split.querySelector(".map-rows");
    this.count = split.querySelector(".map-count");
    this.total = Number(this.at.total);
    this.remote = this.total > Number(this.at.listed);
    this.extra = {};
    this.follow = true;
    this.hidden = false;
    this.read();
    this.layers();
    this.tools();
    this.listen();
    this.modes = modes(this);
    if (location.hash.startsWith("#case-")) this.open(decodeURIComponent(location.hash.slice(6).split("&")[0]));
    this.narrow();
  }

  /** The rows of the list and the spots they stand for. */
  read() {
    this.rows = new Map([...(this.list?.children ?? [])].map((row) => [row.dataset.number, row]));
    this.spots = new Map([...this.rows].filter(([, row]) => row.dataset.lng).map(([number, row]) =>
      [number, { at: [Number(row.dataset.lng), Number(row.dataset.lat)], r: Number(row.dataset.r) }]));
  }

  /** The filters of the page and what the time slider adds. */
  query(more = {}) {
    const said = new URLSearchParams(this.at.query);
    for (const [name, value] of Object.entries({ ...this.extra, ...more })) if (value) said.set(name, value); else said.delete(name);
    return said.toString();
  }

  address() { return [`${location.origin}${this.at.tiles}/{z}/{x}/{y}.mvt?${this.query()}`]; }

  layers() {
    const { map } = this;
    map.addControl(new this.lib.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new this.lib.ScaleControl({ maxWidth: 90 }), "bottom-right");
    map.addSource("cases", { type: "vector", tiles: this.address(), minzoom: 6, maxzoom: 17 });
    map.addSource("ring", { type: "geojson", data: nothing });
    map.addSource("me", { type: "geojson", data: nothing });
    map.addLayer({ id: "ring-fill", type: "fill", source: "ring", paint: { "fill-color": ink("ball-line"), "fill-opacity": 0.18 } }, "towns");
    map.addLayer({ id: "ring", type: "line", source: "ring", paint: { "line-color": ink("ball-line"), "line-width": 2.5 } }, "towns");
    const loud = ["case", [">", ["coalesce", ["get", "late"], 0], 0], "!", ""];
    const always = { "icon-allow-overlap": true, "icon-ignore-placement": true };
    map.addLayer({ id: "pins", type: "symbol", source: "cases", "source-layer": "cases", filter: ["has", "n"], layout: { ...always, "icon-image": ["concat", "pin:", ["get", "k"], loud] } });
    map.addLayer({ id: "clusters", type: "symbol", source: "cases", "source-layer": "cases", filter: ["has", "count"], layout: { ...always, "icon-image": ["concat", "cluster:", ["to-string", ["get", "count"]], loud], "symbol-sort-key": ["get", "count"] } });
    map.addLayer({ id: "me", type: "circle", source: "me", paint: { "circle-radius": 7, "circle-color": ink("focus"), "circle-stroke-width": 3, "circle-stroke-color": "#fff" } });
  }

  /** Other filters of time: other tiles, another list. */
  also(extra) {
    this.extra = extra;
    this.map.getSource("cases").setTiles(this.address());
    this.remote = true;
    this.narrow();
  }

  tools() {
    const box = this.split.querySelector(".map-tools");
    if (!box) return;
    const whole = make("button", { type: "button", className: "btn quiet small", textContent: TEXT.all });
    whole.addEventListener("click", () => this.map.fitBounds([this.data.box.slice(0, 2), this.data.box.slice(2)], { padding: 24 }));
    box.append(whole);
    if (navigator.geolocation) {
      const near = make("button", { type: "button", className: "btn quiet small", textContent: TEXT.near });
      near.addEventListener("click", () => this.near(near));
      box.append(near);
    }
    if (this.list) {
      const check = make("input", { type: "checkbox", checked: true });
      check.addEventListener("change", () => { this.follow = check.checked; this.narrow(); });
      box.append(make("label", {}, check, TEXT.follow));
    }
    box.hidden = false;
  }

  listen() {
    const { map, list } = this;
    map.on("moveend", () => this.narrow());
    map.on("mousemove", "pins", ({ features }) => this.light(features[0].properties.n));
    map.on("mouseleave", "pins", () => this.light(null));
    for (const layer of LAYERS) {
      map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
      map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
    }
    map.on("click", (event) => {
      if (this.hidden) return;
      const [feature] = map.queryRenderedFeatures(event.point, { layers: LAYERS });
      if (feature) this.touch(feature); else this.close();
    });
    // the keyboard moves the map; Enter opens what lies nearest to its middle
    map.getCanvas().addEventListener("keydown", (event) => { if (event.key === "Enter" && !this.hidden) this.middle(); });
    addEventListener("keydown", ({ key }) => { if (key === "Escape") this.close(); });
    if (!list) return;
    const over = ({ target }) => this.light(target.closest(".map-row")?.dataset.number ?? null, true);
    list.addEventListener("pointerover", over);
    list.addEventListener("pointerleave", () => this.light(null));
    list.addEventListener("focusin", over);
    list.addEventListener("focusout", () => this.light(null));
  }

  middle() {
    const { map } = this;
    const { clientWidth: width, clientHeight: height } = map.getCanvas();
    const far = (feature) => { const spot = map.project(feature.geometry.coordinates); return Math.hypot(spot.x - width / 2, spot.y - height / 2); };
    const near = map.queryRenderedFeatures(undefined, { layers: LAYERS }).sort((one, other) => far(one) - far(other))[0];
    if (near) this.touch(near);
  }

  /** Says how many cases are in the view, and lets the list follow. */
  narrow() {
    clearTimeout(this.later);
    if (this.remote) { this.later = setTimeout(() => this.ask(), PAUSE); return; }
    const box = this.map.getBounds();
    let seen = 0;
    for (const [number, row] of this.rows) {
      const spot = this.spots.get(number);
      const there = !!spot && box.contains(spot.at);
      if (there) seen += 1;
      row.hidden = this.follow && !!spot && !there;
    }
    this.say(seen, this.total);
  }

  say(seen, all) {
    if (!this.count) return;
    this.count.hidden = false;
    this.count.textContent = TEXT.view(seen, all);
  }

  box() {
    const bounds = this.map.getBounds();
    const [west, south, east, north] = this.data.box;
    if (bounds.contains([west, south]) && bounds.contains([east, north])) return "";
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((value) => value.toFixed(5)).join();
  }

  /** The list of the view from the server, when the page does not hold every case. */
  async ask() {
    if (this.alone) return;
    const mine = (this.asked = {});
    const rows = async (box) => {
      const answer = await fetch(`${this.at.rows}?${this.query({ box })}`, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    };
    try {
      const box = this.box();
      const said = await rows(this.follow ? box : "");
      if (mine !== this.asked) return;
      if (this.list) { this.list.replaceChildren(...parsed(said.html).children); this.read(); }
      this.say(said.total, Object.keys(this.extra).length ? said.total : this.total);
    } catch {
      if (mine === this.asked && this.count) { this.count.hidden = false; this.count.textContent = TEXT.busy; }
    }
  }

  /** Shows on the map where a case of the list is, or in the list which case a pin is. */
  light(number, fromList = false) {
    if (this.lit === number) return;
    this.rows.get(this.lit)?.classList.remove("lit");
    this.lit = number;
    const row = this.rows.get(number);
    row?.classList.add("lit");
    if (row && !fromList) row.scrollIntoView({ block: "nearest" });
    this.ring(number ?? this.picked);
  }

  ring(number) {
    const spot = this.spots.get(number);
    if (!spot) { this.map.getSource("ring").setData(nothing); return; }
    const [lng, lat] = spot.at;
    const least = (40075016 * Math.cos((lat * Math.PI) / 180)) / 512 / 2 ** this.map.getZoom() * 18;
    this.map.getSource("ring").setData(circle(lng, lat, Math.max(spot.r, least)));
  }

  /** A pin, or a heap: on one spot it is listed, else the map goes nearer. */
  async touch(feature) {
    const { map } = this;
    const { n, r, one } = feature.properties;
    const spot = feature.geometry.coordinates;
    if (n) {
      if (!this.spots.has(n)) this.spots.set(n, { at: spot, r: r ?? 0 });
      this.pick(n);
      return;
    }
    if (!one && map.getZoom() < map.getMaxZoom() - 0.1) { map.easeTo({ center: spot, zoom: Math.min(map.getZoom() + 2, map.getMaxZoom()) }); return; }
    const near = (360 / 2 ** Math.floor(map.getZoom()) / 4096) * 1.5;
    const box = [spot[0] - near, spot[1] - near, spot[0] + near, spot[1] + near].map((value) => value.toFixed(7)).join();
    const answer = await fetch(`${this.at.rows}?${this.query({ box })}`, { credentials: "same-origin" });
    if (answer.ok) this.heap(await answer.json());
  }

  /** A case named in the address. */
  async open(number) {
    if (!this.spots.has(number)) {
      const answer = await fetch(`${this.at.rows}?q=${encodeURIComponent(number)}`, { credentials: "same-origin" });
      const row = answer.ok && parsed((await answer.json()).html).querySelector(`[data-number="${CSS.escape(number)}"]`);
      if (!row) return;
      if (row.dataset.lng) this.spots.set(number, { at: [Number(row.dataset.lng), Number(row.dataset.lat)], r: Number(row.dataset.r) });
    }
    this.pick(number, true);
  }

  pick(number, fly = false) {
    const spot = this.spots.get(number);
    this.rows.get(this.picked)?.classList.remove("picked");
    this.picked = number;
    const row = this.rows.get(number);
    row?.classList.add("picked");
    if (row) row.hidden = false;
    if (!spot) return;
    if (fly) this.map.jumpTo({ center: spot.at, zoom: Math.max(this.map.getZoom(), 12.5) });
    this.card(number);
    this.ring(number);
  }

  async card(number) {
    const answer = await fetch(`${this.at.cards}/${encodeURIComponent(number)}`, { credentials: "same-origin" });
    if (answer.ok && this.picked === number) this.show(...parsed((await answer.json()).html).children);
  }

  /** Several cases on one spot, as a list. */
  heap({ html, total }) {
    const shown = [...parsed(html).children].slice(0, CARD).map((row) =>
      make("li", {}, row.querySelector("a"), make("span", { className: "meta", textContent: [...row.querySelectorAll(".meta > span:not([hidden])")].map((one) => one.textContent).join(" · ") })));
    const parts = [make("p", { className: "meta", textContent: TEXT.many(total) }), make("ul", {}, ...shown)];
    if (total > shown.length) parts.push(make("p", { className: "meta", textContent: TEXT.more(total - shown.length) }));
    this.show(...parts);
  }

  show(...parts) {
    this.frame.querySelector(".map-card")?.remove();
    const shut = make("button", { type: "button", className: "map-card-close", textContent: "×", ariaLabel: TEXT.close });
    shut.addEventListener("click", () => { this.close(); this.map.getCanvas().focus(); });
    const box = make("div", { className: "map-card" }, shut, ...parts);
    box.setAttribute("role", "status");
    this.frame.append(box);
  }

  close() {
    this.frame.querySelector(".map-card")?.remove();
    this.rows.get(this.picked)?.classList.remove("picked");
    this.picked = null;
    this.ring(this.lit);
  }

  /** Orders the list by distance from the reader. The position goes nowhere: the list is asked for nothing meanwhile. */
  near(button) {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const me = [coords.longitude, coords.latitude];
      this.alone = true;
      this.map.getSource("me").setData({ type: "FeatureCollection", features: [{ type: "Feature", geometry: { type: "Point", coordinates: me }, properties: {} }] });
      this.map.once("dragstart", () => { this.alone = false; });
      this.map.easeTo({ center: me, zoom: 13 });
      const far = new Map([...this.spots].map(([number, one]) => [number, distance(me, one.at)]));
      const sorted = [...this.rows].sort(([one], [other]) => (far.get(one) ?? Infinity) - (far.get(other) ?? Infinity));
      for (const [number, row] of sorted) {
        const away = row.querySelector(".map-away");
        const metres = far.get(number);
        away.hidden = metres === undefined;
        if (metres !== undefined) away.textContent = metres < 950 ? `${Math.max(1, Math.round(metres / 50)) * 50} ${TEXT.m}` : `${(metres / 1000).toFixed(1)} ${TEXT.km}`;
        this.list.append(row);
      }
    }, () => { button.textContent = TEXT.denied; }, { maximumAge: 60_000, timeout: 10_000 });
  }
}
