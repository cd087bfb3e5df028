// The offline base map shared by the public map, the newsroom's and the place picker: the county's outline, its
// neighbours, its towns. Everything comes from our own server. All words on the map are drawn on a canvas from the
// reader's own fonts, so no glyph server is asked for anything.

const inside_newsroom = location.pathname.startsWith("/desk/");
const root = new URL(inside_newsroom ? "../../desk/" : "../../", import.meta.url);
const document_url = new URL("map/base.json", root);
const SANS = '"Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
const SERIF = '"Noto Serif SC", "Noto Serif CJK SC", "Songti SC", SimSun, serif';
const RATIO = 2;
let asked = null;

/** The base map document, read once. */
export function base() {
  asked ??= fetch(document_url, { credentials: "same-origin" }).then((answer) => {
    if (!answer.ok) throw new Error(`base map ${answer.status}`);
    return answer.json();
  });
  return asked;
}

export const english = () => document.documentElement.lang.startsWith("en");

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const TONES = { news: "news", gov: "gov", ball: "ball", late: "late", ok: "ok", plain: "ink", quiet: "ink-2" };

function sheet(href) {
  if ([...document.styleSheets].some((one) => one.href && new URL(one.href).pathname === new URL(href, location).pathname)) return Promise.resolve();
  return new Promise((done) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = link.onerror = () => done();
    document.head.append(link);
  });
}

/** The installed map library with its style sheet; null when it is not installed. */
export async function library(data) {
  if (!data.library.module) return null;
  const [found] = await Promise.all([import(data.library.module), sheet(data.library.style), sheet(data.style)]);
  return found.Map ? found : found.default;
}

// -- pictures drawn here ------------------------------------------------------------------------------------------

function canvas(width, height) {
  const surface = document.createElement("canvas");
  surface.width = Math.ceil(width * RATIO);
  surface.height = Math.ceil(height * RATIO);
  const pen = surface.getContext("2d", { willReadFrequently: true });
  pen.scale(RATIO, RATIO);
  return [surface, pen];
}

const pixels = (surface, pen) => pen.getImageData(0, 0, surface.width, surface.height);

function label(text, kind) {
  const font = kind === "town" ? `600 13px ${SANS}` : `500 15px ${SERIF}`;
  const [, ruler] = canvas(1, 1);
  ruler.font = font;
  const width = Math.ceil(ruler.measureText(text).width) + 10;
  const [surface, pen] = canvas(width, 22);
  pen.font = font;
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = kind === "town" ? ink("sheet") : ink("paper");
  pen.strokeText(text, width / 2, 11.5);
  pen.fillStyle = kind === "town" ? ink("ink-2") : ink("ink-3");
  pen.fillText(text, width / 2, 11.5);
  return pixels(surface, pen);
}

function pin(look, late) {
  const size = 28;
  const [surface, pen] = canvas(size, size);
  const tone = ink(TONES[look?.tone] ?? "ink");
  pen.beginPath();
  pen.arc(14, 14, 11.5, 0, 7);
  pen.fillStyle = ink("sheet");
  pen.fill();
  pen.lineWidth = late ? 4 : 1.75;
  pen.strokeStyle = late ? ink("late") : tone;
  pen.stroke();
  pen.translate(7.6, 7.6);
  pen.scale(0.8, 0.8);
  pen.fillStyle = tone;
  if (look) pen.fill(new Path2D(look.path), "evenodd");
  return pixels(surface, pen);
}

