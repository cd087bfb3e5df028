// The helper in the background, for /field/ only. Keeps the pages it is told to keep, each marked by the server with the
// one person it is for; styles and scripts; nothing else. Never answers for anything that changes something.
import * as store from "./field_store.js";
import { drain } from "./field_send.js";

const PAGES = "field-pages";
const WAIT = 6_000;

export function begin(config) {
  const files = `field-files-${config.version}`;

  addEventListener("install", (event) => {
    event.waitUntil((async () => {
      await (await caches.open(files)).addAll([...config.files, config.offline].map((url) => new Request(url, { cache: "reload" })));
      await skipWaiting();
    })());
  });

  addEventListener("activate", (event) => {
    event.waitUntil((async () => {
      for (const name of await caches.keys()) if (name.startsWith("field-files-") && name !== files) await caches.delete(name);
      await clients.claim();
    })());
  });

  const ours = (url) => url.origin === location.origin && url.pathname.startsWith(config.pages);
  const kept = (url) => ours(url) && (url.pathname === config.pages || /^\/field\/tasks\/[0-9a-f-]{36}$/.test(url.pathname));

  addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET") return;
    const url = new URL(request.url);
    if (request.mode === "navigate" && ours(url)) event.respondWith(page(request, url));
    else if (url.origin === location.origin && url.pathname.startsWith("/static/")) event.respondWith(asset(request, url));
    else if (url.origin === location.origin && url.pathname.startsWith("/field/icon-")) event.respondWith(asset(request, url));
  });

  /** The network, if it answers in time; else what was kept; else a page that says that there is none. */
  async function page(request, url) {
    const cached = kept(url) ? await caches.match(url.pathname, { cacheName: PAGES }) : undefined;
    const line = fetch(request);
    try {
      const answer = await (cached ? Promise.race([line, later()]) : line);
      if (answer.status < 500) return answer;
      return cached ?? answer;
    } catch {
      line.catch(() => {});
      return cached ?? (await caches.match(config.offline, { cacheName: files })) ?? Response.error();
    }
  }

  const later = () => new Promise((_, fail) => { setTimeout(() => fail(new Error("slow")), WAIT); });

  /** With a hash in its address it never changes; without one the network's is newer. */
  async function asset(request, url) {
    const cached = await caches.match(request, { cacheName: files });
    if (cached && url.searchParams.has("v")) return cached;
    try {
      const answer = await fetch(request);
      return answer.ok || !cached ? answer : cached;
    } catch {
      return cached ?? Response.error();
    }
  }

  /** Keeps these pages and no others; a page that is not marked for this person is not kept. */
  async function keep(user, wanted) {
    const cache = await caches.open(PAGES);
    const paths = wanted.map((one) => new URL(one, location.href)).filter(kept).map((url) => url.pathname);
    for (const request of await cache.keys()) {
      const own = (await cache.match(request))?.headers.get(config.mark) === user;
      if (!own || !paths.includes(new URL(request.url).pathname)) await cache.delete(request);
    }
    let count = 0;
    for (const path of paths) {
      try {
        const answer = await fetch(path, { redirect: "error", cache: "no-store" });
        if (answer.ok && answer.headers.get(config.mark) === user) await cache.put(path, answer);
        else await cache.delete(path);
      } catch { /* no network: what is there stays */ }
      if (await cache.match(path)) count += 1;
    }
    return Math.max(0, count - 1);
  }

  addEventListener("message", (event) => {
    const { type, user, pages } = event.data ?? {};
    if (type === "keep") event.waitUntil(keep(user, pages).then((count) => event.source?.postMessage({ type: "kept", count })));
  });

  addEventListener("sync", (event) => {
    if (event.tag === "field-kit") event.waitUntil(send());
  });

  async function send() {
    const why = await drain({ user: null, state: config.state, sync: "/field/sync/", uploads: "/uploads/", chunk: 1_048_576 });
    store.changed();
    if (why === "offline" || why === "later") throw new Error(why);  // the browser asks again when it thinks fit
  }
}
