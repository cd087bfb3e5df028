// The editor of a story: keeps a draft on the server and on this device while one types, says who else is at it, adds rows.
// A draft never becomes a version by itself, and nothing is ever put over what one sees without being asked.
const SOON = 1200;
const BEAT = 60000;
const ACTIVE = 300000;
const KEEP = 7 * 24 * 3600 * 1000;
const SKIP = new Set(["csrf_token", "seen", "nonce", "base", "device", "then", "files"]);

export default function storyEditor(form) {
  const said = Object.fromEntries(Object.entries(form.dataset).filter(([name]) => name.startsWith("say"))
    .map(([name, words]) => [name[3].toLowerCase() + name.slice(4), words]));
  const key = `story:${form.dataset.user}:${form.dataset.story}`;
  const state = form.querySelector("[data-draft-state]");
  const opened = words(form);
  const failed = document.querySelector("#errors") !== null;
  rows(form);
  held(form, key, said, opened, failed);

  let timer = 0, touched = 0, dirty = false, busy = false, again = false, stopped = false;
  const show = (text, bad = false) => { state.textContent = text; state.classList.toggle("bad", bad); };

  form.addEventListener("input", () => {
    touched = Date.now();
    dirty = true;
    onDevice(form, key);
    clearTimeout(timer);
    timer = setTimeout(send, SOON);
  });
  form.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
  if (typed(form)) form.dispatchEvent(new Event("input", { bubbles: true })); // words that were there before this script was
  addEventListener("online", () => { if (dirty) send(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && dirty) send(true, true); });
  // Only while somebody is typing: an editor left open must not keep the session alive, nor pretend that anybody is there.
  setInterval(() => { if (!document.hidden && dirty && Date.now() - touched < ACTIVE) send(); }, BEAT);

  async function send(retry = true, leaving = false) {
    if (stopped) return;
    if (busy) { again = true; return; }
    busy = true;
    try {
      const body = new FormData(form);
      body.delete("files");
      const answer = await fetch(form.dataset.draft, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: leaving });
      if (answer.ok) await took(await answer.json());
      else if ((answer.status === 400 || answer.status === 401) && retry && await token()) { busy = false; return send(false); }
      else if (answer.status === 401) show(said.login, true);
      else show(said.full, true);
    } catch {
      show(said.device, true);
    } finally {
      busy = false;
      if (again) { again = false; setTimeout(send, SOON); }
    }
  }

  async function took(told) {
    const newer = told.version > Number(form.dataset.version);
    show(told.state !== "drafting" ? said.moved : newer ? said.newer : `${said.saved} ${told.at}`, newer || told.state !== "drafting");
    form.dataset.kept = told.at;
    const hint = document.querySelector("[data-presence]");
    if (hint) {
      hint.hidden = !told.others.length;
      hint.querySelector("span").textContent = told.others.length ? `${told.others.join("；")}。${said.hint}` : "";
    }
  }

  // After logging in again in another tab the old form token is worth nothing: ask for a fresh one.
  async function token() {
    const answer = await fetch(form.dataset.draft, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) return false; // led to the login page
    const told = await answer.json();
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = told.csrf;
    return true;
  }
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && !SKIP.has(field.name) && field.type !== "file" && field.type !== "submit" && field.tagName !== "BUTTON");
}

function values(form) {
  return fields(form).map((field) => [field.name, field.type === "checkbox" ? (field.checked ? "y" : "") : field.value]);
}

// Whether somebody has written already: on a slow line the page can be used long before its scripts are there.
function typed(form) {
  return fields(form).some((field) => "defaultValue" in field && field.type !== "checkbox" && field.value !== field.defaultValue);
}

// What the form says, white space aside: to see whether two states of it differ.
function words(form) {
  return fingerprint(values(form));
}

function fingerprint(pairs) {
  return pairs.map(([name, value]) => [name, value.replace(/\s+/g, " ").trim()]).filter(([, value]) => value).map((pair) => pair.join("=")).sort().join("\n");
}

function onDevice(form, key) {
  try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: values(form) })); } catch { /* full or forbidden: the server still keeps it */ }
}

// The copy of this device: offered when it says something else than the page, dropped without a word when it does not.
function held(form, key, said, opened, failed) {
  let copy = null;
  try { copy = JSON.parse(localStorage.getItem(key)); } catch { copy = null; }
  if (!copy || !Array.isArray(copy.values)) return;
  if (Date.now() - copy.at > KEEP || fingerprint(copy.values) === opened) { localStorage.removeItem(key); return; }
  if (failed || new URLSearchParams(location.search).has("draft")) return;
  // The server has the same words or newer ones, and offers them above with their difference.
  const newest = Math.max(0, ...[...document.querySelectorAll("[data-offer]")].map((offer) => Date.parse(offer.dataset.offer) + 60000));
  if (newest >= copy.at) return;
  const box = document.createElement("div");
  box.className = "draft-offer";
  box.setAttribute("role", "status");
  const line = document.createElement("p");
  line.textContent = `${said.offer}：${new Date(copy.at).toLocaleString(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" })}`;
  const tools = document.createElement("div");
  tools.className = "cluster";
  tools.append(button(said.back, () => { putBack(form, copy.values); box.remove(); }),
    button(said.throw, () => { localStorage.removeItem(key); box.remove(); }, "plain"));
  box.append(line, tools);
  form.before(box);
}

function button(text, act, tone = "quiet") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `btn ${tone} small`;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function putBack(form, pairs) {
  const wanted = Math.max(0, ...pairs.map(([name, value]) => (value && Number((name.match(/^fact-(\d+)-/) ?? [])[1])) || 0));
  while (form.querySelectorAll("[data-fact]").length < wanted && addRow(form));
  for (const [name, value] of pairs) {
    const field = form.elements.namedItem(name);
    if (!field) continue;
    if (field.type === "checkbox") field.checked = value === "y";
    else field.value = value;
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function rows(form) {
  const more = form.querySelector("[data-more-facts]");
  more?.addEventListener("click", (event) => {
    const made = addRow(form);
    if (!made) return;
    event.preventDefault();
    made.querySelector("textarea").focus();
  });
}

function addRow(form) {
  const list = form.querySelector("[data-facts]");
  const template = document.querySelector("[data-fact-template]");
  const number = list.children.length + 1;
  if (!template || number > 40) return null;
  const holder = document.createElement("ol");
  holder.append(template.content.cloneNode(true));
  const made = holder.firstElementChild;
  for (const element of [made, ...made.querySelectorAll("*")]) {
    for (const name of ["id", "for", "name"]) {
      if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replace("__n__", number));
    }
  }
  for (const label of made.querySelectorAll("label")) {
    label.lastChild.textContent = label.lastChild.textContent.replace("__n__", number);
  }
  list.append(made);
  return made;
}
