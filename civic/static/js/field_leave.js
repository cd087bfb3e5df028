// Logging out empties this phone (the server's answer says so too). What was not sent yet would be lost: asks before.
const english = () => document.documentElement.lang.startsWith("en");

function count() {
  return new Promise((done) => {
    const ask = indexedDB.open("field-kit");
    ask.onerror = () => done(0);
    ask.onsuccess = () => {
      const db = ask.result;
      if (!db.objectStoreNames.contains("items")) { db.close(); done(0); return; }
      const rows = db.transaction("items").objectStore("items").getAll();
      rows.onerror = () => { db.close(); done(0); };
      rows.onsuccess = () => { db.close(); done(rows.result.filter((item) => !["done", "kept", "checking"].includes(item.state)).length); };
    };
  });
}

async function clear() {
  for (const name of await caches.keys()) if (name.startsWith("field-")) await caches.delete(name);
  for (const helper of await navigator.serviceWorker?.getRegistrations() ?? []) await helper.unregister();
  await new Promise((done) => {
    const gone = indexedDB.deleteDatabase("field-kit");
    gone.onsuccess = gone.onerror = gone.onblocked = () => done();
  });
}

export default function leave(form) {
  if (!globalThis.indexedDB?.databases || !globalThis.caches) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const there = (await indexedDB.databases()).some((one) => one.name === "field-kit");
      const left = there ? await count() : 0;
      const words = english() ? `${left} item(s) on this phone were not sent and would be lost. Log out all the same?` : `这台手机上还有 ${left} 条没传，退出就没有了。仍然退出？`;
      if (left && !confirm(words)) return;
      if (there) await clear();
    } catch (error) { console.error("clearing", error); }
    form.submit();
  });
}
