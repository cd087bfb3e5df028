// What lies over the map: the card of a case, the cases of one spot as a list, a town, a place that was looked for.
import { english } from "./basemap.js";

const TEXT = english()
  ? { close: "Close", many: (n) => `${n} cases here`, more: (n) => `and ${n} more`, page: "Page of this area", only: "Only cases of this town" }
  : { close: "关上", many: (n) => `这里有 ${n} 件`, more: (n) => `还有 ${n} 件`, page: "这一片的页面", only: "只看这个镇街的案件" };
const MOST = 12;

export const make = (tag, given = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), given);
  element.append(...children);
  return element;
};
export const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body;

export class Panel {
  constructor(view) { Object.assign(this, { view, frame: view.frame, at: view.at }); }

  async card(number, wanted) {
    const answer = await fetch(`${this.at.cards}/${encodeURIComponent(number)}`, { credentials: "same-origin" });
    if (answer.ok && wanted()) this.show(...parsed((await answer.json()).html).children);
  }

  /** Several cases on one spot, as a list. */
  heap({ html, total }) {
    const shown = [...parsed(html).children].slice(0, MOST).map((row) =>
      make("li", {}, row.querySelector("a"), make("span", { className: "meta", textContent: [...row.querySelectorAll(".meta > span:not([hidden])")].map((one) => one.textContent).join(" · ") })));
    const parts = [make("p", { className: "meta", textContent: TEXT.many(total) }), make("ul", {}, ...shown)];
    if (total > shown.length) parts.push(make("p", { className: "meta", textContent: TEXT.more(total - shown.length) }));
    this.show(...parts);
  }

  /** The name of a town leads to its page, or narrows the map to it. */
  town({ code, name }) {
    const only = new URLSearchParams(this.at.query);
    only.delete("v");
    only.delete("area");
    only.set("town", code);
    this.place(name, "", `${this.at.areas}/${code}`, make("p", {}, make("a", { href: `${location.pathname}?${only}${location.hash}`, textContent: TEXT.only })));
  }

  place(name, about, url, ...more) {
    const parts = [make("h3", { textContent: name })];
    if (about) parts.push(make("p", { className: "meta", textContent: about }));
    if (url) parts.push(make("p", {}, make("a", { href: url, textContent: TEXT.page })));
    this.show(...parts, ...more);
  }

  show(...parts) {
    this.shut();
    const shut = make("button", { type: "button", className: "map-card-close", textContent: "×", ariaLabel: TEXT.close });
    shut.addEventListener("click", () => { this.view.close(); this.view.map.getCanvas().focus(); });
    const box = make("div", { className: "map-card" }, shut, ...parts);
    box.setAttribute("role", "status");
    this.frame.append(box);
  }

  shut() { this.frame.querySelector(".map-card")?.remove(); }
}
