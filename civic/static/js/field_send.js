// Sends the outbox: words first, then files piece by piece (tus), handing in last, each item under its own id until the
// server has said that it has it. One sender at a time on a phone, be it a page or the helper in the background.
import * as store from "./field_store.js";

const PATIENCE = 30_000;
const PIECE_PATIENCE = 180_000;
const FINAL = new Set([403, 404, 409, 410, 413, 415, 422]);
const RANK = { check_in: 0, note: 0, file: 1, submit: 2 };

class Stop extends Error {
  constructor(why) { super(why); this.why = why; }
}

/** tus over fetch, which also exists where no page is open. A redirect means: sign in first. */
class FetchRequest {
  constructor(method, url) { Object.assign(this, { method, url, headers: {}, aborter: new AbortController() }); }
  getMethod() { return this.method; }
  getURL() { return this.url; }
  setHeader(name, value) { this.headers[name] = value; }
  getHeader(name) { return this.headers[name]; }
  setProgressHandler() {}
  async send(body = null) {
    const timer = setTimeout(() => this.aborter.abort(), PIECE_PATIENCE);
    try {
      const answer = await fetch(this.url, { method: this.method, headers: this.headers, body, signal: this.aborter.signal, redirect: "manual", cache: "no-store" });
      const text = await answer.text();
      return {
        getStatus: () => (answer.type === "opaqueredirect" ? 401 : answer.status),
        getHeader: (name) => answer.headers.get(name), getBody: () => text, getUnderlyingObject: () => answer,
      };
    } finally { clearTimeout(timer); }
  }
  async abort() { this.aborter.abort(); }
  getUnderlyingObject() { return this; }
}
const stack = { createRequest: (method, url) => new FetchRequest(method, url), getName: () => "fetch" };

/** Who is signed in, a fresh form token, what may be kept, what became of files; null without a network. */
export async function whoIsHere(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    return answer.ok ? await answer.json() : null;
  } catch { return null; }
}

/** Sends what can be sent; tells why it stopped: "" (nothing left), offline, login, other, later or busy. */
export async function drain(config) {
  const work = () => send(config).catch((error) => {
    if (error instanceof Stop) return error.why;
    throw error;
  });
  if (!navigator.locks) return work();
  return navigator.locks.request("field-kit-send", { ifAvailable: !config.wait }, (lock) => (lock ? work() : "busy"));
}

async function send({ user, state: address, sync, uploads, chunk }) {
  const here = await whoIsHere(address);
  if (!here) return "offline";
  if (!here.user) return "login";
  if (user && here.user !== user) return "other";
  const line = { user: here.user, token: here.csrf, sync, uploads: new URL(uploads, location.href).href, chunk };
  await settle(await store.list(line.user), here.files);
  const tried = new Set();
  for (;;) {
    const item = next(await store.list(line.user), tried);
    if (!item) return "";
    tried.add(item.id);
    try {
      await one(item, line);
    } catch (error) {
      const now = await store.get(item.id);
      if (now?.state === "sending") await store.change(item.id, { state: "waiting" });
      throw error;
    }
  }
}

/** The next to go: words before files before handing in, and that only when nothing of its task is left. */
function next(items, tried) {
  const left = items.filter((item) => store.OPEN.has(item.state) && !tried.has(item.id));
  const free = left.filter((item) => item.kind !== "submit" || !blockers(item, items).length);
  return free.sort((a, b) => RANK[a.kind] - RANK[b.kind] || a.seq - b.seq)[0];
}

/** What must be there before a task can be handed in. */
export function blockers(item, items) {
  return items.filter((one) => one.task === item.task && one.id !== item.id && one.kind !== "submit" && !store.SENT.has(one.state));
}

/** What the server has done with files since. Only now the phone's copy may go. */
async function settle(items, files) {
  for (const item of items) {
    const found = item.state === "checking" ? files?.[item.id] : null;
    if (found?.state === "stored") {
      await store.release(item.id);
      await store.change(item.id, { state: item.outcome || "done" });
    } else if (found && found.state !== "taken") {
      await store.change(item.id, { state: "refused", words: found.words || item.words, code: 415 });
    }
  }
}

async function one(item, line) {
  await store.change(item.id, { state: "sending" });
  if (item.kind === "file") await upload(item, line);
  const answer = await post(item, line);
  if (answer.ok) {
    const said = await answer.json();
    await store.change(item.id, { state: item.kind === "file" ? "checking" : said.state, outcome: said.state, words: said.words, sent: item.size || 0, doneAt: Date.now() });
    return;
  }
  if (item.kind === "file" && answer.status === 404 && item.tries < 2) {  // its bytes are gone: once more from the start
    await store.change(item.id, { url: null, sent: 0, tries: item.tries + 1, state: "waiting" });
    throw new Stop("later");
  }
  await refuse(item, answer.status, await answer.text());
}

async function post(item, line) {
  try {
    return await fetch(line.sync + item.id, {
      method: "POST", body: item.body, signal: AbortSignal.timeout(PATIENCE), cache: "no-store",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": line.token },
    });
  } catch { throw new Stop("offline"); }
}

async function upload(item, line) {
  const blob = await store.file(item.id);
  if (!blob) { await refuse(item, 410, ""); throw new Stop("later"); }
  try {
    await new Promise((done, fail) => {
      const job = new globalThis.tus.Upload(blob, {
        endpoint: line.uploads, uploadUrl: item.url, chunkSize: line.chunk, httpStack: stack, retryDelays: [0, 1000],
        storeFingerprintForResuming: false, fingerprint: async () => null,
        headers: { "X-CSRFToken": line.token, Accept: "application/json" },
        metadata: { item: item.id, filename: item.name, filetype: item.type || "", kind: item.family },
        onUploadUrlAvailable: () => { item.url = job.url; store.change(item.id, { url: job.url }); },
        onChunkComplete: (_size, sent) => { store.change(item.id, { sent }); },
        onSuccess: done, onError: fail,
      });
      job.start();
    });
  } catch (error) {
    const answer = error.originalResponse;
    if (!answer) throw new Stop("offline");
    await refuse(item, answer.getStatus(), answer.getBody());
    throw new Stop("later");
  }
}

/** What the server said no to: for good (the person is shown why), or only for now. */
async function refuse(item, status, body) {
  let said = {};
  try { said = JSON.parse(body); } catch { said = {}; }
  if (status === 401) throw new Stop("login");
  if (!FINAL.has(status) && !(status === 400 && item.tries >= 2)) {
    await store.change(item.id, { state: "waiting", tries: item.tries + (status === 400 ? 1 : 0) });
    throw new Stop("later");
  }
  const words = [Object.values(said.errors ?? {}).join(" ") || said.title || "", ...(said.changes ?? [])].join(" ").trim();
  await store.change(item.id, { state: "refused", words, code: "changes" in said ? 409 : status });
}
