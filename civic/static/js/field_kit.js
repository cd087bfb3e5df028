// The field kit: whatever is tapped, written or filmed goes into this phone's outbox first and travels when it can.
import * as store from "./field_store.js";
import { drain, whoIsHere } from "./field_send.js";
import { draw, fill } from "./field_draw.js";

/** Pauses between tries, the longest again and again. «Online» is often said before the line carries anything. */
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];
const FRESH = 5 * 60_000;
const MB = 1_048_576;
const FAMILY = { image: "photo", video: "video", audio: "audio" };

export default async function kit(root) {
  const config = JSON.parse(root.dataset.kitConfig);
  if (!config.ready || !globalThis.idb || !globalThis.tus || !globalThis.indexedDB) return;
  const { words, user } = config;
  const say = speaker(root);
  let timer = 0, tries = 0;

  async function show() {
    const items = await store.list(user);
    draw(items, words, acts, config.task);
    visit?.show(items);
  }

  /** Something has changed: try now, and soon again. */
  function go() {
    tries = 0;
    return attempt();
  }

  async function attempt() {
    clearTimeout(timer);
    const items = await store.list(user);
    if (!items.some((item) => store.OPEN.has(item.state) || item.state === "checking")) { say("", ""); await show(); return; }
    const why = await drain({ ...config, wait: true });
    if (why === "login") say(words.login, "", { href: config.login, text: words.goLogin });
    else if (why === "other") say(fill(words.other, { n: items.length }), "");
    else say(why === "offline" ? words.offline : why === "later" ? words.later : "", "");
    await show();
    const left = (await store.list(user)).some((item) => store.OPEN.has(item.state) || item.state === "checking");
    if (left && why !== "login" && why !== "other") {
      clearTimeout(timer);
      timer = setTimeout(attempt, PAUSES[Math.min(tries, PAUSES.length - 1)]);
      tries += 1;
    }
  }

  const acts = {
    retry: async (item) => { await store.change(item.id, { state: "waiting", words: "", tries: 0 }); go(); },
    renew: async (item) => { await store.renew(item.id); go(); },
    remove: async (item) => { if (confirm(words.sure)) await store.drop(item.id); },
  };

  async function put(kind, data, more = {}, blob = null) {
    const at = more.at ?? new Date().toISOString();
    const item = { id: crypto.randomUUID(), user, task: config.task, title: config.title, kind, at, ...more,
      body: JSON.stringify({ task: config.task, kind, at, data }) };
    try {
      await store.add(item, blob);
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw error;
      say(words.quota, "");
      return false;
    }
    navigator.serviceWorker?.ready.then((helper) => helper.sync?.register("field-kit")).catch(() => {});
    go();
    return true;
  }

  const visit = config.task ? visitOf(config, put, acts, () => store.list(user)) : null;
  store.channel?.addEventListener("message", show);
  addEventListener("field-kit", show);
  addEventListener("online", go);
  addEventListener("offline", () => say(words.offline, ""));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) go(); });
  document.querySelector("[data-kit-send]").addEventListener("click", go);
  navigator.storage?.persist?.().catch(() => {});

  await tidy(user);
  const foreign = await store.others(user);
  if (foreign) say(fill(words.other, { n: foreign }), "");
  await show();
  root.dataset.kitReady = "";
  install(config, say);
  await go();
}

/** What was sent some time ago need not be listed any more. */
async function tidy(user) {
  const items = await store.list(user);
  if (items.some((item) => !["done", "kept"].includes(item.state))) return;
  for (const item of items) if (Date.now() - (item.doneAt ?? 0) > FRESH) await store.drop(item.id);
}

function speaker(root) {
  const line = root.querySelector("[data-kit-say]");
  return (text, kind, link) => {
    line.hidden = !text;
    line.className = `kit-say ${kind}`.trim();
    if (line.dataset.said === text) return;
    line.dataset.said = text;
    line.textContent = text;
    if (link) line.append(document.createElement("br"), Object.assign(document.createElement("a"), { className: "btn", href: link.href, textContent: link.text }));
  };
}

