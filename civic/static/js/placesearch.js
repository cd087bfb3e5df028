// Candidates under a place field while one types: a combobox (WAI-ARIA). Without it the form's own button lists them.

const WAIT = 200;
let count = 0;

export default function placesearch(input) {
  const list = document.createElement("ul");
  list.id = `places-${(count += 1)}`;
  list.className = "place-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent ?? "");
  list.hidden = true;
  input.closest(".field").append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
  let timer = 0, asked = "", at = -1, found = [], waiting = null;

  const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const mark = (next) => {
    at = (next + found.length) % found.length;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const choose = (place) => {
    input.value = place.name;
    close();
    const own = new CustomEvent("place:chosen", { bubbles: true, cancelable: true, detail: place });
    if (!input.dispatchEvent(own)) return;
    const button = input.form?.querySelector("button[data-place-find]");
    if (button) {
      button.value = `take:${place.key}`;
      button.click();
    }
    else if (place.url) location.assign(place.url);
  };
  const show = (places) => {
    found = places;
    list.replaceChildren(...places.map((place, n) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${n}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const meta = document.createElement("span");
      meta.className = "meta";
      meta.textContent = ` ${place.kind_name}${place.town_name && place.town_name !== place.name ? ` · ${place.town_name}` : ""}`;
      item.append(place.name, meta);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(place); });
      return item;
    }));
    list.hidden = places.length === 0;
    input.setAttribute("aria-expanded", String(places.length > 0));
    if (places.length) list.scrollIntoView({ block: "nearest" });
    at = -1;
  };
  const ask = async () => {
    const q = input.value.trim();
    if (q === asked) return;
    asked = q;
    waiting?.abort();
    if (!q) { close(); return; }
    waiting = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.src}?${new URLSearchParams({ q })}`, { signal: waiting.signal, credentials: "omit" });
      if (answer.ok && input.value.trim() === q) show((await answer.json()).places);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden || !found.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); mark(at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1)); }
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(found[at]); }
  });
}
