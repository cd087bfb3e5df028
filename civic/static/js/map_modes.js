// Other ways to look at the same cases: heat, hexagons of 500 m, towns by count or rate, two months compared, and time
// as a slider that plays. Everything is kept in the address behind #, and towns are a table as well.
import { english, ink } from "./basemap.js";
import { kept } from "./map.js";
import { coarse, spots, step } from "./map_cells.js";
import { nothing } from "./map_layers.js";
import { make } from "./map_panel.js";

const TEXT = english()
  ? { look: "Show", cases: "Cases", heat: "Heat", hexes: "Cells", towns: "Towns", time: "Month opened", ever: "All time", play: "Play", stop: "Stop", by: "Painted by", count: "Cases", density: "Cases per 10,000 people", on_time_rate: "Done in time", solved_strict: "Solved (strict)", satisfied_rate: "Satisfied", overdue_rate: "Overdue", recurrence_rate: "Came back", than: "Compare with", none: "No comparison", approx: "Cells around town centres, not boundaries", town: "Town", value: "Value", change: "Change", few: "too few", table: "As a table", cell: (width) => `Cases in a cell ${width} wide`, km: "km", m: "m", hot: "Few", hottest: "Many", less: "Fewer", more: "More", cases_key: "Circles count cases; a thick dark-red ring: an overdue one is among them. In an area of more than 300 cases rings are not known until you zoom in." }
  : { look: "看法", cases: "案件", heat: "热度", hexes: "网格", towns: "各镇街", time: "立案月份", ever: "全部时间", play: "播放", stop: "停", by: "按什么着色", count: "件数", density: "万人件数", on_time_rate: "按时办结率", solved_strict: "解决率（严）", satisfied_rate: "满意率", overdue_rate: "超期率", recurrence_rate: "复发率", than: "和哪个月比", none: "不比较", approx: "按最近的镇中心划的格子，不是界线", town: "镇街", value: "数值", change: "变化", few: "太少", table: "列成表", cell: (width) => `每格宽 ${width}，格里的件数`, km: "公里", m: "米", hot: "少", hottest: "多", less: "变少", more: "变多", cases_key: "圈里是件数；圈边粗、深红：里面有超期的。一块图超过 300 件时不逐件看，放大后才有红圈。" };
const LOOKS = ["cases", "heat", "hexes", "towns"];
const RATES = ["on_time_rate", "solved_strict", "satisfied_rate", "overdue_rate", "recurrence_rate"];
const HEAT = [[0.2, "#f6d9a8"], [0.5, "#e0843a"], [0.8, "#b3261e"], [1, "#5c0f0a"]];
const STEPS = 5;
const BEAT = 1600;

export function modes(view) {
  return new Modes(view);
}

/** Bounds of so many classes with about the same number of values in each. */
function classes(values) {
  const sorted = values.filter((value) => value !== null).sort((one, other) => one - other);
  const found = [];
  for (let step = 1; step < STEPS; step += 1) {
    const bound = sorted[Math.floor((sorted.length * step) / STEPS)];
    if (bound !== undefined && bound > (found.at(-1) ?? sorted[0])) found.push(bound);
  }
  return found;
}

class Modes {
  constructor(view) {
    Object.assign(this, { view, map: view.map, months: view.at.months.split(" ").filter(Boolean), other: "", by: "count", look: "cases" });
    this.bar();
    const look = kept("look");
    const month = kept("month");
    if (this.months.includes(month)) { this.slider.value = this.months.indexOf(month) + 1; this.time(); }
    if (LOOKS.includes(look) && look !== "cases") this.change(look);
  }

