// Parts that all views use. Data from the server goes through lit-html's expressions, which show it as text. A text that may be in
// any script is isolated by <bdi>, so that it does not change the direction of the text around it.
import { html, nothing } from "./vendored/lit-html/lit-html.js";

const longest = 300; // characters of a text within a line
const longestBody = 100_000; // and of a body

const clip = (text, most) => (text.length > most ? text.slice(0, most) + `… (${text.length.toLocaleString("en")} characters)` : text);

// text shows a text from the server.
export const text = (value) => html`<bdi>${clip(String(value ?? ""), longest)}</bdi>`;

// json shows a body as indented JSON.
export const pretty = (value) => clip(typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "", longestBody);
export const code = (value, label) => html`<pre class="code" tabindex="0" role="group" aria-label=${label}><bdi>${pretty(value)}</bdi></pre>`;

// Times are shown in UTC, as the service has them.
export const moment = (iso) => (iso ? html`<time datetime=${iso}>${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>` : nothing);
export const timeOfDay = (iso) => html`<time datetime=${iso} title=${iso}>${iso.slice(11, 19)}</time>`;

// span returns a duration in its two largest units.
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

const stateColor = { active: "success", pendingOptIn: "warning", inactive: "secondary", delivered: "success", retrying: "warning", failed: "danger" };
export const stateBadge = (state) => html`<span class="badge text-bg-${stateColor[state] ?? "secondary"}">${state}</span>`;

// safeLink returns a link if the URL is http or https, else the text.
export const safeLink = (url) =>
  /^https?:\/\//i.test(url)
    ? html`<a href=${url} target="_blank" rel="noopener noreferrer"><bdi>${clip(url, longest)}</bdi></a>`
    : text(url);

// copyButton returns a button that copies a text to the clipboard.
export const copyButton = (value, label = "Copy") => html`
  <button type="button" class="btn btn-sm btn-outline-secondary" @click=${(event) => copy(event.currentTarget, value)}>${label}</button>`;

export async function copy(button, value) {
  try {
    await navigator.clipboard.writeText(value);
  } catch { // A page without TLS has no clipboard, except on localhost.
    const area = Object.assign(document.createElement("textarea"), { value });
    button.after(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  say("Copied.");
}

// say shows a message for a moment, also to screen readers.
export const say = (message) => dispatchEvent(new CustomEvent("said", { detail: { message } }));
export const complain = (message) => dispatchEvent(new CustomEvent("said", { detail: { message, bad: true } }));

// empty shows a title and a next action where a list has no rows.
export const empty = (title, next) => html`<div class="empty text-center text-body-secondary py-5"><p class="fs-5 mb-1">${title}</p><p class="mb-0">${next}</p></div>`;

// table returns a list with a caption. A table that is too wide scrolls in its frame.
export const table = (caption, heads, rows) => html`
  <div class="table-responsive" tabindex="0" role="group" aria-label=${caption}>
    <table class="table table-sm table-hover align-middle mb-0">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr>${heads.map((head) => (typeof head === "string" ? html`<th scope="col">${head}</th>` : head))}</tr></thead>
      <tbody>${rows}</tbody>
    </table>
  </div>`;

// facts returns a list of names and values.
export const facts = (pairs) => html`
  <dl class="facts">${pairs.filter(([, value]) => value !== undefined && value !== "" && value !== nothing)
    .map(([name, value]) => html`<div><dt>${name}</dt> <dd>${typeof value === "string" || typeof value === "number" ? text(value) : value}</dd></div>`)}</dl>`;

// pager returns links to the next page and to the one before. The address has the cursors of the pages.
export const pager = (cursors, more, go, names = ["Previous", "Next"]) => (cursors.length || more ? html`
  <nav class="d-flex gap-2 mt-2" aria-label="Pages">
    <button type="button" class="btn btn-sm btn-outline-secondary" ?disabled=${!cursors.length} @click=${() => go(cursors.slice(0, -1))}>${names[0]}</button>
    <button type="button" class="btn btn-sm btn-outline-secondary" ?disabled=${!more} @click=${() => go([...cursors, more])}>${names[1]}</button>
    <span class="align-self-center text-body-secondary small">Page ${cursors.length + 1}</span>
  </nav>` : nothing);

// field returns an input with a label. The rest are its attributes.
export const field = (label, input, help) => html`
  <div class="mb-2"><label class="form-label mb-1 w-100"><span class="d-block">${label}</span>${input}</label>
  ${help ? html`<div class="form-text mt-0">${help}</div>` : nothing}</div>`;

// values returns the fields of a form that are not empty.
export const values = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

// parsed parses JSON that a person has written.
export function parsed(written, what) {
  try {
    return JSON.parse(written);
  } catch (failure) {
    throw new Error(`${what} is not JSON: ${failure.message}`);
  }
}

// utc returns the moment of an input of date and time, which leaves out seconds that are zero.
export const utc = (written) => written && new Date(written + "Z").toISOString();

// download saves a text as a file.
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

let asked = Promise.resolve();

// confirm asks a question before an action that cannot be undone. The event of a closed dialog comes a moment after closing. The
// next question waits for that event, or it would get the last answer.
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
