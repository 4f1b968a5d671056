// What is looked at stands in the address; the form above the charts shows and changes it.
import {fromField, iso, toField} from "./times.js";

const KEPT = ["site", "model", "rule", "audience", "compare"];
const LEAST = 300;

export class Asking {
  constructor(form, onChange) {
    this.form = form;
    this.onChange = onChange;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.go({range: event.submitter?.value ?? this.query().get("range"), from: null, to: null});
    });
    form.addEventListener("change", (event) => {
      const {name, type, checked, value} = event.target;
      if (KEPT.includes(name)) this.go({[name]: type === "checkbox" ? (checked ? "1" : null) : value});
    });
    form.querySelector("[data-custom]").addEventListener("click", () => this.custom());
    for (const field of form.querySelectorAll("[data-moment]")) {
      field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        this.custom();
      });
    }
    form.querySelector("[data-wider]").addEventListener("click", () => this.wider());
    window.addEventListener("popstate", () => {
      this.fill();
      this.onChange();
    });
    this.fill();
  }

  query() {
    return new URLSearchParams(location.search);
  }

  // The page's address with these changes; null or empty takes a name away.
  address(changes) {
    const query = this.query();
    if (changes.from) query.delete("range");
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === "") query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    return location.pathname + (text ? `?${text}` : "");
  }

  go(changes) {
    const address = this.address(changes);
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    this.fill();
    this.onChange();
  }

  // A part of the range that was dragged over, in whole steps and at least five minutes.
  zoom(start, end, step) {
    let from = Math.floor(start / step) * step;
    let to = Math.ceil(end / step) * step;
    if (to - from < LEAST) {
      from = Math.floor((start + end) / 2 / 60) * 60 - LEAST / 2;
      to = from + LEAST;
    }
    this.go({from: iso(from), to: iso(Math.min(to, Math.floor(Date.now() / 1000)))});
  }

  wider() {
    const {start, end} = this.shown;
    const length = end - start;
    this.go({from: iso(Math.floor(start - length / 2)), to: iso(Math.floor(Math.min(end + length / 2, Date.now() / 1000)))});
  }

  custom() {
    const [from, to] = ["from", "to"].map((name) => fromField(this.form.querySelector(`[data-moment=${name}]`).value));
    this.go({from, to, range: null});
  }

  // The form as the address says; links to other boards keep range and filters.
  fill() {
    const query = this.query();
    const custom = query.has("from") || query.has("to");
    const preset = custom ? "" : query.get("range") || this.form.dataset.preset || "24h";
    for (const button of this.form.querySelectorAll("[name=range]")) button.setAttribute("aria-pressed", String(button.value === preset));
    for (const name of KEPT) {
      const field = this.form.elements[name];
      if (field.type === "checkbox") field.checked = query.get(name) === "1";
      else field.value = query.get(name) ?? "";
    }
    this.form.querySelector("[data-wider]").hidden = !custom;
    const filtered = KEPT.some((name) => name !== "compare" && query.get(name));
    for (const note of document.querySelectorAll(".board-whole")) note.hidden = !filtered;
    for (const link of document.querySelectorAll("a[data-board], a[data-csv]")) link.search = location.search;
  }

  // What the server made of it: the fields for another range begin there.
  told(range) {
    this.shown = range;
    for (const [name, moment] of [["from", range.start], ["to", range.end]]) {
      const field = this.form.querySelector(`[data-moment=${name}]`);
      if (document.activeElement !== field) field.value = toField(moment);
    }
  }
}
