// Passkeys: asks the server for options, the authenticator for an answer, and hands it back.
// An element with data-passkey="get" holds a button, one with data-passkey="create" is a form with label and password.

const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

async function post(address, body) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.what), { answer });
  return answer;
}

function opened(options) {
  options.challenge = decode(options.challenge);
  if (options.user) options.user.id = decode(options.user.id);
  for (const known of [...(options.excludeCredentials ?? []), ...(options.allowCredentials ?? [])]) known.id = decode(known.id);
  return options;
}

function plain(credential) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const response = Object.fromEntries(parts.filter((name) => credential.response[name]).map((name) => [name, encode(credential.response[name])]));
  return { id: credential.id, rawId: encode(credential.rawId), type: credential.type, response };
}

async function run(box) {
  const failed = box.querySelector("[data-failed]");
  failed.hidden = true;
  const typed = Object.fromEntries(box instanceof HTMLFormElement ? new FormData(box) : []);
  try {
    const publicKey = opened(await post(box.dataset.options, typed));
    const credential = await navigator.credentials[box.dataset.passkey]({ publicKey });
    const { next } = await post(box.dataset.finish, { credential: plain(credential), label: typed.label, next: box.dataset.next });
    location.assign(next);
  } catch (error) {
    const said = error.answer;
    const gap = document.documentElement.lang.startsWith("zh") ? "" : " ";
    failed.textContent = said ? [Object.values(said.fields ?? {})[0] ?? said.what, said.todo].filter(Boolean).join(gap) : failed.dataset.failed;
    failed.hidden = false;
  }
}

for (const box of document.querySelectorAll("[data-passkey]")) {
  const show = (name) => { const hint = document.querySelector(name); if (hint) hint.hidden = false; };
  if (!window.PublicKeyCredential) show("[data-unsupported]");
  else if (location.origin !== box.dataset.origin) show("[data-elsewhere]");
  else {
    box.hidden = false;
    const start = (event) => { event.preventDefault(); run(box); };
    if (box instanceof HTMLFormElement) box.addEventListener("submit", start);
    else box.querySelector("button").addEventListener("click", start);
  }
}
