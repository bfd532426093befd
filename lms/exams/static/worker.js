// Keeps a sitting loadable without a network: its page, its paper, and the scripts and styles they need. The page puts
// them into the cache; this worker only looks there when it must (pages) or may (files that never change).

const CACHE = "lms-exam-1";
const PATIENCE = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith("lms-exam-") && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname.startsWith("/exams/sittings/")) {
    event.respondWith(freshOrKept(request, url.pathname));
  } else if (url.pathname.includes("/static/") || url.pathname.startsWith("/exams/papers/")) {
    event.respondWith(keptOrFresh(request));
  }
});

async function freshOrKept(request, path) {
  const kept = await caches.match(path, { cacheName: CACHE });
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE));
  const fresh = fetch(request).then((response) => (response.status >= 500 ? kept : response), () => kept);
  return Promise.race([fresh, late]);
}

async function keptOrFresh(request) {
  return (await caches.match(request, { cacheName: CACHE })) || fetch(request);
}
