// The 500 m cells put together into larger ones of the same shape, so that they can be seen from far away. Sums stay exact.

const WORLD = 20037508.342789244;
const LEAST = 17;  // pixels a cell should be wide
const toMeters = ([lng, lat]) => [(lng * WORLD) / 180, (Math.log(Math.tan(((90 + lat) * Math.PI) / 360)) / Math.PI) * WORLD];
const toDegrees = ([x, y]) => [(x / WORLD) * 180, (Math.atan(Math.exp((y / WORLD) * Math.PI)) * 360) / Math.PI - 90];

/** How many times wider than 500 m the cells should be at this zoom: 1, 2, 4 or 8. */
export function step(zoom, lat) {
  const width = 500 / ((40075016 * Math.cos((lat * Math.PI) / 180)) / 512 / 2 ** zoom);
  return [1, 2, 4].find((factor) => width * factor >= LEAST) ?? 8;
}

function middle(feature) {
  const ring = feature.geometry.coordinates[0].slice(0, -1).map(toMeters);
  return [ring.reduce((sum, [x]) => sum + x, 0) / ring.length, ring.reduce((sum, [, y]) => sum + y, 0) / ring.length];
}

/** Column and row of the flat-topped cell of this edge a point lies in. */
function cell([x, y], edge) {
  const q = ((2 / 3) * x) / edge;
  const r = ((-1 / 3) * x + (Math.sqrt(3) / 3) * y) / edge;
  let [a, b, c] = [Math.round(q), Math.round(r), Math.round(-q - r)];
  const [da, db, dc] = [Math.abs(a - q), Math.abs(b - r), Math.abs(c + q + r)];
  if (da > db && da > dc) a = -b - c; else if (db > dc) b = -a - c;
  return [a, b];
}

/** The middles of the cells with their counts. */
export function spots(data) {
  return { type: "FeatureCollection", features: data.features.map((one) => ({ type: "Feature", geometry: { type: "Point", coordinates: toDegrees(middle(one)) }, properties: one.properties })) };
}

/** The same counts in cells `factor` times as wide. */
export function coarse(data, factor) {
  if (factor === 1 || !data.features.length) return data;
  const [one, other] = data.features[0].geometry.coordinates[0].map(toMeters);
  const edge = Math.hypot(one[0] - other[0], one[1] - other[1]) * factor;
  const sums = new Map();
  for (const feature of data.features) {
    const key = cell(middle(feature), edge).join();
    sums.set(key, (sums.get(key) ?? 0) + feature.properties.count);
  }
  const features = [...sums].map(([key, count]) => {
    const [q, r] = key.split(",").map(Number);
    const [x, y] = [edge * 1.5 * q, edge * Math.sqrt(3) * (r + q / 2)];
    const ring = [0, 1, 2, 3, 4, 5, 0].map((corner) => toDegrees([x + edge * Math.cos((corner * Math.PI) / 3), y + edge * Math.sin((corner * Math.PI) / 3)]));
    return { type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: { count } };
  });
  return { type: "FeatureCollection", features };
}
