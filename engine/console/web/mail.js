// Mail: the mails that the tenant has sent to its customers.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, page, remove } from "./api.js";
import { confirm, copyButton, distance, empty, facts, moment, pager, safeLink, table, text } from "./parts.js";

const perPage = 50;
const kinds = ["opt-in", "resend", "password-reset", "email-change", "deletion"];

async function load(route, signal) {
  const mailbox = at`/tenants/${route.tenant}/mail`;
  const { to, kind } = route.filters;
  const [list, one, clock] = await Promise.all([
    page(mailbox, "mails", { order: "newest", limit: perPage, to, kind }, route.pages.at(-1), signal, "after"),
    route.id && get(mailbox + at`/${route.id}`, signal),
    get(at`/tenants/${route.tenant}/clock`, signal),
  ]);
  return { list, one, now: clock.now };
}

const show = ({ list, one, now }, app) => html`
  <form class="filters" aria-label="Filter" @submit=${app.filter}>
    <label>To <input class="form-control form-control-sm" type="search" name="to" .value=${app.route.filters.to ?? ""} @change=${app.filter} placeholder="ada@example.com"></label>
    <label>Kind <select class="form-select form-select-sm" name="kind" @change=${app.filter}>
      ${["", ...kinds].map((kind) => html`<option value=${kind} .selected=${kind === (app.route.filters.kind ?? "")}>${kind || "any"}</option>`)}</select></label>
    <button type="button" class="btn btn-sm btn-outline-danger align-self-end ms-auto" @click=${async () => (await confirm(`Empty the mailbox of ${app.tenant}? The tokens of its mails stay valid.`, "Empty")) && app.act(() => remove(at`/tenants/${app.tenant}/mail`), "The mailbox is empty.")}>Empty</button>
  </form>
  <div class="split ${one ? "open" : ""}">
    <section aria-label="Mails">${rows(list, now, app)}</section>
    ${one ? letter(one, now, app) : nothing}
  </div>`;

const rows = (list, now, app) => (list.items.length ? html`
  ${table("Mails, the newest first", ["Subject", "To", html`<th scope="col" class="extra">Kind</th>`, html`<th scope="col" class="d-none d-sm-table-cell">Sent</th>`],
    repeat(list.items, (m) => m.id, (m) => html`
    <tr class=${m.id === app.route.id ? "table-active" : ""}>
      <td><a href=${app.link("mail", m.id, app.route.filters)}>${text(m.subject)}</a></td>
      <td class="clip">${text(m.to)}</td>
      <td class="extra text-nowrap">${m.kind}</td>
      <td class="d-none d-sm-table-cell text-nowrap">${distance(m.sentAt, now)}</td>
    </tr>`))}
  ${pager(app.route.pages, list.more, (pages) => app.go({ pages }), ["Newer", "Older"])}`
  : empty("No mail", app.narrowed
    ? html`None matches the filter. <a href=${app.link("mail")}>Show all</a>`
    : html`The service sends one for a password reset, an e-mail change, a deletion, and at sign-up when the setting <code>doubleOptIn</code> is on: <a href=${app.link("worlds")}>Settings</a>.`));

const letter = (m, now, app) => {
  const dead = Date.parse(m.expiresAt) <= Date.parse(now);
  return html`<section class="detail" aria-label="Mail">
    <div class="d-flex flex-wrap gap-2 align-items-center mb-2">
      <h2 class="h5 mb-0 me-auto">${text(m.subject)}</h2>
      <button type="button" class="btn btn-sm btn-outline-danger" @click=${() => app.act(async () => { await remove(at`/tenants/${app.tenant}/mail/${m.id}`); app.go({ id: "" }); }, "The mail is deleted; its token stays valid.")}>Delete</button>
      <a class="btn btn-sm btn-outline-secondary" href=${app.link("mail", "", app.route.filters)}>Close</a>
    </div>
    ${facts([["To", html`<a href=${app.link("customers", "", { q: m.to })}>${text(m.to)}</a>`], ["Kind", m.kind], ["Site", m.site], ["Sent", moment(m.sentAt)], ["Works until", html`${moment(m.expiresAt)} (${dead ? "expired " : ""}${distance(m.expiresAt, now)})`]])}
    <article class="card card-body letter" aria-label="Preview">
      <p>${safeLink(m.link)}</p>
      <p class="mb-0 text-body-secondary">The link opens the storefront. It works once.</p>
    </article>
    <h3 class="h6 mt-3">Token ${copyButton(m.token, "Copy the token")} ${copyButton(m.link, "Copy the link")}</h3>
    <pre class="code" tabindex="0" role="group" aria-label="Token">${m.token}</pre>
  </section>`;
};

export const mail = { title: "Mail", load, show };
