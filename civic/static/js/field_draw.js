// Draws the outbox: how much is sent, and each item with its state, why not, and what can be done.
import * as store from "./field_store.js";
import { blockers } from "./field_send.js";

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const clock = new Intl.DateTimeFormat(undefined, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });

/** The queue of one person into the box; `acts` are the things a person can do. */
export function draw(items, words, acts, task) {
  const box = document.querySelector("[data-kit-box]");
  const sent = items.filter((item) => store.SENT.has(item.state)).length;
  box.hidden = !items.length;
  box.classList.toggle("all", sent === items.length);
  const text = sent === items.length ? fill(words.allSent, { m: items.length }) : fill(words.sent, { n: sent, m: items.length });
  const count = box.querySelector("[data-kit-count]");
  if (count.textContent !== text) count.textContent = text;
  const bar = box.querySelector("[data-kit-bar]");
  bar.max = Math.max(1, items.length);
  bar.value = items.reduce((sum, item) => sum + (store.SENT.has(item.state) ? 1 : item.size ? (item.sent || 0) / item.size : 0), 0);
  box.querySelector("[data-kit-send]").closest("p").hidden = sent === items.length;
  box.querySelector("[data-kit-items]").replaceChildren(...items.map((item) => row(item, items, words, acts, task)));
  document.dispatchEvent(new CustomEvent("sync", { detail: { done: sent, total: items.length } }));
}

function row(item, items, words, acts, task) {
  const line = element("li", `kit-item ${item.state}`, "");
  line.dataset.item = item.id;
  line.dataset.state = item.state;
  const what = item.kind === "file" ? item.name : words[item.kind];
  line.append(element("span", "kit-item-what", `${what}${item.label ? ` ${words.and} ${item.label}` : ""}`));
  const waits = item.kind === "submit" && store.OPEN.has(item.state) && blockers(item, items).length;
  const state = item.state === "sending" && item.size ? `${words.sending} ${fill(words.percent, { n: Math.floor((100 * (item.sent || 0)) / item.size) })}` : waits ? words.blocked : words[item.state];
  line.append(element("span", "kit-item-state", state));
  const when = fill(words.at, { when: clock.format(new Date(item.at)) });
  line.append(element("span", "kit-item-when", item.task === task ? when : `${item.title} ${words.and} ${when}`));
  if (item.words && (item.state === "refused" || item.state === "kept")) line.append(element("span", "kit-item-more", item.words));
  const buttons = doing(item, words, acts);
  if (buttons.length) {
    const holder = element("span", "kit-item-acts", "");
    holder.append(...buttons);
    line.append(holder);
  }
  return line;
}

function doing(item, words, acts) {
  const made = [];
  const button = (text, act, look = "quiet") => {
    const one = element("button", `btn ${look} small`, text);
    one.type = "button";
    one.addEventListener("click", () => act(item));
    made.push(one);
  };
  if (item.state === "refused") {
    if (item.code === 409) button(words.again, acts.renew);
    else if (item.kind !== "file" || item.code !== 415) button(words.retry, acts.retry);
    if (item.kind !== "file" && acts.edit) button(words.edit, acts.edit);
  }
  if (item.state === "refused" || item.state === "waiting") button(words.remove, acts.remove, "plain");
  return made;
}