function cluster(count, late) {
  const words = String(count);
  const size = words.length < 2 ? 34 : words.length < 3 ? 40 : 34 + words.length * 6;
  const [surface, pen] = canvas(size, size);
  const middle = size / 2;
  pen.beginPath();
  pen.arc(middle, middle, middle - 3, 0, 7);
  pen.fillStyle = ink("sheet");
  pen.fill();
  pen.lineWidth = late ? 4 : 2.5;
  pen.strokeStyle = ink(late ? "late" : "ink");
  pen.stroke();
  pen.fillStyle = ink("ink");
  pen.font = `700 ${count < 1000 ? 14 : 13}px ${SANS}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(words, middle, middle + 0.5);
  return pixels(surface, pen);
}

function cross() {
  const [surface, pen] = canvas(32, 40);
  pen.translate(16, 36);
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.bezierCurveTo(-4, -8, -11, -13, -11, -21);
  pen.arc(0, -21, 11, Math.PI, 0);
  pen.bezierCurveTo(11, -13, 4, -8, 0, 0);
  pen.fillStyle = ink("news");
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = ink("sheet");
  pen.stroke();
  pen.beginPath();
  pen.arc(0, -21, 4, 0, 7);
  pen.fillStyle = ink("sheet");
  pen.fill();
  return pixels(surface, pen);
}

function draw(id, data) {
  const [kind, ...rest] = id.split(":");
  const name = rest.join(":");
  if (kind === "town" || kind === "around") return label(name, kind);
  if (kind === "cluster") return cluster(parseInt(name, 10), name.endsWith("!"));
  if (kind === "pin") return pin(data.looks[name.replace(/!$/, "")], name.endsWith("!"));
  return kind === "here" ? cross() : null;
}

// -- the style ----------------------------------------------------------------------------------------------------

const points = (features) => ({ type: "FeatureCollection", features });
const point = (lng, lat, properties) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lng, lat] }, properties });

function middle(geometry) {
  const rings = (geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates]).map((polygon) => polygon[0]);
  const ring = rings.reduce((one, other) => (other.length > one.length ? other : one));
  const [lngs, lats] = [ring.map((spot) => spot[0]), ring.map((spot) => spot[1])];
  return [(Math.min(...lngs) + Math.max(...lngs)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}

const paints = () => ({
  sea: { "background-color": ink("sunk") },
  around: { "fill-color": ink("paper") },
  "around-line": { "line-color": ink("rule-2") },
  county: { "fill-color": ink("sheet") },
  "county-line": { "line-color": ink("rule-3") },
});

// an operator's own base: pictures, or vector tiles whose layers are drawn by what their names say they are
const WATER = /water|ocean|river|lake|sea/i;
const LINES = /road|transport|street|rail|waterway|bound|path/i;
const SOLID = /build/i;

function provided(data, sources) {
  const { provider } = data;
  if (!provider) return [];
  const limits = { minzoom: provider.least, maxzoom: provider.most };
  const own = provider.own && [`${root.origin}${root.pathname}${provider.own}/{z}/{x}/{y}`];
  if (provider.kind === "raster") {
    return (own ? [own[0]] : provider.tiles).map((address, at) => {
      sources[`base-${at}`] = { type: "raster", tiles: [address], tileSize: 256, ...limits };
      return { id: `base-${at}`, type: "raster", source: `base-${at}`, paint: { "raster-saturation": -0.4, "raster-opacity": 0.85 } };
    });
  }
  sources.base = { type: "vector", tiles: own, ...limits };
  return provider.layers.flatMap((name) => {
    const from = { source: "base", "source-layer": name };
    if (WATER.test(name) && !/waterway/i.test(name)) return [{ id: `base-${name}`, type: "fill", ...from, paint: { "fill-color": ink("sunk") }, filter: ["==", ["geometry-type"], "Polygon"] }];
    if (SOLID.test(name)) return [{ id: `base-${name}`, type: "fill", ...from, paint: { "fill-color": ink("rule") }, filter: ["==", ["geometry-type"], "Polygon"] }];
    const lines = LINES.test(name) ? [{ id: `base-${name}`, type: "line", ...from, paint: { "line-color": ink("rule-3"), "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.5, 15, 3] } }] : [];
    const names = { id: `base-${name}-name`, type: "symbol", ...from, minzoom: 12, filter: ["all", ["has", "name"], ["==", ["geometry-type"], "Point"]], layout: { "icon-image": ["concat", "around:", ["get", "name"]] } };
    return [...lines, names];
  });
}

function style(data) {
  const look = paints();
  const towns = data.towns.map((town) => point(town.lng, town.lat, { icon: `town:${town.name}` }));
  const around = data.neighbours.features.map((one) => point(...middle(one.geometry), { icon: `around:${one.properties.name}` }));
  const sources = {
    around: { type: "geojson", data: data.neighbours },
    county: { type: "geojson", data: data.outline },
    towns: { type: "geojson", data: points(towns) },
    names: { type: "geojson", data: points(around) },
  };
  const under = provided(data, sources);
  return {
    version: 8,
    sources,
    layers: [
      { id: "sea", type: "background", paint: look.sea },
      { id: "around", type: "fill", source: "around", paint: look.around },
      { id: "around-line", type: "line", source: "around", paint: { ...look["around-line"], "line-width": 0.8, "line-dasharray": [4, 3] } },
      { id: "county", type: "fill", source: "county", paint: look.county },
      ...under,
      { id: "county-line", type: "line", source: "county", paint: { ...look["county-line"], "line-width": 1.6 } },
      { id: "names", type: "symbol", source: "names", layout: { "icon-image": ["get", "icon"] } },
      { id: "towns", type: "symbol", source: "towns", layout: { "icon-image": ["get", "icon"], "icon-padding": 4, "icon-offset": [0, -24] } },
    ],
  };
}

const WORDS = {
  "NavigationControl.ZoomIn": "放大", "NavigationControl.ZoomOut": "缩小", "NavigationControl.ResetBearing": "转正",
  "Map.Title": "地图", "ScaleControl.Meters": "米", "ScaleControl.Kilometers": "公里",
  "CooperativeGesturesHandler.WindowsHelpText": "按住 Ctrl 再滚动，可以缩放", "CooperativeGesturesHandler.MacHelpText": "按住 ⌘ 再滚动，可以缩放",
  "CooperativeGesturesHandler.MobileHelpText": "两个手指移动地图",
};

/** A map in `container`, ready to take layers. Throws where nothing can be drawn (no WebGL). */
export function create(lib, container, data, options = {}) {
  const [west, south, east, north] = data.box;
  const margin = 0.3;
  const map = new lib.Map({
    container, style: style(data), bounds: [[west, south], [east, north]], fitBoundsOptions: { padding: 24 },
    maxBounds: [[west - margin, south - margin], [east + margin, north + margin]], minZoom: 7, maxZoom: 17,
    attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0,
    locale: english() ? undefined : WORDS, fadeDuration: 0, ...options,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation?.();
  map.setMissingStyleImageResolver((id) => {
    const picture = draw(id, data);
    if (picture && !map.hasImage(id)) map.addImage(id, picture, { pixelRatio: RATIO });
  });
  const repaint = () => {
    for (const [layer, values] of Object.entries(paints())) for (const [name, value] of Object.entries(values)) map.setPaintProperty(layer, name, value);
    for (const id of map.listImages()) map.updateImage(id, draw(id, data));
    options.onRepaint?.(map, ink);
  };
  new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  return new Promise((done, failed) => {
    map.once("load", () => done(map));
    map.once("error", ({ error }) => { if (!map.loaded()) failed(error); });
  });
}

export { ink };

/** A circle of so many metres as a polygon. */
export function circle(lng, lat, metres) {
  const ring = [];
  for (let step = 0; step <= 48; step += 1) {
    const angle = (step / 48) * 2 * Math.PI;
    ring.push([lng + (metres / (111195 * Math.cos((lat * Math.PI) / 180))) * Math.cos(angle), lat + (metres / 111195) * Math.sin(angle)]);
  }
  return { type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: {} };
}

/** Metres between two points. */
export function distance([lng1, lat1], [lng2, lat2]) {
  const rad = Math.PI / 180;
  const half = Math.sin(((lat2 - lat1) * rad) / 2) ** 2 + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lng2 - lng1) * rad) / 2) ** 2;
  return 2 * 6371009 * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Whether a point lies in the county's outline. */
export function inside(data, lng, lat) {
  let odd = false;
  for (const { geometry } of data.outline.features) {
    for (const polygon of geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates]) {
      for (const ring of polygon) {
        for (let at = 0, before = ring.length - 1; at < ring.length; before = at, at += 1) {
          const [x, y] = ring[at];
          const [u, v] = ring[before];
          if (y > lat !== v > lat && lng < ((u - x) * (lat - y)) / (v - y) + x) odd = !odd;
        }
      }
    }
  }
  return odd;
}

/** The town whose centre is nearest. */
export function nearest(data, lng, lat) {
  return data.towns.reduce((best, town) => {
    const metres = distance([lng, lat], [town.lng, town.lat]);
    return !best || metres < best.metres ? { ...town, metres } : best;
  }, null);
}
