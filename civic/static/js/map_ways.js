// Ways to a place on the map: around me, and by name.
import { distance, english } from "./basemap.js";
import { make, parsed } from "./map_panel.js";

const TEXT = english() ? { near: "Around me", denied: "No position.", km: "km", m: "m" } : { near: "我附近", denied: "没拿到位置。", km: "公里", m: "米" };
const SQUARE = 11;  // zoom of the tile that is asked about: some 17 km wide, and the map itself asks for finer ones
const ZOOMS = { town: 12.2, area: 13, village: 13.6, road: 14, landmark: 15 };

/** A button that goes to where the reader is, and orders the list by distance. The position goes nowhere. */
export function around(view, box) {
  if (!navigator.geolocation) return;
  const button = make("button", { type: "button", className: "btn quiet small", textContent: TEXT.near });
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => near(view, [coords.longitude, coords.latitude]),
    () => { button.textContent = TEXT.denied; }, { maximumAge: 60_000, timeout: 10_000 }));
  box.append(button);
}

async function near(view, me) {
  const { map } = view;
  view.alone = true;
  map.getSource("me").setData({ type: "FeatureCollection", features: [{ type: "Feature", geometry: { type: "Point", coordinates: me }, properties: {} }] });
  map.once("dragstart", () => { view.alone = false; });
  map.easeTo({ center: me, zoom: 13 });
  if (!view.list) return;
  if (view.remote) await fill(view, me);
  const far = new Map([...view.spots].map(([number, one]) => [number, distance(me, one.at)]));
  const sorted = [...view.rows].sort(([one], [other]) => (far.get(one) ?? Infinity) - (far.get(other) ?? Infinity));
  for (const [number, row] of sorted) {
    const away = row.querySelector(".map-away");
    const metres = far.get(number);
    away.hidden = metres === undefined;
    if (metres !== undefined) away.textContent = metres < 950 ? `${Math.max(1, Math.round(metres / 50)) * 50} ${TEXT.m}` : `${(metres / 1000).toFixed(1)} ${TEXT.km}`;
    view.list.append(row);
  }
}

/** The cases of the large square the reader is in. */
async function fill(view, [lng, lat]) {
  const size = 2 ** SQUARE;
  const rad = (lat * Math.PI) / 180;
  const [x, y] = [Math.floor(((lng + 180) / 360) * size), Math.floor(((1 - Math.asinh(Math.tan(rad)) / Math.PI) / 2) * size)];
  const up = (row) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / size))) * 180) / Math.PI;
  const box = [(x / size) * 360 - 180, up(y + 1), ((x + 1) / size) * 360 - 180, up(y)].map((value) => value.toFixed(5)).join();
  view.asked = null;
  const answer = await fetch(`${view.at.rows}?${view.query({ box })}`, { credentials: "same-origin" });
  if (!answer.ok) return;
  view.list.replaceChildren(...parsed((await answer.json()).html).children);
  view.read();
}

/** A place chosen in the search field moves the map; one without a point opens its page. */
export function finder(view) {
  document.addEventListener("place:chosen", (event) => {
    const place = event.detail;
    if (place.lng === null || place.lat === null) return;
    event.preventDefault();
    view.close();
    const about = `${place.kind_name}${place.town_name && place.town_name !== place.name ? ` · ${place.town_name}` : ""}`;
    view.map.easeTo({ center: [place.lng, place.lat], zoom: ZOOMS[place.kind] ?? 13.5 });
    view.panel.place(place.name, about, place.url);
    view.frame.scrollIntoView({ block: "nearest" });
  });
}
