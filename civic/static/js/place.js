// Where is it? A map to tap, the phone's own position, or neither: the fields below work alone. Names of towns are found
// here in the browser, so that a place that is not sent yet is nobody's to read; only a point outside the county is
// asked about, rounded to 100 m, because the shifts of other map datums are the server's to undo.
import { base, create, inside, library, nearest } from "./basemap.js";

const english = document.documentElement.lang.startsWith("en");
const TEXT = english
  ? { map: "Point on the map", label: "Tap where it is", here: (m) => `Your position, within ${m} m.`, near: (town) => `Near ${town}.`, put: "Point set.", out: "This point is outside the county.", offer: (town) => `Perhaps it is in ${town}?`, aim: "Take the middle of the map", none: "No position; point on the map or write it below.", cleared: "Point removed.", off: "The map cannot be drawn here; write the place below." }
  : { map: "在地图上点", label: "在图上点一下是哪里", here: (m) => `已取到你的位置，误差 ${m} 米。`, near: (town) => `在${town}一带。`, put: "已记下图上的点。", out: "这个点不在本县。", offer: (town) => `是不是${town}的这个位置？`, aim: "用图中央的位置", none: "没拿到位置，可以在图上点，或在下面写。", cleared: "已去掉图上的点。", off: "这里画不了地图，在下面写就行。" };
const SPAN = 1000;

export default function place(box) {
  const field = (name) => (box.dataset[name] ? document.getElementById(box.dataset[name]) : null) ?? beside(box, name);
  const [lat, lng] = [field("lat"), field("lng")];
  const tools = box.querySelector("[data-place-tools]");
  if (lat && lng && tools) new Picker(box, tools, { lat, lng, accuracy: field("accuracy"), datum: field("datum"), source: field("source") });
}

/** The hidden field that belongs to the same place: `place_lng` tells where `place_accuracy` is. */
function beside(box, name) {
  const known = box.dataset.lng && document.getElementById(box.dataset.lng);
  return known?.form?.elements[known.name.replace(/lng$/, name)] ?? null;
}

class Picker {
  constructor(box, tools, fields) {
    Object.assign(this, { box, tools, fields });
    this.frame = box.querySelector("[data-place-map]");
    this.here = tools.querySelector("[data-place-here]");
    this.clear = tools.querySelector("[data-place-clear]");
    this.said = tools.insertAdjacentElement("afterend", Object.assign(document.createElement("p"), { className: "place-said", hidden: true }));
    this.said.setAttribute("aria-live", "polite");
    this.offers = this.said.insertAdjacentElement("afterend", Object.assign(document.createElement("div"), { className: "place-offers" }));
    tools.hidden = false;
    this.clear.hidden = !fields.lat.value;
    this.clear.addEventListener("click", () => this.forget());
    if (navigator.geolocation) this.here.addEventListener("click", () => this.ask());
    else this.here.hidden = true;
    this.arrange();
  }

  /** Draws the map as soon as it comes into view, or on request where data cost money. */
  arrange() {
    if (!this.frame) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn quiet", textContent: TEXT.map });
    button.addEventListener("click", () => { button.remove(); this.open(); });
    this.tools.prepend(button);
    if (navigator.connection?.saveData || !("IntersectionObserver" in window)) return;
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      button.click();
    }, { rootMargin: "200px" });
    watch.observe(this.tools);
  }

  async open() {
    try {
      const data = (this.data = await base());
      const lib = await library(data);
      if (!lib) throw new Error("not installed");
      this.frame.hidden = false;
      this.map = await create(lib, this.frame, data, { cooperativeGestures: matchMedia("(pointer: coarse)").matches });
      this.map.addControl(new lib.NavigationControl({ showCompass: false }), "top-right");
      this.map.addSource("here", { type: "geojson", data: this.mark() });
      this.map.addLayer({ id: "here", type: "symbol", source: "here", layout: { "icon-image": "here:", "icon-anchor": "bottom", "icon-allow-overlap": true } });
      this.map.on("click", ({ lngLat }) => this.put(lngLat.lng, lngLat.lat, "map"));
      this.aim();
      if (this.fields.lat.value) this.map.jumpTo({ center: [Number(this.fields.lng.value), Number(this.fields.lat.value)], zoom: 13.5 });
      this.map.once("idle", () => { this.frame.dataset.state = "ready"; });
    } catch (error) {
      this.frame.hidden = true;
      this.frame.dataset.state = "off";
      this.say(TEXT.off);
    }
  }

  /** For keyboards: arrows move the map under the cross, Enter or the button takes its middle. */
  aim() {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn quiet", textContent: TEXT.aim });
    const take = () => { const { lng, lat } = this.map.getCenter(); this.put(lng, lat, "map"); };
    button.addEventListener("click", take);
    this.tools.insertBefore(button, this.clear);
    const canvas = this.map.getCanvas();
    canvas.setAttribute("aria-label", TEXT.label);
    canvas.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); take(); } });
    const cross = (on) => this.frame.classList.toggle("aiming", on);
    for (const element of [canvas, button]) {
      element.addEventListener("focus", () => cross(element.matches(":focus-visible")));
      element.addEventListener("blur", () => cross(false));
    }
  }

  mark() {
    const { lat, lng } = this.fields;
    const features = lat.value ? [{ type: "Feature", geometry: { type: "Point", coordinates: [Number(lng.value), Number(lat.value)] }, properties: {} }] : [];
    return { type: "FeatureCollection", features };
  }

  ask() {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      this.put(coords.longitude, coords.latitude, "gps", Math.round(coords.accuracy));
      this.map?.easeTo({ center: [coords.longitude, coords.latitude], zoom: 14 });
    }, () => this.say(TEXT.none), { enableHighAccuracy: true, timeout: 10_000 });
  }

  async put(lng, lat, source, accuracy = "") {
    const { fields } = this;
    fields.lng.value = lng.toFixed(6);
    fields.lat.value = lat.toFixed(6);
    if (fields.accuracy) fields.accuracy.value = String(accuracy);
    if (fields.datum) fields.datum.value = "wgs84";
    if (fields.source) fields.source.value = source;
    this.clear.hidden = false;
    this.offers.replaceChildren();
    this.map?.getSource("here")?.setData(this.mark());
    const data = (this.data ??= await base().catch(() => null));
    const first = source === "gps" ? TEXT.here(accuracy) : TEXT.put;
    if (!data) { this.say(first); return; }
    if (inside(data, lng, lat)) { this.say(`${first}${TEXT.near(nearest(data, lng, lat)?.name ?? data.name)}`); return; }
    this.say(TEXT.out, true);
    await this.propose(lng, lat);
  }

  async propose(lng, lat) {
    const round = (value) => Math.round(value * SPAN) / SPAN;
    const url = new URL(`../../map/where?lng=${round(lng)}&lat=${round(lat)}`, import.meta.url);
    const found = await fetch(url, { credentials: "omit" }).then((answer) => answer.json()).catch(() => ({ offers: [] }));
    for (const offer of found.offers ?? []) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn quiet small", textContent: `${TEXT.offer(offer.town)}（${offer.words}）` });
      button.addEventListener("click", () => this.put(offer.lng, offer.lat, "map"));
      this.offers.append(button);
    }
  }

  forget() {
    for (const one of Object.values(this.fields)) if (one) one.value = "";
    this.clear.hidden = true;
    this.offers.replaceChildren();
    this.map?.getSource("here")?.setData(this.mark());
    this.say(TEXT.cleared);
  }

  say(text, far = false) {
    this.said.hidden = false;
    this.said.classList.toggle("far", far);
    this.said.textContent = text;
  }
}