/** Has the helper keep this person's pages. Without one everything works as long as there is a network. */
async function install(config, say) {
  if (!navigator.serviceWorker) return;
  try {
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (data?.type === "kept") document.documentElement.dataset.kitKept = String(data.count);
    });
    await navigator.serviceWorker.register(config.helper, { scope: config.scope, type: "module", updateViaCache: "none" });
    const helper = await navigator.serviceWorker.ready;
    const here = await whoIsHere(config.state);
    if (here?.user === config.user) helper.active.postMessage({ type: "keep", user: here.user, pages: here.pages });
  } catch (error) {
    console.warn("no helper", error);
    if (navigator.onLine) say(config.words.noHelper, "");
  }
}

/** The buttons and panels of one task. */
function visitOf(config, put, acts, items) {
  const { words } = config;
  const $ = (selector) => document.querySelector(selector);
  const panels = [...document.querySelectorAll("[data-kit-panel]")];
  const tapped = $("[data-kit-tapped]");
  let tapAt = null;

  function open(name) {
    for (const panel of panels) panel.hidden = panel.dataset.kitPanel !== name;
    for (const button of document.querySelectorAll("[data-kit-open]")) button.setAttribute("aria-expanded", String(button.dataset.kitOpen === name));
    const panel = panels.find((one) => !one.hidden);
    panel?.scrollIntoView({ block: "nearest" });
    panel?.querySelector("input:not([type=file]), textarea")?.focus({ preventScroll: true });
  }
  const note = (text, warn = false) => { tapped.textContent = text; tapped.classList.toggle("warn", warn); };
  const done = (form) => { form.reset(); open(""); note(words.stored); };
  const there = async () => config.checkedIn || (await items()).some((item) => item.task === config.task && item.kind === "check_in" && item.state !== "refused");

  $("[data-kit-plain]").hidden = true;
  $("[data-kit-do]").hidden = false;
  for (const button of document.querySelectorAll("[data-kit-open]")) {
    button.addEventListener("click", async () => {
      open(button.getAttribute("aria-expanded") === "true" ? "" : button.dataset.kitOpen);
      const remote = $("[data-kit-remote]");
      if (remote) remote.hidden = await there();
    });
  }

  $("[data-kit-tap]").addEventListener("click", () => {
    tapAt = new Date().toISOString();
    const without = (text) => { note(text, true); open("check_in"); };
    if (!navigator.geolocation) { without(words.noPosition); return; }
    note(words.position);
    navigator.geolocation.getCurrentPosition(async ({ coords }) => {
      const accuracy = Math.round(coords.accuracy);
      open("");
      if (await put("check_in", { lng: coords.longitude, lat: coords.latitude, accuracy }, { at: tapAt })) note(fill(words.positioned, { n: accuracy }));
    }, (error) => without(error.code === 1 ? words.denied : words.noPosition), { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 });
  });

  const chosen = chooser(config, $);
  const forms = {
    check_in: async (data) => data.without ? put("check_in", { without: data.without, note: data.note }, { at: tapAt ?? new Date().toISOString() }) : words.needReason,
    note: async (data) => {
      if (!data.speaker) return words.needSpeaker;
      if (!data.text) return words.needText;
      if (data.quote_approved && !data.on_record) return words.notQuotable;
      return put("note", { speaker: data.speaker, text: data.text, on_record: !!data.on_record, quote_approved: !!data.quote_approved }, { label: data.text.slice(0, 16), side: data.speaker });
    },
    file: async (data) => {
      if (!chosen.files.length) return words.needFile;
      for (const { file, family } of chosen.files.splice(0)) {
        const captured = new Date(file.lastModified || Date.now()).toISOString();
        const kept = await put("file", { name: file.name, size: file.size, captured, phase: data.phase ?? "", consent: data.consent || "none", consent_words: data.consent_words ?? "" },
          { name: file.name, size: file.size, type: file.type, family }, file);
        if (!kept) return words.quota;
      }
      chosen.show();
      return true;
    },
    submit: async (data) => {
      const wrong = missing(config.kind, data, await there(), words);
      return wrong || put("submit", data);
    },
  };
  for (const form of document.querySelectorAll("[data-kit-form]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector(".actions .btn");
      if (button.disabled) return;
      button.disabled = true;
      try {
        const data = Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string").map(([name, value]) => [name, value.trim()]));
        const result = await forms[form.dataset.kitForm](data);
        const error = form.querySelector("[data-kit-error]");
        error.textContent = typeof result === "string" ? result : "";
        error.hidden = typeof result !== "string";
        if (result === true) done(form);
      } finally { button.disabled = false; }
    });
  }

  acts.edit = async (item) => {
    if (item.task !== config.task) { location.href = `/field/tasks/${item.task}`; return; }
    const { data } = JSON.parse(item.body);
    const form = $(`[data-kit-form="${item.kind}"]`);
    for (const [name, value] of Object.entries(data)) {
      const field = form.elements[name];
      if (field instanceof RadioNodeList) field.value = value;
      else if (field?.type === "checkbox") field.checked = value === true;
      else if (field) field.value = value ?? "";
    }
    await store.drop(item.id);
    open(item.kind);
  };
  return { show: (all) => meter(config, all.filter((item) => item.task === config.task && item.kind === "note")) };
}

