// After handing in, nothing of the sitting stays on a device that may be shared.

import { openStore } from "./store.js";

const { sitting, page } = document.getElementById("handed-in").dataset;
openStore().then((store) => store.forget(sitting));
if ("caches" in self) caches.open("lms-exam-1").then((cache) => cache.delete(page));
