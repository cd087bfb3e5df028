// Sources and layers of the cases, put into the style before the first drawing: the tiles are then asked for at once.
import { BOLD } from "./basemap.js";
import { ink } from "./map_pictures.js";

export const nothing = { type: "FeatureCollection", features: [] };
const LATE = [">", ["coalesce", ["get", "late"], 0], 0];
const SIZES = [13, 10, 16, 100, 19, 1000, 23, 10_000, 28];  // of a heap's circle, by how many
/** Layers one can point at. */
export const TOUCHED = ["pins", "clusters"];

/** The colours by layer, for another theme as well. */
export const paints = () => ({
  ring: { "line-color": ink("ball-line") },
  "ring-fill": { "fill-color": ink("ball-line") },
  me: { "circle-color": ink("focus") },
  clusters: { "circle-color": ink("sheet"), "circle-stroke-color": ["case", LATE, ink("late"), ink("ink")] },
  numbers: { "text-color": ink("ink") },
});

/** Adds the cases to a style. `tiles` is the address of their tiles. */
export function cases(style, tiles) {
  const look = paints();
  style.sources.cases = { type: "vector", tiles: [tiles], minzoom: 6, maxzoom: 17 };
  style.sources.ring = { type: "geojson", data: nothing };
  style.sources.me = { type: "geojson", data: nothing };
  const from = { source: "cases", "source-layer": "cases" };
  const names = style.layers.splice(-2); // of villages and towns
  style.layers.push(
    { id: "ring-fill", type: "fill", source: "ring", paint: { ...look["ring-fill"], "fill-opacity": 0.18 } },
    { id: "ring", type: "line", source: "ring", paint: { ...look.ring, "line-width": 2.5 } },
    { id: "clusters", type: "circle", ...from, filter: ["has", "count"], layout: { "circle-sort-key": ["get", "count"] },
      paint: { ...look.clusters, "circle-opacity": 0.92, "circle-radius": ["step", ["get", "count"], ...SIZES], "circle-stroke-width": ["case", LATE, 4, 2] } },
    ...names,
    { id: "pins", type: "symbol", ...from, filter: ["has", "n"], layout: { "icon-image": ["concat", "pin:", ["get", "k"], ["case", LATE, "!", ""]], "icon-allow-overlap": true, "icon-padding": 0 } },
    // the topmost words are placed first: a town's name looks for a place beside numbers and pins, and none is ever covered
    { id: "numbers", type: "symbol", ...from, filter: ["has", "count"], layout: { "text-field": ["to-string", ["get", "count"]], "text-font": BOLD, "text-size": 13, "text-allow-overlap": true, "text-padding": 5 }, paint: look.numbers },
    { id: "me", type: "circle", source: "me", paint: { ...look.me, "circle-radius": 7, "circle-stroke-width": 3, "circle-stroke-color": "#fff" } },
  );
}
