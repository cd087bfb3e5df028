// The outbox on the phone: small items and, apart from them, their files. Everything carries its person's id; nobody is
// shown or sent another's. Uses idb (a promise around IndexedDB), which the page and the helper load beforehand.
const NAME = "field-kit";
let opened = null;

export const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : null;
export const OPEN = new Set(["waiting", "sending"]);
export const SENT = new Set(["checking", "done", "kept"]);

function open() {
  opened ??= globalThis.idb.openDB(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("items", { keyPath: "id" }).createIndex("user", "user");
      db.createObjectStore("blobs");
    },
    blocking() { opened?.then((db) => db.close()); opened = null; },
    terminated() { opened = null; },
  });
  return opened;
}

/** Tells every page of this phone that something changed. */
export function changed() {
  channel?.postMessage("changed");
  globalThis.dispatchEvent?.(new Event("field-kit"));
}

/** Puts an item, and its file, at the end of the queue; both or neither. */
export async function add(item, blob = null) {
  const db = await open();
  const work = db.transaction(["items", "blobs"], "readwrite", { durability: "strict" });
  const before = await work.objectStore("items").getAll();
  const seq = Math.max(0, ...before.map((one) => one.seq)) + 1;
  await work.objectStore("items").add({ state: "waiting", words: "", sent: 0, url: null, tries: 0, ...item, seq });
  if (blob) await work.objectStore("blobs").add(blob, item.id);
  await work.done;
  changed();
}

/** A person's items in their order. */
export async function list(user) {
  const items = await (await open()).getAllFromIndex("items", "user", user);
  return items.sort((a, b) => a.seq - b.seq);
}

/** How many unsent items of other people this phone holds. */
export async function others(user) {
  return (await (await open()).getAll("items")).filter((item) => item.user !== user && !SENT.has(item.state)).length;
}

export async function get(id) { return (await open()).get("items", id); }
export async function file(id) { return (await open()).get("blobs", id); }

/** Changes some fields of an item that is still there. */
export async function change(id, fields) {
  const work = (await open()).transaction("items", "readwrite");
  const item = await work.store.get(id);
  if (item) await work.store.put({ ...item, ...fields });
  await work.done;
  changed();
}

/** The file is safe on the server: the phone's copy may go. */
export async function release(id) { await (await open()).delete("blobs", id); }

export async function drop(id) {
  const work = (await open()).transaction(["items", "blobs"], "readwrite");
  await work.objectStore("items").delete(id);
  await work.objectStore("blobs").delete(id);
  await work.done;
  changed();
}

/** Gives an item a new id and sends it as a new one. */
export async function renew(id) {
  const work = (await open()).transaction(["items", "blobs"], "readwrite");
  const [item, blob] = [await work.objectStore("items").get(id), await work.objectStore("blobs").get(id)];
  const fresh = crypto.randomUUID();
  if (item) {
    await work.objectStore("items").delete(id);
    await work.objectStore("blobs").delete(id);
    await work.objectStore("items").add({ ...item, id: fresh, state: "waiting", words: "", url: null, sent: 0, tries: 0, code: 0 });
    if (blob) await work.objectStore("blobs").add(blob, fresh);
  }
  await work.done;
  changed();
}
