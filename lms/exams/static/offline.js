// Puts the page, the paper and all they loaded into the cache that the service worker falls back on.

const CACHE = "lms-exam-1";

export async function keepLoadable(paper) {
  if (!("serviceWorker" in navigator) || !("caches" in self)) return;
  try {
    await navigator.serviceWorker.register("/exams/worker.js", { scope: "/exams/" });
    const cache = await caches.open(CACHE);
    const page = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (page.ok && !page.redirected) await cache.put(location.pathname, page);
    const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
    const files = loaded.filter((url) => url.origin === location.origin && url.pathname.includes("/static/"));
    await cache.addAll([...new Set([paper, ...files.map((url) => url.pathname + url.search)])]);
    document.documentElement.dataset.offlineReady = "yes";
  } catch {
    // Without the cache the page still works while it stays open.
  }
}
