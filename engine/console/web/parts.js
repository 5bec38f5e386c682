// Parts that all views are made of. Whatever came over the wire goes through lit-html's expressions, which show it as
// text; what may be of any script is isolated by <bdi>, so that it does not turn its neighbors around.
import { html, nothing } from "./vendored/lit-html/lit-html.js";

const longest = 300; // characters of a text within a line
const longestBody = 100_000; // and of a body

const clip = (text, most) => (text.length > most ? text.slice(0, most) + `… (${text.length.toLocaleString("en")} characters)` : text);

// text shows a text of anybody's.
export const text = (value) => html`<bdi>${clip(String(value ?? ""), longest)}</bdi>`;

// json shows a body as it would be written by hand.
export const pretty = (value) => clip(typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "", longestBody);
export const code = (value, label) => html`<pre class="code" tabindex="0" role="group" aria-label=${label}><bdi>${pretty(value)}</bdi></pre>`;

// Times are shown as the service has them, in UTC.
export const moment = (iso) => (iso ? html`<time datetime=${iso}>${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>` : nothing);
export const timeOfDay = (iso) => html`<time datetime=${iso} title=${iso}>${iso.slice(11, 19)}</time>`;

// span says a duration in its two largest units.
export function span(milliseconds) {
  let rest = Math.round(Math.abs(milliseconds) / 1000);
  const said = [];
  for (const [unit, seconds] of [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]) {
    const n = Math.floor(rest / seconds);
    rest -= n * seconds;
    if (n > 0 && said.length < 2) said.push(`${n} ${unit}`);
  }
  return said.join(" ") || "0 s";
}

export const distance = (iso, now) => {
  const ahead = Date.parse(iso) - Date.parse(now);
  return ahead < 0 ? span(ahead) + " ago" : "in " + span(ahead);
};

const statusColor = (status) =>
  ({ 2: "success", 4: "warning", 5: "danger" })[String(status)[0]] ?? "secondary";
export const statusBadge = (status) =>
  html`<span class="badge text-bg-${statusColor(status)}">${status === 0 ? "dropped" : status}</span>`;

const stateColor = { active: "success", pendingOptIn: "warning", inactive: "secondary" };
export const stateBadge = (state) => html`<span class="badge text-bg-${stateColor[state] ?? "secondary"}">${state}</span>`;

// safeLink is a link to where a browser may go; anything else is shown as the text that it is.
export const safeLink = (url) =>
  /^https?:\/\//i.test(url)
    ? html`<a href=${url} target="_blank" rel="noopener noreferrer"><bdi>${clip(url, longest)}</bdi></a>`
    : text(url);

// copyButton puts a text where the system keeps what is copied.
export const copyButton = (value, label = "Copy") => html`
  <button type="button" class="btn btn-sm btn-outline-secondary" @click=${(event) => copy(event.currentTarget, value)}>${label}</button>`;

export async function copy(button, value) {
  try {
    await navigator.clipboard.writeText(value);
  } catch { // A page that came without TLS under a foreign name has no clipboard.
    const area = Object.assign(document.createElement("textarea"), { value });
    button.after(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  say("Copied.");
}

// say tells something in passing, to the eye and to a screen reader.
export const say = (message) => dispatchEvent(new CustomEvent("said", { detail: { message } }));
export const complain = (message) => dispatchEvent(new CustomEvent("said", { detail: { message, bad: true } }));

// empty is what a view shows when there is nothing, with what to do next.
export const empty = (title, next) => html`<div class="empty text-center text-body-secondary py-5"><p class="fs-5 mb-1">${title}</p><p class="mb-0">${next}</p></div>`;

// table is a list with a caption; it scrolls in its own frame where it is too wide.
export const table = (caption, heads, rows) => html`
  <div class="table-responsive" tabindex="0" role="group" aria-label=${caption}>
    <table class="table table-sm table-hover align-middle mb-0">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr>${heads.map((head) => (typeof head === "string" ? html`<th scope="col">${head}</th>` : head))}</tr></thead>
      <tbody>${rows}</tbody>
    </table>
  </div>`;

// facts is a list of names and values.
export const facts = (pairs) => html`
  <dl class="facts">${pairs.filter(([, value]) => value !== undefined && value !== "" && value !== nothing)
    .map(([name, value]) => html`<div><dt>${name}</dt> <dd>${typeof value === "string" || typeof value === "number" ? text(value) : value}</dd></div>`)}</dl>`;

// pager leads through a list whose cursors are kept in the address: behind the first page there is a way back.
export const pager = (cursors, more, go, names = ["Previous", "Next"]) => (cursors.length || more ? html`
  <nav class="d-flex gap-2 mt-2" aria-label="Pages">
    <button type="button" class="btn btn-sm btn-outline-secondary" ?disabled=${!cursors.length} @click=${() => go(cursors.slice(0, -1))}>${names[0]}</button>
    <button type="button" class="btn btn-sm btn-outline-secondary" ?disabled=${!more} @click=${() => go([...cursors, more])}>${names[1]}</button>
    <span class="align-self-center text-body-secondary small">Page ${cursors.length + 1}</span>
  </nav>` : nothing);

// field is a labeled input; the rest are its attributes.
export const field = (label, input, help) => html`
  <div class="mb-2"><label class="form-label mb-1 w-100"><span class="d-block">${label}</span>${input}</label>
  ${help ? html`<div class="form-text mt-0">${help}</div>` : nothing}</div>`;

// values are the fields of a form that were filled in.
export const values = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

// parsed reads JSON that a person has written.
export function parsed(written, what) {
  try {
    return JSON.parse(written);
  } catch (failure) {
    throw new Error(`${what} is not JSON: ${failure.message}`);
  }
}

// utc is the moment of an input of date and time, which leaves seconds out when they are zero.
export const utc = (written) => written && new Date(written + "Z").toISOString();

// download saves a text as a file.
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

let asked = Promise.resolve();

// confirm asks before something cannot be undone. A dialog tells that it was closed a moment after it was: only then the next
// question may be asked, or it would have the answer to the last one.
export async function confirm(question, verb) {
  await asked;
  const dialog = document.querySelector("#confirm");
  dialog.querySelector("p").textContent = question;
  dialog.querySelector("[value=yes]").textContent = verb;
  dialog.returnValue = "";
  dialog.showModal();
  asked = new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  return asked;
}
