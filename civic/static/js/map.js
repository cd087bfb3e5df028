// The map beside its equal list. The list says everything already; this draws the same cases from vector tiles, lets one
// follow the other, and keeps the view in the address. A position asked for with «around me» stays in the browser.
import { base, circle, create, english, library } from "./basemap.js";
import { cases, nothing, paints, TOUCHED } from "./map_layers.js";
import { modes } from "./map_modes.js";
import { Panel, make, parsed } from "./map_panel.js";
import { around, finder } from "./map_ways.js";

const TEXT = english()
  ? { off: "This device cannot draw the moving map. The picture and the list say the same.", view: (n, all) => `${n} of ${all} in this view`, follow: "List follows the map", all: "Whole county", busy: "Too many cases here: zoom in." }
  : { off: "这台设备画不了能拖动的地图。下面的图和名单是一样的。", view: (n, all) => `图上这一片 ${n} 件，共 ${all} 件`, follow: "名单跟着地图走", all: "看全县", busy: "这一片的案件太多：放大一些再看。" };
const PAUSE = 250;
const STALE = 60_000;

export default async function start(frame) {
  const split = frame.closest(".map-split");
  const wait = frame.querySelector(".map-wait");
  const still = frame.querySelector(".map-still");
  try {
    const data = await base();
    const lib = await library(data);
    if (!lib) throw new Error("not installed");
    const surface = frame.insertBefore(make("div", { className: "map-canvas" }), frame.firstChild);
    surface.setAttribute("aria-label", frame.dataset.label);
    const address = tiles(frame.dataset);
    const map = await create(lib, surface, data, { hash: "view", cooperativeGestures: matchMedia("(pointer: coarse)").matches, more: (style) => cases(style, address), paint: paints });
    const view = new View(frame, split, map, lib, data);
    const ready = () => {
      if (frame.dataset.state) return;
      wait?.remove();
      still?.remove();
      frame.dataset.state = "ready";
      performance.mark("map:ready");
      view.settled();
    };
    if (map.loaded()) ready(); else map.once("load", ready);
  } catch (error) {
    console.info("no map:", error?.message);
    frame.querySelector(".map-canvas")?.remove();
    frame.dataset.state = "off";
    split.classList.add("off");
    if (wait) wait.textContent = TEXT.off;
  }
}

/** Metres a pixel at zoom 0. */
const metres_at = (lat) => (40075016 * Math.cos((lat * Math.PI) / 180)) / 512;
const tiles = (at, query = at.query) => `${location.origin}${at.tiles}/{z}/{x}/{y}.mvt?${query}`;

/** A value kept in the part of the address after #, beside the view. */
export function kept(name, value) {
  const parts = new Map(location.hash.slice(1).split("&").filter(Boolean).map((part) => { const [key, ...rest] = part.split("="); return [key, rest.join("=")]; }));
  if (value === undefined) return decodeURIComponent(parts.get(name) ?? "");
  if (value) parts.set(name, value); else parts.delete(name);
  history.replaceState(history.state, "", `#${[...parts].map(([key, said]) => (said ? `${key}=${said}` : key)).join("&")}`);
  return value;
}

class View {
  constructor(frame, split, map, lib, data) {
    Object.assign(this, { frame, split, map, lib, data, at: frame.dataset });
    this.top = document.querySelector(".map-top");
    this.list = split.querySelector(".map-rows");
    this.count = split.querySelector(".map-count");
    this.total = Number(this.at.total);
    this.remote = this.total > Number(this.at.listed);
    this.fresh = this.remote;
    this.extra = {};
    this.follow = true;
    this.hidden = false;
    this.panel = new Panel(this);
    this.read();
    this.map.addControl(new lib.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new lib.ScaleControl({ maxWidth: 90 }), "bottom-right");
    this.tools();
    this.listen();
    this.modes = modes(this);
    finder(this);
  }

