// The map beside its equal list. The list says everything already; this draws the same cases, lets one follow the other,
// and keeps the view in the address. Positions asked for with «around me» stay in the browser.
import { base, circle, create, distance, english, ink, library } from "./basemap.js";

const TEXT = english()
  ? { off: "This device cannot draw the map; the list is the same.", view: (n, all) => `${n} of ${all} in this view`, follow: "List follows the map", all: "Whole county", near: "Around me", denied: "No position.", close: "Close", many: (n) => `${n} cases here`, more: (n) => `and ${n} more`, km: "km", m: "m" }
  : { off: "这台设备画不了地图，名单是一样的。", view: (n, all) => `图上这一片 ${n} 件，共 ${all} 件`, follow: "名单跟着地图走", all: "看全县", near: "我附近", denied: "没拿到位置。", close: "关上", many: (n) => `这里有 ${n} 件`, more: (n) => `还有 ${n} 件`, km: "公里", m: "米" };
const CARD = 12;

const make = (tag, given = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), given);
  element.append(...children);
  return element;
};
const nothing = { type: "FeatureCollection", features: [] };
const placed = (data) => ({ type: "FeatureCollection", features: data.features.filter((one) => one.geometry) });

export default async function start(frame) {
  const split = frame.closest(".map-split");
  const wait = frame.querySelector(".map-wait");
  try {
    const [data, cases] = await Promise.all([base(), fetch(frame.dataset.src, { credentials: "same-origin" }).then((answer) => answer.json())]);
    const lib = await library(data);
    if (!lib) throw new Error("not installed");
    const surface = frame.insertBefore(make("div", { className: "map-canvas" }), frame.firstChild);
    surface.setAttribute("aria-label", frame.dataset.label);
    const map = await create(lib, surface, data, { hash: "view", cooperativeGestures: matchMedia("(pointer: coarse)").matches, onRepaint: repaint });
    wait.remove();
    new View(frame, split, map, lib, data, cases);
    map.once("idle", () => { frame.dataset.state = "ready"; });
  } catch (error) {
    frame.querySelector(".map-canvas")?.remove();
    frame.dataset.state = "off";
    split.classList.add("off");
    wait.textContent = TEXT.off;
  }
}

function repaint(map) {
  if (!map.getLayer("ring")) return;
  map.setPaintProperty("ring", "line-color", ink("ball-line"));
  map.setPaintProperty("ring-fill", "fill-color", ink("ball-line"));
  map.setPaintProperty("me", "circle-color", ink("focus"));
}

class View {
  constructor(frame, split, map, lib, data, cases) {
    Object.assign(this, { frame, split, map, lib, data, cases });
    this.list = split.querySelector(".map-rows");
    this.count = split.querySelector(".map-count");
    this.rows = new Map([...(this.list?.children ?? [])].map((row) => [row.dataset.number, row]));
    this.spots = new Map(cases.features.filter((one) => one.geometry && one.properties.n).map((one) => [one.properties.n, one]));
    this.follow = true;
    this.layers();
    this.tools();
    this.listen();
    if (location.hash.startsWith("#case-")) this.pick(decodeURIComponent(location.hash.slice(6).split("&")[0]), true);
    this.narrow();
  }

