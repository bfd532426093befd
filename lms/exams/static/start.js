// The waiting room: counts down, and begins the sitting so that its first device is this browser.

import { openStore } from "./store.js";
import { ask, csrf } from "./wire.js";

const form = document.getElementById("start");
const countdown = document.querySelector("[data-opens]");

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/exams/worker.js", { scope: "/exams/" }).catch(() => {});

if (countdown) {
  const offset = Number(countdown.dataset.now) - Date.now();
  const opens = Number(countdown.dataset.opens);
  const tick = () => {
    const left = Math.max(0, Math.round((opens - Date.now() - offset) / 1000));
    const days = Math.floor(left / 86400);
    const [h, m, s] = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
    const clock = [h, m, s].map((part) => String(part).padStart(2, "0")).join(":");
    countdown.textContent = days ? `${countdown.dataset.days.replace("{days}", days)} ${clock}` : clock;
    // Everybody reloading in the same second would be a barrier start of its own kind: spread it over three seconds.
    if (left === 0) setTimeout(() => location.reload(), 500 + Math.random() * 2500);
    else setTimeout(tick, 1000);
  };
  tick();
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.setAttribute("aria-disabled", "true");
  try {
    const store = await openStore();
    const answer = await ask(form.action, { method: "POST", headers: csrf() });
    if (answer.token && store.durable) {
      await store.keep({
        sitting: answer.sitting,
        device: answer.device,
        token: answer.token,
        offset: answer.now - Date.now(),
        deadline: answer.deadline,
        baseline: {},
        claimSeq: 0,
        dropBefore: 0,
      });
    }
    location.assign(answer.url);
  } catch {
    form.submit(); // the plain form says what is wrong, in words
  }
});