  /** Added with the first look that needs them. */
  sources() {
    const { map } = this;
    if (map.getSource("painted")) return;
    map.addSource("hexes", { type: "geojson", data: nothing });
    map.addSource("spots", { type: "geojson", data: nothing });
    map.addSource("painted", { type: "geojson", data: nothing });
    const hidden = { visibility: "none" };
    map.addLayer({ id: "painted", type: "fill", source: "painted", layout: hidden, paint: { "fill-color": ink("news"), "fill-opacity": 0.5 } }, "names");
    map.addLayer({ id: "painted-line", type: "line", source: "painted", layout: hidden, paint: { "line-color": ink("ink-3"), "line-width": 1 } }, "names");
    map.addLayer({ id: "hexes", type: "fill", source: "hexes", layout: hidden, paint: { "fill-color": ink("news"), "fill-opacity": 0.6, "fill-outline-color": ink("sheet") } }, "names");
    map.addLayer({ id: "heat", type: "heatmap", source: "spots", layout: hidden, paint: {
      "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 8, 0.8, 10, 1.3, 14, 2.4], "heatmap-radius": ["interpolate", ["exponential", 2], ["zoom"], 8, 14, 10, 30, 14, 240], "heatmap-opacity": 0.8,
      "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(246,217,168,0)", ...HEAT.flat()] } }, "names");
    map.on("click", "painted", ({ features }) => { if (this.look === "towns") this.table(features[0].properties.code); });
    map.on("click", "hexes", ({ lngLat }) => { if (this.look === "hexes") map.easeTo({ center: lngLat, zoom: Math.max(map.getZoom() + 1.5, 11) }); });
    map.on("zoomend", () => { if (this.look === "hexes" && this.factor !== this.fit()) this.cells(); });
  }

  bar() {
    const group = make("fieldset", { className: "map-looks" }, make("legend", { textContent: TEXT.look }));
    this.radios = LOOKS.map((look) => {
      const input = make("input", { type: "radio", name: "map-look", value: look, checked: look === "cases" });
      input.addEventListener("change", () => this.change(look));
      group.append(make("label", {}, input, make("span", { textContent: TEXT[look] })));
      return input;
    });
    const parts = [group];
    this.slider = make("input", { type: "range", min: 0, max: this.months.length, value: 0, step: 1, id: "map-month" });
    if (this.months.length) {
      this.said = make("output", { textContent: TEXT.ever });
      this.said.htmlFor = "map-month";
      this.button = make("button", { type: "button", className: "btn quiet small", textContent: TEXT.play });
      this.slider.addEventListener("input", () => { this.stop(); this.time(); });
      this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
      parts.push(make("div", { className: "map-time" }, make("label", { htmlFor: "map-month", textContent: TEXT.time }), this.slider, this.said, this.button));
    }
    this.choice = make("select", { className: "select", id: "map-by" }, ...["count", "density", ...RATES].map((by) => new Option(TEXT[by], by)));
    this.than = make("select", { className: "select", id: "map-than" }, new Option(TEXT.none, ""), ...this.months.toReversed().map((month) => new Option(month, month)));
    this.choice.addEventListener("change", () => { this.by = this.choice.value; this.than.value = this.other = ""; this.towns(); });
    this.than.addEventListener("change", () => this.compare());
    this.painted = make("div", { className: "map-painted no-print", hidden: true }, make("label", { htmlFor: "map-by", textContent: TEXT.by }), this.choice);
    if (this.months.length) this.painted.append(make("label", { htmlFor: "map-than", textContent: TEXT.than }), this.than);
    this.key = make("p", { className: "map-key meta no-print", textContent: TEXT.cases_key });
    this.sheet = make("details", { className: "map-sheet" }, make("summary", { textContent: TEXT.table }), make("table", { className: "map-table" }));
    this.painted.append(this.sheet);
    this.view.top.append(make("div", { className: "map-modes no-print" }, ...parts));
    this.view.split.before(this.painted, this.key);
  }

  change(look) {
    this.look = look;
    this.sources();
    kept("look", look === "cases" ? "" : look);
    this.radios.forEach((radio) => { radio.checked = radio.value === look; });
    const shown = { pins: "cases", clusters: "cases", numbers: "cases", heat: "heat", hexes: "hexes", painted: "towns", "painted-line": "towns" };
    for (const [layer, when] of Object.entries(shown)) this.map.setLayoutProperty(layer, "visibility", when === look ? "visible" : "none");
    this.view.hidden = look !== "cases";
    this.painted.hidden = look !== "towns";
    this.view.close();
    this.draw();
  }

  draw() {
    if (this.look === "cases") this.key.textContent = TEXT.cases_key;
    if (this.look === "heat") this.heat();
    if (this.look === "heat") this.legend("", HEAT.map(([, colour], at) => [at === 0 ? TEXT.hot : at === HEAT.length - 1 ? TEXT.hottest : "", colour, 1]));
    if (this.look === "hexes") this.hexes();
    if (this.look === "towns") this.towns();
  }

  async load(address, more = {}) {
    const answer = await fetch(`${address}?${this.view.query(more)}`, { credentials: "same-origin" });
    return answer.ok ? answer.json() : nothing;
  }

  async hexes() {
    const data = await this.load(this.view.at.hexes);
    if (this.look !== "hexes") return;
    this.fine = data;
    this.cells();
  }

  /** From the cells: a heap's circle says how many, not where. */
  async heat() {
    const data = spots(await this.load(this.view.at.hexes));
    const most = Math.max(1, ...data.features.map((one) => one.properties.count));
    // by the root: beside one busy corner the rest of a county would fade away
    this.map.setPaintProperty("heat", "heatmap-weight", ["^", ["/", ["get", "count"], most], 0.5]);
    this.map.getSource("spots").setData(data);
  }

  fit() { return step(this.map.getZoom(), this.map.getCenter().lat); }

  /** The cells as wide as this zoom wants them. */
  cells() {
    this.factor = this.fit();
    const data = coarse(this.fine ?? nothing, this.factor);
    const bounds = classes(data.features.map((one) => one.properties.count));
    this.map.setPaintProperty("hexes", "fill-color", ink("news"));
    this.map.setPaintProperty("hexes", "fill-opacity", this.steps(["get", "count"], bounds, 0.2, 0.9));
    this.map.getSource("hexes").setData(data);
    const width = this.factor === 1 ? `500 ${TEXT.m}` : `${this.factor / 2} ${TEXT.km}`;
    this.legend(TEXT.cell(width), this.swatches(bounds, ink("news"), 0.2, 0.9, Math.min(...data.features.map((one) => one.properties.count))));
  }

  /** Label, colour and opacity of each class. */
  swatches(bounds, colour, low, high, least, unit = "") {
    if (!bounds.length) return Number.isFinite(least) ? [[`${least}${unit}`, colour, (low + high) / 2]] : [];
    const to = (from, next) => (unit || !Number.isInteger(next) ? `${from}–${next}${unit}` : next - 1 > from ? `${from}–${next - 1}` : `${from}`);
    return [least, ...bounds].map((from, at) => [at === bounds.length ? `≥ ${from}${unit}` : to(from, bounds[at]), colour, low + ((high - low) * at) / bounds.length]);
  }

  legend(words, swatches, note = "") {
    this.key.replaceChildren(...(words ? [make("span", { textContent: words })] : []), ...swatches.map(([label, colour, opacity]) => {
      const patch = make("span", { className: "map-swatch" });
      patch.style.backgroundColor = `color-mix(in srgb, ${colour} ${Math.round(opacity * 100)}%, transparent)`;
      return make("span", {}, patch, label);
    }), ...(note ? [make("span", { textContent: note })] : []));
  }

  steps(value, bounds, low, high) {
    if (!bounds.length) return (low + high) / 2;
    const at = (step) => low + ((high - low) * step) / bounds.length;
    return ["step", value, at(0), ...bounds.flatMap((bound, step) => [bound, at(step + 1)])];
  }

  async towns() {
    const data = await this.load(this.view.at.towns, { by: this.by, other: this.other });
    if (this.look !== "towns") return;
    this.data = data;
    const values = data.features.map((one) => one.properties.v);
    let swatches;
    const known = ["!=", ["coalesce", ["get", "v"], "x"], "x"];
    if (this.other) {
      const most = Math.max(1, ...values.map((value) => Math.abs(value ?? 0)));
      this.map.setPaintProperty("painted", "fill-color", ["case", [">", ["coalesce", ["get", "v"], 0], 0], ink("late"), ink("ok")]);
      this.map.setPaintProperty("painted", "fill-opacity", ["interpolate", ["linear"], ["abs", ["coalesce", ["get", "v"], 0]], 0, 0.04, most, 0.75]);
      swatches = [[TEXT.less, ink("ok"), 0.6], [TEXT.more, ink("late"), 0.6]];
    } else {
      const bounds = classes(values);
      this.map.setPaintProperty("painted", "fill-color", ink("ball-line"));
      this.map.setPaintProperty("painted", "fill-opacity", ["case", known, this.steps(["to-number", ["get", "v"], 0], bounds, 0.1, 0.8), 0]);
      swatches = this.swatches(bounds, ink("ball-line"), 0.1, 0.8, Math.min(...values.filter((value) => value !== null)), RATES.includes(this.by) ? " %" : "");
    }
    this.map.getSource("painted").setData(data);
    this.legend(TEXT[this.by], swatches, data.features.some((one) => one.properties.approx) ? TEXT.approx : "");
    this.table();
  }

  /** The same as a table, the chosen town marked: nobody has to read colours. */
  table(code = "") {
    const share = RATES.includes(this.by) && !this.other;
    const said = (value) => (value === null || value === undefined ? TEXT.few : share ? `${value} %` : String(value));
    const change = (value) => (value > 0 ? `+${value}` : String(value));
    const heads = this.other ? [TEXT.town, this.view.extra.month, this.other, TEXT.change] : this.by === "count" ? [TEXT.town, TEXT.count] : [TEXT.town, TEXT.count, TEXT[this.by]];
    const lines = this.data.features.map((one) => one.properties).sort((one, other) => (other.v ?? -1e9) - (one.v ?? -1e9)).map((one) => {
      const cells = this.other ? [one.n, one.before, change(one.v)] : this.by === "count" ? [one.n] : [one.n, said(one.v)];
      return make("tr", { className: one.code === code ? "picked" : "" }, make("th", { scope: "row", textContent: one.name }), ...cells.map((cell) => make("td", { className: "num", textContent: cell })));
    });
    const caption = this.other ? `${this.view.extra.month} / ${this.other}` : TEXT[this.by];
    this.sheet.open ||= Boolean(code);
    this.sheet.lastElementChild.replaceWith(make("table", { className: "map-table" }, make("caption", { textContent: caption }), make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col", textContent: head })))), make("tbody", {}, ...lines)));
  }

  /** A month beside a month: beside all time every town would only have grown. */
  compare() {
    this.other = this.than.value;
    if (!this.other || Number(this.slider.value)) { this.towns(); return; }
    this.slider.value = this.months.length - (this.other === this.months.at(-1) ? 1 : 0);
    this.time();
  }

  time() {
    const month = this.months[Number(this.slider.value) - 1] ?? "";
    if (!month) this.other = this.than.value = "";
    this.said.textContent = month || TEXT.ever;
    this.slider.setAttribute("aria-valuetext", this.said.textContent);
    kept("month", month);
    this.view.also(month ? { month } : {});
    this.draw();
  }

  play() {
    if (Number(this.slider.value) >= this.months.length) this.slider.value = 0;
    this.button.textContent = TEXT.stop;
    const next = () => {
      this.slider.value = Number(this.slider.value) + 1;
      this.time();
      if (Number(this.slider.value) >= this.months.length) this.stop();
    };
    this.playing = setInterval(next, BEAT);
    next();
  }

  stop() {
    clearInterval(this.playing);
    this.playing = null;
    this.button.textContent = TEXT.play;
  }
}
