// Customers: a list of the tenant's customers, and forms for more.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, page, post } from "./api.js";
import { code, copyButton, empty, field, pager, parsed, stateBadge, table, text } from "./parts.js";
import { one } from "./customer.js";

const perPage = 50;
let made = {}; // the customers of the last form, with their tokens, and their tenant
let minted = {};

async function load(route, signal) {
  const tenant = at`/tenants/${route.tenant}`;
  if (route.id) {
    const customer = await get(tenant + at`/customers/${route.id}`, signal);
    const [mails, clock] = await Promise.all([
      customer.email ? get(tenant + at`/mail?order=newest&limit=20&to=${customer.email}`, signal) : { mails: [] },
      get(tenant + "/clock", signal),
    ]);
    return { customer, mails: mails.mails, now: clock.now };
  }
  const [list, personas] = await Promise.all([
    page(tenant + "/customers", "customers", { limit: perPage, q: route.filters.q }, route.pages.at(-1), signal),
    get(tenant + "/personas", signal),
  ]);
  return { list, personas: personas.personas };
}

const show = (data, app) => (data.customer ? one(data, app) : html`
  <form class="filters" role="search" aria-label="Search" @submit=${app.filter}>
    <label class="flex-grow-1">Search <input class="form-control form-control-sm" type="search" name="q" .value=${app.route.filters.q ?? ""} @change=${app.filter} placeholder="A part of a name, number or e-mail address"></label>
  </form>
  ${rows(data.list, app)}
  <div class="row g-3 mt-2">${maker(data.personas, app)}${minter(app)}</div>`);

const name = (c) => [c.firstName, c.lastName].filter(Boolean).join(" ") || c.company || "";

const rows = (list, app) => (list.items.length ? html`
  ${table("Customers", ["Number", "State", "Name", "E-mail", html`<th scope="col" class="text-end d-none d-sm-table-cell">Addresses</th>`],
    repeat(list.items, (c) => c.customerNumber, (c) => html`
    <tr>
      <td><a href=${app.link("customers", c.customerNumber)}>${text(c.customerNumber)}</a></td>
      <td>${stateBadge(c.status)}</td>
      <td class="clip">${text(name(c))}</td>
      <td class="clip">${text(c.email)}</td>
      <td class="text-end d-none d-sm-table-cell">${c.addresses}</td>
    </tr>`))}
  ${pager(app.route.pages, list.more, (pages) => app.go({ pages }))}`
  : empty("No customers", app.narrowed ? html`None matches the filter. <a href=${app.link("customers")}>Show all</a>` : "Make customers below, sign one up in the storefront, or reset the tenant to a fixture that has some."));

// maker returns a form for customers in any state. Its members are those of a customer in a fixture.
const maker = (personas, app) => {
  const save = async (said) => {
    const { more, ...body } = said;
    const rest = more ? parsed(more, "More members") : {};
    if (!body.persona && !["passwordHash", "providerId", "logins"].some((name) => name in rest)) body.password ??= "password123";
    if (body.count) body.count = Number(body.count);
    if (body.addresses) body.addresses = [{ contactName: "Ada Lovelace", street: "Main Street", streetNumber: "{n}", zipCode: "10115", city: "Berlin", country: "DE", repeat: Number(body.addresses) }];
    if (body.mail) body.mails = [{ kind: body.mail }];
    delete body.mail;
    const { customers } = await post(at`/tenants/${app.tenant}/customers`, { ...body, ...rest });
    made = { tenant: app.tenant, customers };
    return customers.length === 1 ? `Customer ${customers[0].customerNumber} is made.` : `${customers.length} customers are made.`;
  };
  return html`<section class="col-lg-7"><form class="card card-body" aria-label="Make customers" @submit=${app.submit(save)}>
    <h2 class="h5">Make customers</h2>
    <div class="row row-cols-1 row-cols-sm-2 row-cols-xl-3 gx-3">
      ${field("Like the persona", html`<select class="form-select form-select-sm" name="persona"><option value="">none</option>${personas.slice(0, 100).map((p) => html`<option value=${p.name}>${p.name}</option>`)}</select>`)}
      ${field("State", html`<select class="form-select form-select-sm" name="status"><option value="">active</option><option>pendingOptIn</option><option>inactive</option></select>`)}
      ${field("E-mail", html`<input class="form-control form-control-sm" name="email" placeholder="drawn; {n} counts">`)}
      ${field("Password", html`<input class="form-control form-control-sm" name="password" autocomplete="off" placeholder="password123">`)}
      ${field("Addresses", html`<input class="form-control form-control-sm" name="addresses" type="number" min="1" max="10000">`)}
      ${field("How many", html`<input class="form-control form-control-sm" name="count" type="number" min="1" max="10000" placeholder="1">`)}
      ${field("Mail under way", html`<select class="form-select form-select-sm" name="mail"><option value="">none</option><option>opt-in</option><option>password-reset</option><option>deletion</option></select>`)}
    </div>
    ${field("More members (JSON)", html`<textarea class="form-control form-control-sm font-monospace" name="more" rows="2" placeholder='{"profile": {"firstName": "Ada"}}' spellcheck="false"></textarea>`, "As a customer in a fixture has them: profile, logins, mails, sessions, legalEntities, createdAt …")}
    <div><button class="btn btn-primary btn-sm">Make</button></div>
    ${made.tenant === app.tenant ? html`<div class="mt-3">${table("Made", ["Number", "E-mail", "Password", "Token"], made.customers.slice(0, 20).map((c) => html`
      <tr><td><a href=${app.link("customers", c.customerNumber)}>${text(c.customerNumber)}</a></td><td class="clip">${text(c.email)}</td><td>${text(c.password)}</td><td>${c.tokens ? copyButton(c.tokens.accessToken) : nothing}</td></tr>`))}
      ${made.customers.length > 20 ? html`<p class="small text-body-secondary">And ${made.customers.length - 20} more; search finds them.</p>` : nothing}</div>` : nothing}
  </form></section>`;
};

// minter returns a form for tokens of any kind.
const minter = (app) => {
  const save = async ({ kind, email, scopes, expiresIn }) => {
    const token = await post(at`/tenants/${app.tenant}/tokens`, {
      kind, email, scopes: scopes?.split(/\s+/), expiresIn: expiresIn === undefined ? undefined : Number(expiresIn),
    });
    minted = { tenant: app.tenant, token };
    return "The token is minted.";
  };
  return html`<section class="col-lg-5"><form class="card card-body" aria-label="Mint a token" @submit=${app.submit(save)}>
    <h2 class="h5">Mint a token</h2>
    <div class="row row-cols-1 row-cols-sm-2 gx-3">
      ${field("Kind", html`<select class="form-select form-select-sm" name="kind"><option>anonymous</option><option>customer</option><option>service</option></select>`)}
      ${field("Customer's e-mail", html`<input class="form-control form-control-sm" name="email" placeholder="for the kind customer">`)}
      ${field("Scopes", html`<input class="form-control form-control-sm" name="scopes" placeholder="on top of those of the kind">`)}
      ${field("Expires in seconds", html`<input class="form-control form-control-sm" name="expiresIn" type="number" placeholder="-1 has expired">`)}
    </div>
    <div><button class="btn btn-primary btn-sm">Mint</button> ${minted.tenant === app.tenant ? copyButton(minted.token.accessToken, "Copy the access token") : nothing}</div>
    ${minted.tenant === app.tenant ? html`<div class="mt-2">${code(minted.token, "The token")}</div>` : nothing}
  </form></section>`;
};

export const customers = { title: "Customers", load, show };