  layers() {
    const { map } = this;
    map.addControl(new this.lib.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new this.lib.ScaleControl({ maxWidth: 90 }), "bottom-right");
    const counted = this.cases.cells ? ["get", "count"] : ["get", "point_count"];
    map.addSource("cases", { type: "geojson", data: placed(this.cases), cluster: !this.cases.cells, clusterRadius: 30, clusterMaxZoom: 15, clusterProperties: { late: ["+", ["get", "late"]] } });
    map.addSource("ring", { type: "geojson", data: nothing });
    map.addSource("me", { type: "geojson", data: nothing });
    map.addLayer({ id: "ring-fill", type: "fill", source: "ring", paint: { "fill-color": ink("ball-line"), "fill-opacity": 0.18 } }, "towns");
    map.addLayer({ id: "ring", type: "line", source: "ring", paint: { "line-color": ink("ball-line"), "line-width": 2.5 } }, "towns");
    map.addLayer({ id: "pins", type: "symbol", source: "cases", filter: ["has", "n"], layout: {
      "icon-image": ["concat", "pin:", ["get", "k"], ["case", ["==", ["get", "late"], 1], "!", ""]], "icon-allow-overlap": true, "icon-ignore-placement": true, "symbol-sort-key": ["get", "late"] } });
    map.addLayer({ id: "clusters", type: "symbol", source: "cases", filter: ["!", ["has", "n"]], layout: {
      "icon-image": ["concat", "cluster:", ["to-string", counted], ["case", [">", ["coalesce", ["get", "late"], 0], 0], "!", ""]], "icon-allow-overlap": true, "icon-ignore-placement": true } });
    map.addLayer({ id: "me", type: "circle", source: "me", paint: { "circle-radius": 8, "circle-color": ink("focus"), "circle-stroke-width": 3, "circle-stroke-color": "#ffffff" } });
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
    if (!this.cases.cells && this.list) {
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
    for (const layer of ["pins", "clusters"]) {
      map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
      map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
    }
    map.on("click", "pins", ({ features }) => this.pick(features[0].properties.n));
    map.on("click", "clusters", ({ features, lngLat }) => this.open(features[0], lngLat));
    map.on("click", (event) => { if (!map.queryRenderedFeatures(event.point, { layers: ["pins", "clusters"] }).length) this.close(); });
    if (!list) return;
    const over = ({ target }) => this.light(target.closest(".map-row")?.dataset.number ?? null, true);
    list.addEventListener("pointerover", over);
    list.addEventListener("pointerleave", () => this.light(null));
    list.addEventListener("focusin", over);
    list.addEventListener("focusout", () => this.light(null));
    addEventListener("keydown", ({ key }) => { if (key === "Escape") this.close(); });
  }

  /** Hides the rows outside the view and says how many are in it. */
  narrow() {
    const box = this.map.getBounds();
    let seen = 0;
    for (const one of this.cases.features) if (one.geometry && box.contains(one.geometry.coordinates)) seen += one.properties.count ?? 1;
    for (const [number, row] of this.rows) {
      const spot = this.spots.get(number);
      row.hidden = this.follow && !!spot && !box.contains(spot.geometry.coordinates);
    }
    this.count.hidden = false;
    this.count.textContent = TEXT.view(seen, this.cases.total);
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
    const [lng, lat] = spot.geometry.coordinates;
    const least = (40075016 * Math.cos((lat * Math.PI) / 180)) / 512 / 2 ** this.map.getZoom() * 18;
    this.map.getSource("ring").setData(circle(lng, lat, Math.max(spot.properties.r, least)));
  }

  pick(number, fly = false) {
    const spot = this.spots.get(number);
    this.rows.get(this.picked)?.classList.remove("picked");
    this.picked = number;
    const row = this.rows.get(number);
    row?.classList.add("picked");
    if (row) row.hidden = false;
    if (!spot) return;
    if (fly) this.map.jumpTo({ center: spot.geometry.coordinates, zoom: Math.max(this.map.getZoom(), 12.5) });
    this.card([number]);
    this.ring(number);
  }

  /** A heap of cases: zooms in, and where zooming in no longer parts them, lists them. */
  async open(feature, spot) {
    const { map } = this;
    if (this.cases.cells) { map.easeTo({ center: spot, zoom: map.getZoom() + 2 }); return; }
    const source = map.getSource("cases");
    const leaves = await source.getClusterLeaves(feature.properties.cluster_id, 200, 0);
    const spread = new Set(leaves.map((one) => one.geometry.coordinates.map((value) => value.toFixed(5)).join())).size;
    if (spread > 1) {
      const zoom = await source.getClusterExpansionZoom(feature.properties.cluster_id);
      map.easeTo({ center: feature.geometry.coordinates, zoom: Math.min(zoom + 0.3, map.getMaxZoom()) });
      if (map.getZoom() < map.getMaxZoom() - 0.1) return;
    }
    this.card(leaves.map((one) => one.properties.n));
  }

  card(numbers) {
    this.close(true);
    const shut = make("button", { type: "button", className: "map-card-close", textContent: "×", ariaLabel: TEXT.close });
    shut.addEventListener("click", () => this.close());
    const shown = numbers.slice(0, CARD).map((number) => {
      const { properties } = this.spots.get(number);
      const row = this.rows.get(number);
      const link = make("a", { href: row?.querySelector("a").href ?? `/cases/${number}`, textContent: properties.t });
      const words = [number, properties.p, this.data.looks[properties.k]?.word].filter(Boolean).join(" · ");
      return make("li", {}, link, make("span", { className: "meta", textContent: words }));
    });
    const box = make("div", { className: "map-card" }, shut);
    box.setAttribute("role", "status");
    if (numbers.length > 1) box.append(make("p", { className: "meta", textContent: TEXT.many(numbers.length) }));
    box.append(make("ul", {}, ...shown));
    if (numbers.length > CARD) box.append(make("p", { className: "meta", textContent: TEXT.more(numbers.length - CARD) }));
    this.frame.append(box);
  }

  close(keep = false) {
    this.frame.querySelector(".map-card")?.remove();
    if (keep) return;
    this.rows.get(this.picked)?.classList.remove("picked");
    this.picked = null;
    this.ring(this.lit);
  }

  /** Orders the list by distance from the reader. The position goes nowhere. */
  near(button) {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const me = [coords.longitude, coords.latitude];
      this.map.getSource("me").setData({ type: "FeatureCollection", features: [{ type: "Feature", geometry: { type: "Point", coordinates: me }, properties: {} }] });
      this.map.easeTo({ center: me, zoom: 13 });
      const far = new Map([...this.spots].map(([number, one]) => [number, distance(me, one.geometry.coordinates)]));
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
