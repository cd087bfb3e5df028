// The offline base map shared by the public map, the newsroom's and the place picker: the county's outline, its
// neighbours, its towns. Everything comes from our own server. All words on the map are drawn from the reader's own fonts,
// so no glyph server is asked for anything.
import { draw, ink, RATIO } from "./map_pictures.js";

const inside_newsroom = location.pathname.startsWith("/desk/");
const root = new URL(inside_newsroom ? "../../desk/" : "../../", import.meta.url);
const document_url = new URL("map/base.json", root);
const FONTS = ["Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"];
/** The library reads the weight in the first name; the others are the families. */
export const BOLD = ["Bold", ...FONTS];
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
  names: { "text-color": ink("ink-3"), "text-halo-color": ink("paper"), "text-halo-width": 1.5 },
  towns: { "text-color": ink("ink"), "text-halo-color": ink("sheet"), "text-halo-width": 2 },
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
    const names = { id: `base-${name}-name`, type: "symbol", ...from, minzoom: 12, filter: ["all", ["has", "name"], ["==", ["geometry-type"], "Point"]], layout: { "text-field": ["get", "name"], "text-font": FONTS, "text-size": 12 }, paint: paints().names };
    return [...lines, names];
  });
}

function style(data) {
  const look = paints();
  const towns = data.towns.map((town) => point(town.lng, town.lat, { code: town.code, name: town.name }));
  const villages = data.villages.map((village) => point(village.lng, village.lat, { name: village.name }));
  const around = data.neighbours.features.map((one) => point(...middle(one.geometry), { name: one.properties.name }));
  const sources = {
    around: { type: "geojson", data: data.neighbours },
    county: { type: "geojson", data: data.outline },
    towns: { type: "geojson", data: points(towns) },
    villages: { type: "geojson", data: points(villages) },
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
      { id: "names", type: "symbol", source: "names", layout: { "text-field": ["get", "name"], "text-font": FONTS, "text-size": 14, "text-letter-spacing": 0.1 }, paint: look.names },
      { id: "villages", type: "symbol", source: "villages", minzoom: 11.5, layout: { "text-field": ["get", "name"], "text-font": FONTS, "text-size": 12, "text-padding": 6 }, paint: look.names },
      { id: "towns", type: "symbol", source: "towns", layout: {
        "text-field": ["get", "name"], "text-font": BOLD, "text-size": ["interpolate", ["linear"], ["zoom"], 8, 11.5, 11, 14], "text-padding": 1,
        "text-variable-anchor": ["bottom", "top", "right", "left", "bottom-right", "bottom-left", "top-right", "top-left"], "text-radial-offset": 0.4 }, paint: look.towns },
    ],
  };
}

const WORDS = {
  "NavigationControl.ZoomIn": "放大", "NavigationControl.ZoomOut": "缩小", "NavigationControl.ResetBearing": "转正",
  "Map.Title": "地图", "ScaleControl.Meters": "米", "ScaleControl.Kilometers": "公里",
  "CooperativeGesturesHandler.WindowsHelpText": "按住 Ctrl 再滚动，可以缩放", "CooperativeGesturesHandler.MacHelpText": "按住 ⌘ 再滚动，可以缩放",
  "CooperativeGesturesHandler.MobileHelpText": "两个手指移动地图",
};

/** A map in `container`, as soon as layers can be added. Throws where nothing can be drawn (no WebGL).
 *  `more(style)` puts sources and layers into the style before anything is drawn; `paint()` says their colours by layer. */
export function create(lib, container, data, { more, paint, ...options } = {}) {
  const [west, south, east, north] = data.box;
  const margin = 0.3;
  const drawn = style(data);
  more?.(drawn);
  const map = new lib.Map({
    container, style: drawn, bounds: [[west, south], [east, north]], fitBoundsOptions: { padding: 24 },
    maxBounds: [[west - margin, south - margin], [east + margin, north + margin]], minZoom: 7, maxZoom: 17,
    attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0,
    // tiles are kept for seconds only: without this every tile in sight would be fetched and laid out again every few
    // seconds for as long as the page is open, and a slow machine would never come to rest
    refreshExpiredTiles: false, validateStyle: false,
    locale: english() ? undefined : WORDS, fadeDuration: 0, ...options,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation?.();
  map.setMissingStyleImageResolver((id) => {
    const picture = draw(id, data);
    if (picture && !map.hasImage(id)) map.addImage(id, picture, { pixelRatio: RATIO });
  });
  const repaint = () => {
    for (const [layer, values] of Object.entries({ ...paints(), ...paint?.() })) if (map.getLayer(layer)) for (const [name, value] of Object.entries(values)) map.setPaintProperty(layer, name, value);
    for (const id of map.listImages()) map.updateImage(id, draw(id, data));
  };
  new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  return new Promise((done, failed) => {
    let standing = false;
    map.once("style.load", () => { standing = true; done(map); });
    map.on("error", ({ error }) => { if (!standing) failed(error); });  // later ones are of single tiles
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
