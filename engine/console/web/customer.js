// One customer: its data, and the actions on it.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, patch, post, remove } from "./api.js";
import { code, confirm, copyButton, distance, facts, field, moment, parsed, stateBadge, table, text } from "./parts.js";

const most = 100; // rows of a list within the view
let became = {}; // the tokens of the customer that was last become, with its path

const some = (list, key, row) => html`${repeat(list.slice(0, most), key, row)}${list.length > most ? html`<tr><td colspan="9" class="text-body-secondary">And ${(list.length - most).toLocaleString("en")} more.</td></tr>` : nothing}`;

export function one({ customer: c, mails, now }, app) {
  const path = at`/tenants/${app.tenant}/customers/${c.customerNumber}`;
  const { profile } = c;
  return html`
  <div class="d-flex flex-wrap gap-2 align-items-center mb-3">
    <h2 class="h5 mb-0">${text([profile.firstName, profile.lastName].filter(Boolean).join(" ") || c.email || c.customerNumber)}</h2> ${stateBadge(c.status)}
    <div class="d-flex flex-wrap gap-2 ms-auto">
      ${c.status === "active" ? html`<button type="button" class="btn btn-sm btn-primary" @click=${() => app.act(async () => { became = { path, ...(await post(path + "/become")) }; }, "A token is minted.")}>Become</button>`
        : html`<button type="button" class="btn btn-sm btn-primary" @click=${() => app.act(() => post(path + "/activate"), "The customer is active.")}>Activate</button>`}
      <button type="button" class="btn btn-sm btn-outline-danger" @click=${async () => (await confirm(`Delete customer ${c.customerNumber} with all that belongs to it?`, "Delete")) && app.act(async () => { await remove(path); app.go({ id: "" }); }, "The customer is deleted.")}>Delete</button>
      <a class="btn btn-sm btn-outline-secondary" href=${app.link("customers")}>All customers</a>
    </div>
  </div>
  ${became.path === path ? being(became) : nothing}
  <div class="row g-3">
    <section class="col-lg-6" aria-label="Profile"><h3 class="h6">Profile</h3>
      ${facts([["Number", c.customerNumber], ["Created", moment(c.createdAt)], ["E-mail", c.email], ["Company", profile.company], ["Phone", profile.contactPhone], ["Language", profile.preferredLanguage], ["Currency", profile.preferredCurrency]])}
      <details><summary>All of it</summary>${code(profile, "The profile")}</details>
    </section>
    ${editor(c, path, app)}
    <section class="col-12" aria-label="Addresses"><h3 class="h6">Addresses</h3>
      ${c.addresses.length ? table("Addresses", ["Name", "Street", "City", "Country", "Tags"], some(c.addresses, (a) => a.id, (a) => html`
        <tr><td class="clip">${text(a.contactName)}</td><td class="clip">${text([a.street, a.streetNumber].filter(Boolean).join(" "))}</td><td class="clip">${text([a.zipCode, a.city].filter(Boolean).join(" "))}</td><td>${text(a.country)}</td>
          <td>${(a.tags ?? []).slice(0, 20).map((tag) => html`<span class="badge text-bg-secondary">${text(tag)}</span> `)}${a.isDefault ? html`<span class="badge text-bg-primary">default</span>` : nothing}</td></tr>`)) : html`<p class="text-body-secondary">None.</p>`}
    </section>
    <section class="col-lg-6" aria-label="Sessions"><h3 class="h6">Sessions
      ${c.sessions.length ? html`<button type="button" class="btn btn-sm btn-outline-danger" @click=${() => app.act(() => remove(path + "/sessions"), "All sessions are ended.")}>End all</button>` : nothing}</h3>
      ${c.sessions.length ? table("Sessions", ["Session", "Access", "Refresh", "Do"], some(c.sessions, (s) => s.sessionId, (s) => html`
        <tr><td class="clip"><code>${text(s.sessionId)}</code></td><td>${s.accessExpiresAt ? distance(s.accessExpiresAt, now) : "none"}</td><td>${s.refreshExpiresAt ? distance(s.refreshExpiresAt, now) : "none"}</td>
          <td><button type="button" class="btn btn-sm btn-outline-danger" aria-label="End ${s.sessionId}" @click=${() => app.act(() => remove(path + at`/sessions/${s.sessionId}`), "The session is ended.")}>End</button></td></tr>`)) : html`<p class="text-body-secondary">None: it is logged in nowhere.</p>`}
    </section>
    <section class="col-lg-6" aria-label="Logins"><h3 class="h6">Logins</h3>
      ${table("Logins", ["E-mail", "Provider", "Bad passwords", "Locked until"], some(c.accounts, (a) => a.email + a.providerId, (a) => html`
        <tr><td class="clip">${text(a.email)}</td><td>${text(a.providerId ?? "password")}</td><td>${a.failures ?? 0}</td><td>${a.lockedUntil ? moment(a.lockedUntil) : "no"}</td></tr>`))}
    </section>
    <section class="col-lg-6" aria-label="Mailed tokens"><h3 class="h6">Mailed tokens that are open</h3>
      ${c.mailedTokens.length ? table("Mailed tokens", ["Kind", "For", "Expires", "Token"], some(c.mailedTokens, (t) => t.token, (t) => html`
        <tr><td>${t.kind}</td><td class="clip">${text(t.newEmail)}</td><td>${distance(t.expiresAt, now)}</td><td>${copyButton(t.token)}</td></tr>`)) : html`<p class="text-body-secondary">None.</p>`}
    </section>
    <section class="col-lg-6" aria-label="Mails"><h3 class="h6">Mails</h3>
      ${mails.length ? html`<ul class="list-unstyled mb-0">${mails.map((m) => html`<li><a href=${app.link("mail", m.id)}>${text(m.subject)}</a> <span class="text-body-secondary">${distance(m.sentAt, now)}</span></li>`)}</ul>` : html`<p class="text-body-secondary">None.</p>`}
    </section>
  </div>`;
}