  /** Once the cases are drawn. */
  settled() {
    this.asked_at = Date.now();
    const named = location.hash.startsWith("#case-") ? decodeURIComponent(location.hash.slice(6).split("&")[0]) : kept("case");
    if (named) this.open(named, location.hash.startsWith("#case-"));
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

  /** Other filters of time: other tiles, another list. */
  also(extra) {
    this.extra = extra;
    this.remote = true;
    this.fresh = false;
    this.renew();
    if (this.frame.dataset.state) this.narrow();
  }

  renew() {
    this.asked_at = Date.now();
    this.map.getSource("cases").setTiles([tiles(this.at, this.query())]);
  }

  tools() {
    const box = this.split.querySelector(".map-tools");
    if (!box) return;
    const whole = make("button", { type: "button", className: "btn quiet small", textContent: TEXT.all });
    whole.addEventListener("click", () => this.map.fitBounds([this.data.box.slice(0, 2), this.data.box.slice(2)], { padding: 24 }));
    box.append(whole);
    around(this, box);
    if (this.list) {
      const check = make("input", { type: "checkbox", checked: true });
      check.addEventListener("change", () => { this.follow = check.checked; this.fresh = false; this.narrow(); });
      box.append(make("label", {}, check, TEXT.follow));
    }
    box.hidden = false;
  }

  listen() {
    const { map, list } = this;
    map.on("moveend", () => this.narrow());
    this.pointer();
    map.on("click", (event) => {
      const [town] = map.queryRenderedFeatures(event.point, { layers: ["towns"] });
      if (this.hidden) { if (town && this.modes.look !== "towns") this.panel.town(town.properties); return; }
      const [feature] = map.queryRenderedFeatures(event.point, { layers: TOUCHED });
      if (feature) this.touch(feature); else if (town) this.panel.town(town.properties); else this.close();
    });
    // the keyboard moves the map; Enter opens what lies nearest to its middle
    map.getCanvas().addEventListener("keydown", (event) => { if (event.key === "Enter" && !this.hidden) this.middle(); });
    addEventListener("keydown", ({ key }) => { if (key === "Escape") this.close(); });
    // somebody comes back to a page that stood open: what has changed meanwhile, or was taken away, is asked for anew
    document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - this.asked_at > STALE) { this.fresh = false; this.renew(); this.narrow(); } });
    // other filters keep the view
    const form = document.querySelector(".map-filters");
    form?.addEventListener("submit", () => { form.action = `${form.action.split("#")[0]}${location.hash}`; });
    if (!list) return;
    const over = ({ target }) => this.light(target.closest(".map-row")?.dataset.number ?? null, true);
    list.addEventListener("pointerover", over);
    list.addEventListener("pointerleave", () => this.light(null));
    list.addEventListener("focusin", over);
    list.addEventListener("focusout", () => this.light(null));
  }

  /** What is under the pointer: asked once a frame at most, and never while the map moves. */
  pointer() {
    const { map } = this;
    let spot = null, waiting = 0;
    const look = () => {
      waiting = 0;
      if (!spot || map.isMoving()) return;
      const found = map.queryRenderedFeatures(spot, { layers: this.hidden ? ["towns"] : [...TOUCHED, "towns"] });
      map.getCanvas().style.cursor = found.length ? "pointer" : "";
      this.light(found.find((one) => one.layer.id === "pins")?.properties.n ?? null);
    };
    map.on("mousemove", ({ point }) => { spot = point; waiting ||= requestAnimationFrame(look); });
    map.on("mouseout", () => { spot = null; this.light(null); });
  }

  middle() {
    const { map } = this;
    const { clientWidth: width, clientHeight: height } = map.getCanvas();
    const far = (feature) => { const spot = map.project(feature.geometry.coordinates); return Math.hypot(spot.x - width / 2, spot.y - height / 2); };
    const near = map.queryRenderedFeatures(undefined, { layers: TOUCHED }).sort((one, other) => far(one) - far(other))[0];
    if (near) this.touch(near);
  }

  /** Says how many cases are in the view, and lets the list follow. */
  narrow() {
    clearTimeout(this.later);
    if (this.remote) {
      // the page came with the list of the whole county: nothing to ask before the view is another one
      if (this.fresh && !this.box()) { this.say(this.total, this.total); return; }
      this.fresh = false;
      this.later = setTimeout(() => this.ask(), PAUSE);
      return;
    }
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
      if (this.list) { this.list.replaceChildren(...parsed(said.html).children); this.read(); this.rows.get(this.picked)?.classList.add("picked"); }
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
    if (row && !fromList) this.show_row(row);
    this.ring(number ?? this.picked);
  }

  /** Scrolls the list to a row, never the page: the map would slip away under the pointer. */
  show_row(row) {
    const box = row.closest(".map-list");
    if (box.scrollHeight <= box.clientHeight) return;
    const [outer, inner] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top; else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
  }

  ring(number) {
    const spot = this.spots.get(number);
    if (!spot) { this.map.getSource("ring").setData(nothing); return; }
    const [lng, lat] = spot.at;
    const least = (metres_at(lat) / 2 ** this.map.getZoom()) * 18;
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
    if (answer.ok) this.panel.heap(await answer.json());
  }

  /** A case named in the address; `fly` goes there. */
  async open(number, fly) {
    if (!this.spots.has(number)) {
      const answer = await fetch(`${this.at.rows}?q=${encodeURIComponent(number)}`, { credentials: "same-origin" });
      const row = answer.ok && parsed((await answer.json()).html).querySelector(`[data-number="${CSS.escape(number)}"]`);
      if (!row) return;
      if (row.dataset.lng) this.spots.set(number, { at: [Number(row.dataset.lng), Number(row.dataset.lat)], r: Number(row.dataset.r) });
    }
    this.pick(number, fly);
  }

  pick(number, fly = false) {
    const spot = this.spots.get(number);
    this.rows.get(this.picked)?.classList.remove("picked");
    this.picked = number;
    const row = this.rows.get(number);
    row?.classList.add("picked");
    if (row) row.hidden = false;
    if (!spot) return;
    if (fly) this.go(spot);
    kept("case", number);
    this.panel.card(number, () => this.picked === number);
    this.ring(number);
  }

  /** To a case, as near as the circle of its rough place allows, and above where the card will lie. */
  go({ at, r }) {
    const { clientWidth: width, clientHeight: height } = this.map.getCanvas();
    const zoom = Math.log2((metres_at(at[1]) * 0.3 * Math.min(width, height)) / Math.max(r, 1));
    this.map.jumpTo({ center: at, zoom: Math.min(Math.max(zoom, this.map.getMinZoom()), 14.5) });
    this.map.panBy([0, height / (width < 500 ? 3 : 6)], { duration: 0 });
  }

  close() {
    this.panel.shut();
    this.rows.get(this.picked)?.classList.remove("picked");
    if (this.picked) kept("case", "");
    this.picked = null;
    this.ring(this.lit);
  }
}
