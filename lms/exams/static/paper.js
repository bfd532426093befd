// Draws the paper: items one by one or all, the map, keys. Knows nothing of saving: it calls `change`.

const LETTERS = "ABCDEFGHIJ";

export class PaperView {
  constructor({ root, items, display, say, answers, change }) {
    Object.assign(this, { root, items, say, answers, change });
    this.one = display !== "all";
    this.current = 0;
    this.locked = false;
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  draw() {
    this.list = this.part("items");
    this.cards = this.items.map((item, position) => this.#card(item, position));
    this.list.replaceChildren(...this.cards);
    this.dots = this.items.map((_item, position) => this.#dot(position));
    this.part("map").replaceChildren(...this.dots);
    this.part("previous").addEventListener("click", () => this.go(this.current - 1));
    this.part("next").addEventListener("click", () => this.go(this.current + 1));
    this.part("mark").addEventListener("click", () => this.mark(this.current));
    this.part("clear").addEventListener("click", () => this.#clear());
    this.part("display").addEventListener("click", () => this.#toggle());
    for (const button of this.root.querySelectorAll('[data-act="review"]')) button.addEventListener("click", () => this.review(true));
    this.part("go-on").addEventListener("click", () => this.review(false));
    document.addEventListener("keydown", (event) => this.#key(event));
    this.items.forEach((_item, position) => this.show(position));
    this.#layout();
    this.go(0, false);
  }

  #card(item, position) {
    const card = document.createElement("article");
    card.className = "item";
    card.id = `item-${position + 1}`;
    const several = item.several ?? item.kind === "multiple"; // papers of an early release do not say it
    const name = `q${position}`;
    const head = document.createElement("p");
    head.className = "item-head";
    const tag = document.createElement("span");
    tag.className = "tag blue";
    tag.textContent = this.say("kind", { marks: item.half_points / 2 }, item.kind);
    const count = document.createElement("span");
    count.className = "small muted";
    count.textContent = this.say("position", { number: position + 1, total: this.items.length });
    head.append(tag, count);
    const group = document.createElement("div");
    group.setAttribute("role", several ? "group" : "radiogroup");
    group.setAttribute("aria-labelledby", `${name}-stem`);
    const stem = document.createElement("div");
    stem.className = "stem";
    stem.id = `${name}-stem`;
    stem.tabIndex = -1;
    stem.lang = "zh-CN";
    stem.innerHTML = item.stem; // rendered and sanitised when the paper was frozen
    const hint = document.createElement("p");
    hint.className = "small muted";
    hint.textContent = this.say(several ? "several" : "one", {}, item.kind);
    group.append(...item.options.map((option, index) => this.#option(option, index, position, several, name)));
    card.append(head, stem, hint, group);
    card.addEventListener("focusin", () => this.#enter(position)); // with all items shown, the one in hand is current
    return card;
  }

  #option(html, index, position, several, name) {
    const label = document.createElement("label");
    label.className = "option";
    const input = document.createElement("input");
    input.type = several ? "checkbox" : "radio";
    input.name = name;
    input.value = index;
    input.addEventListener("change", () => this.#chosen(position));
    const letter = document.createElement("span");
    letter.className = "letter";
    letter.textContent = LETTERS[index];
    const text = document.createElement("span");
    text.lang = "zh-CN";
    text.innerHTML = html;
    label.append(input, letter, text);
    return label;
  }

  #dot(position) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "dot num";
    button.textContent = position + 1;
    button.addEventListener("click", () => {
      this.review(false);
      this.go(position);
    });
    return button;
  }

  answer(position) {
    return this.answers().get(position) || { choice: 0, marked: false };
  }

  inputs(position) {
    return [...this.cards[position].querySelectorAll("input")];
  }

  #chosen(position) {
    const choice = this.inputs(position).reduce((bits, input) => bits | (input.checked ? 1 << input.value : 0), 0);
    this.change(position, choice, this.answer(position).marked);
  }

  #clear() {
    this.change(this.current, 0, this.answer(this.current).marked);
  }

  mark(position) {
    const { choice, marked } = this.answer(position);
    this.change(position, choice, !marked);
  }

  // Make the page agree with what is kept for one item.
  show(position) {
    const { choice, marked } = this.answer(position);
    for (const input of this.inputs(position)) {
      input.checked = Boolean(choice & (1 << input.value));
      input.closest("label").classList.toggle("on", input.checked);
    }
    const dot = this.dots[position];
    dot.classList.toggle("done", choice !== 0);
    dot.classList.toggle("flagged", marked);
    const words = [this.say("number", { number: position + 1 }), this.say(choice ? "done" : "open")];
    if (marked) words.push(this.say("flagged"));
    dot.setAttribute("aria-label", words.join(this.say("comma")));
    this.cards[position].classList.toggle("flagged", marked);
    if (position === this.current) this.#foot();
    const done = [...this.answers().values()].filter((answer) => answer.choice).length;
    this.part("progress").value = done / this.items.length;
  }

  go(position, focus = true) {
    if (position >= this.items.length) return this.review(true);
    this.current = Math.max(0, position);
    this.#layout();
    this.#foot();
    const card = this.cards[this.current];
    if (focus) card.querySelector(".stem").focus({ preventScroll: this.one });
    if (this.one) scrollTo({ top: 0 });
    else if (focus) card.scrollIntoView({ block: "start" });
    const dot = this.dots[this.current];
    dot.parentElement.scrollTo({ left: dot.offsetLeft - dot.parentElement.clientWidth / 2 + 22 });
  }

  #enter(position) {
    if (position === this.current) return;
    this.current = position;
    this.#layout();
    this.#foot();
  }

  #layout() {
    this.list.classList.toggle("all", !this.one);
    this.cards.forEach((card, position) => { card.hidden = this.one && position !== this.current; });
    this.dots.forEach((dot, position) => {
      if (position === this.current) dot.setAttribute("aria-current", "true");
      else dot.removeAttribute("aria-current");
    });
    this.part("display").textContent = this.say(this.one ? "showAll" : "showOne");
  }

  #foot() {
    const { choice, marked } = this.answer(this.current);
    this.part("previous").disabled = this.current === 0;
    this.part("next").textContent = this.say(this.current === this.items.length - 1 ? "check" : "next");
    this.part("mark").setAttribute("aria-pressed", String(marked));
    this.part("clear").disabled = this.locked || choice === 0;
  }

  #toggle() {
    this.one = !this.one;
    this.go(this.current);
  }

  // The summary before handing in; it takes the place of the items.
  review(open) {
    const panel = this.part("review");
    if (panel.hidden === !open) return;
    panel.hidden = !open;
    this.list.hidden = open;
    this.part("foot").classList.toggle("reviewing", open);
    if (!open) return this.go(this.current);
    const empty = this.items.map((_item, position) => position).filter((position) => !this.answer(position).choice);
    const flagged = this.items.map((_item, position) => position).filter((position) => this.answer(position).marked);
    const facts = { done: this.items.length - empty.length, total: this.items.length, empty: empty.length, flagged: flagged.length };
    this.part("review-text").textContent = this.say(empty.length ? "reviewOpen" : "reviewDone", facts);
    this.part("review-note").textContent = "";
    this.part("review-title").focus();
    scrollTo({ top: 0 });
  }

  lock() {
    this.locked = true;
    for (const input of this.root.querySelectorAll(".option input")) input.disabled = true;
    for (const name of ["mark", "clear"]) this.part(name).disabled = true;
  }

  #key(event) {
    if (this.locked || event.ctrlKey || event.metaKey || event.altKey || !this.part("review").hidden) return;
    const key = event.key.toUpperCase();
    const input = this.inputs(this.current)[LETTERS.indexOf(key)];
    if (input && LETTERS.includes(key)) input.click();
    else if (key === "N") this.go(this.current + 1);
    else if (key === "P") this.go(this.current - 1);
    else if (key === "M") this.mark(this.current);
    else return;
    event.preventDefault();
  }
}
