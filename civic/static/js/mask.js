// Boxes over a photo, by mouse, finger or keyboard. The number fields are the truth: every box is a row of them, and the
// server covers what they say. Without this script the fields and the grid do the same.
const UNITS = 10000;
const SVG = "http://www.w3.org/2000/svg";
const KEYS = ["x", "y", "w", "h"];

export default function mask(form) {
  const said = Object.fromEntries(Object.entries(form.dataset).filter(([name]) => name.startsWith("say"))
    .map(([name, words]) => [name[3].toLowerCase() + name.slice(4), words]));
  const stage = form.querySelector("[data-stage]");
  const layer = form.querySelector("[data-layer]");
  const list = form.querySelector("[data-rows]");
  const say = form.querySelector("[data-say]");
  const most = Number(form.dataset.most);
  form.querySelector("[data-tools]").hidden = false;
  form.querySelector("[data-look]").hidden = true;
  stage.classList.add("ready");
  layer.removeAttribute("aria-hidden");
  layer.setAttribute("focusable", "true");
  for (const old of layer.querySelectorAll("rect")) old.remove();

  const all = () => [...list.querySelectorAll("[data-box]")];
  const input = (row, key) => row.querySelector(`[name$="-${key}"]`);
  const read = (row) => Object.fromEntries(KEYS.map((key) => [key, Math.round(Number.parseFloat(input(row, key).value) * 100)]));
  const filled = (row) => KEYS.every((key) => input(row, key).value !== "");
  const shown = new Map();

  function write(row, box) {
    const w = clamp(box.w, 50, UNITS), h = clamp(box.h, 50, UNITS);
    const values = { w, h, x: clamp(box.x, 0, UNITS - w), y: clamp(box.y, 0, UNITS - h) };
    for (const key of KEYS) input(row, key).value = (values[key] / 100).toFixed(1).replace(/\.0$/, "");
    draw(row);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function draw(row) {
    row.classList.toggle("empty", !filled(row));
    let rect = shown.get(row);
    if (!filled(row)) { rect?.remove(); shown.delete(row); return; }
    if (!rect) {
      rect = document.createElementNS(SVG, "rect");
      rect.setAttribute("class", "mask-box");
      rect.setAttribute("tabindex", "0");
      rect.setAttribute("role", "img");
      layer.append(rect);
      shown.set(row, rect);
      rect.addEventListener("keydown", (event) => keys(event, row));
      rect.addEventListener("pointerdown", (event) => grab(event, row));
    }
    const box = read(row);
    for (const [name, key] of [["x", "x"], ["y", "y"], ["width", "w"], ["height", "h"]]) rect.setAttribute(name, box[key]);
    rect.setAttribute("aria-label", `${said.box} ${all().indexOf(row) + 1} ${where(box)}`);
  }

  const where = (box) => said.moved.replace(/\{(\w)\}/g, (_, key) => Math.round(box[key] / 100));
  const free = () => all().find((row) => KEYS.every((key) => input(row, key).value === "")) ?? more();

  function more() {
    const number = all().length + 1;
    if (number > most) { say.textContent = said.full; return null; }
    const holder = document.createElement("ol");
    holder.append(form.parentNode.querySelector("[data-box-template]").content.cloneNode(true));
    const row = holder.firstElementChild;
    for (const element of row.querySelectorAll("*")) {
      for (const name of ["id", "for", "name"]) {
        if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replace("__n__", number));
      }
    }
    row.querySelector(".box-no").textContent = number;
    for (const hidden of row.querySelectorAll(".vh")) hidden.textContent = hidden.textContent.replace("__n__", number);
    list.append(row);
    return row;
  }

  function clear(row) {
    for (const key of KEYS) input(row, key).value = "";
    draw(row);
    say.textContent = said.gone;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function keys(event, row) {
    const step = event.altKey ? 10 : 100;
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      clear(row);
      form.querySelector("[data-add]").focus();
      return;
    }
    if (!move) return;
    event.preventDefault();
    const box = read(row);
    write(row, event.shiftKey ? { ...box, w: Math.min(box.w + move[0], UNITS - box.x), h: Math.min(box.h + move[1], UNITS - box.y) }
      : { ...box, x: box.x + move[0], y: box.y + move[1] });
    say.textContent = where(read(row));
  }

  function spot(event) {
    const frame = stage.getBoundingClientRect();
    return [clamp(Math.round((event.clientX - frame.left) / frame.width * UNITS), 0, UNITS),
      clamp(Math.round((event.clientY - frame.top) / frame.height * UNITS), 0, UNITS)];
  }

  function grab(event, row) {
    event.stopPropagation();
    const rect = shown.get(row), [fromX, fromY] = spot(event), box = read(row);
    rect.focus();
    event.preventDefault();
    follow(event, ([x, y]) => write(row, { ...box, x: box.x + x - fromX, y: box.y + y - fromY }));
  }

  function follow(event, act, done = () => {}) {
    stage.setPointerCapture(event.pointerId);
    const move = (next) => act(spot(next));
    const end = () => {
      stage.removeEventListener("pointermove", move);
      stage.removeEventListener("pointerup", end);
      stage.removeEventListener("pointercancel", end);
      done();
    };
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", end);
    stage.addEventListener("pointercancel", end);
  }

  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    const row = free();
    if (!row) return;
    const [x, y] = spot(event);
    let drawn = false;
    follow(event, ([toX, toY]) => {
      drawn = drawn || Math.abs(toX - x) > 80 || Math.abs(toY - y) > 80;
      if (drawn) write(row, { x: Math.min(x, toX), y: Math.min(y, toY), w: Math.abs(toX - x), h: Math.abs(toY - y) });
    }, () => { if (drawn) { shown.get(row)?.focus(); say.textContent = where(read(row)); } });
  });

  form.querySelector("[data-add]").addEventListener("click", () => {
    const row = free();
    if (!row) return;
    write(row, { x: 4000, y: 4000, w: 2000, h: 2000 });
    shown.get(row).focus();
    say.textContent = where(read(row));
  });
  form.querySelector("[data-undo]").addEventListener("click", () => {
    const row = all().filter(filled).at(-1);
    if (row) clear(row);
  });
  list.addEventListener("input", (event) => {
    const row = event.target.closest("[data-box]");
    if (row) draw(row);
  });
  for (const row of all()) draw(row);
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