/** Files as they are chosen: refused at once when too large, listed, and the question about persons for pictures. */
function chooser(config, $) {
  const { words, limits } = config;
  const files = [];
  const list = $("[data-kit-chosen]");
  const error = list.closest("form").querySelector("[data-kit-error]");
  const show = () => {
    list.hidden = !files.length;
    list.replaceChildren(...files.map(({ file }) => Object.assign(document.createElement("li"), { textContent: `${file.name} · ${file.size < MB / 10 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / MB).toFixed(1)} MB`}` })));
    $("[data-kit-persons]").hidden = !files.some(({ family }) => family === "photo" || family === "video");
  };
  for (const input of document.querySelectorAll("[data-kit-files]")) {
    input.addEventListener("change", () => {
      const problems = [];
      for (const file of input.files) {
        const family = FAMILY[file.type.split("/")[0]] ?? (input.dataset.kitFiles || "document");
        const most = limits[family];
        if (!file.size) problems.push(fill(words.empty, { name: file.name }));
        else if (file.size > most) problems.push(fill(words.tooBig, { name: file.name, mb: Math.round(most / MB), n: Math.ceil(file.size / MB) }));
        else files.push({ file, family });
      }
      input.value = "";
      error.textContent = problems.join(" ");
      error.hidden = !problems.length;
      show();
    });
  }
  return { files, show };
}

/** What a report lacks, by the same rules as the server's; "" when nothing. */
function missing(kind, data, there, words) {
  if (kind === "cover") return "";
  if (kind === "verify") {
    if (!data.verdict) return words.needVerdict;
    if (!data.method) return words.needMethod;
    return data.method === "on_site" && !there && !data.remote_reason ? words.needRemote : "";
  }
  if (!data.findings) return words.needFindings;
  if (!data.both_sides) return words.needSides;
  return !there && !data.remote_reason ? words.needRemote : "";
}

/** Both sides: what the server knew when the page was made, and what waits on this phone. */
function meter(config, notes) {
  const box = document.querySelector("[data-kit-sides]");
  if (!box) return;
  const fresh = notes.filter((item) => item.state !== "refused" && (store.OPEN.has(item.state) || item.doneAt > config.madeAt));
  const counts = { ...config.sides };
  for (const item of fresh) if (item.side in counts) counts[item.side] += 1;
  for (const side of box.children) {
    const count = counts[side.dataset.side];
    side.classList.toggle("on", count > 0);
    side.querySelector("[data-side-count]").textContent = String(count);
  }
  const { words } = config;
  const other = counts.party || counts.department;
  document.querySelector("[data-kit-heard]").textContent = counts.citizen ? (other ? words.heard : words.heardOne) : other ? words.heardOther : words.heardNone;
}