// editor returns a form for the members that a customer may change, and for those that only a tester may change.
function editor(c, path, app) {
  const { profile } = c;
  const save = async (said, form) => {
    const { status, password, more } = said;
    const change = more ? parsed(more, "More members") : {};
    for (const name of ["firstName", "lastName", "company", "contactPhone"]) {
      const value = form.elements[name].value;
      if (value !== (profile[name] ?? "")) change[name] = value || null;
    }
    await patch(path, { status, password, ...(Object.keys(change).length && { profile: change }) });
    return "The customer is changed.";
  };
  const input = (name, label) => field(label, html`<input class="form-control form-control-sm" name=${name} value=${(profile[name] ?? "")} autocomplete="off">`);
  return html`<section class="col-lg-6"><details><summary class="h6">Edit</summary>
    <form class="card card-body" aria-label="Edit" @submit=${app.submit(save)}>
      <div class="row row-cols-1 row-cols-sm-2 gx-3">
        ${input("firstName", "First name")}${input("lastName", "Last name")}${input("company", "Company")}${input("contactPhone", "Phone")}
        ${field("State", html`<select class="form-select form-select-sm" name="status"><option value="">unchanged</option><option>active</option><option>pendingOptIn</option><option>inactive</option></select>`)}
        ${field("New password", html`<input class="form-control form-control-sm" name="password" autocomplete="off">`)}
      </div>
      ${field("More members of the profile (merge patch, JSON)", html`<textarea class="form-control form-control-sm font-monospace" name="more" rows="2" placeholder='{"preferredLanguage": "de_DE"}' spellcheck="false"></textarea>`)}
      <div><button class="btn btn-primary btn-sm">Save</button></div>
    </form></details></section>`;
}

// being shows what a client needs to act as the customer.
const being = (b) => {
  const snippet = inBrowser(b);
  return html`<section class="card card-body mb-3" id="being" aria-label="Become">
    <h3 class="h6">Be this customer</h3>
    <p class="mb-1"><strong>Access token</strong> ${copyButton(b.tokens.accessToken, "Copy the token")}</p><pre class="code" tabindex="0" role="group" aria-label="Access token">${b.tokens.accessToken}</pre>
    <p class="mb-1"><strong>On the command line</strong> ${copyButton(b.curl[0], "Copy as curl")}</p>${code(b.curl[0], "The curl line")}
    <p class="mb-1"><strong>In the storefront</strong>: paste into the browser's console there ${copyButton(snippet, "Copy the snippet")}</p>${code(snippet, "The snippet")}
    ${b.storageState ? html`<p class="mb-1"><strong>In Playwright</strong>, as storageState ${copyButton(JSON.stringify(b.storageState), "Copy the state")}</p>` : html`<p class="small text-body-secondary">${text(b.storageStateHint)}</p>`}
  </section>`;
};

// inBrowser returns a snippet that puts the tokens where the setting storefront says.
function inBrowser({ storageState, tokens }) {
  if (!storageState) return `localStorage.setItem("accessToken", ${JSON.stringify(tokens.accessToken)});`;
  const lines = storageState.origins.flatMap((o) => o.localStorage.map((item) => `localStorage.setItem(${JSON.stringify(item.name)}, ${JSON.stringify(item.value)});`));
  for (const cookie of storageState.cookies) lines.push(`document.cookie = ${JSON.stringify(`${cookie.name}=${cookie.value}; path=${cookie.path}`)};`);
  return [...lines, "location.reload();"].join("\n");
}
