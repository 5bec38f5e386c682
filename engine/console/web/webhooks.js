// Webhooks: the events of the tenant, and how far each has come on its way to the tenant's webhooks.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, page, post, remove } from "./api.js";
import { code, confirm, copyButton, distance, empty, facts, moment, pager, pretty, stateBadge, statusBadge, table, text } from "./parts.js";
import { move } from "./time.js";
import { adder, kinds, receivers, takes } from "./webhook.js";

const perPage = 50;
const shownAttempts = 8; // of a delivery: those of one round
const states = ["pending", "retrying", "delivered", "failed"];

async function load(route, signal) {
  const tenant = at`/tenants/${route.tenant}`;
  const { type, state } = route.filters;
  const [list, one, settings] = await Promise.all([
    page(tenant + "/webhooks", "events", { order: "newest", limit: perPage, type, state }, route.pages.at(-1), signal, "after"),
    route.id && get(tenant + at`/webhooks/${route.id}`, signal),
    get(tenant + "/settings", signal),
  ]);
  return { list, one, webhooks: settings.webhooks };
}

const all = ({ list, one }) => [...list.items, ...(one ? [one] : [])].flatMap((event) => event.deliveries);

// moving reports whether a delivery is under way, so that the view is soon another one without any exchange.
const moving = (data, app) => all(data).some((d) => d.state === "pending" || Date.parse(d.next) <= Date.parse(app.now) + 1000);

function show(data, app) {
  const { list, one, webhooks } = data;
  if (!webhooks.length && !list.items.length && !one && !app.narrowed) {
    return html`${empty("No webhook yet", "A webhook is a back end that is told what happens to customers: sign-ups, logins, changes. Add one, and its events appear here.")}
      <div class="row justify-content-center"><section class="col-lg-7">${adder(app)}</section></div>`;
  }
  return html`
  ${bar(app)}
  <div class="split ${one ? "open" : ""}">
    <section aria-label="Events">${one ? nothing : hint(all(data), app)}${rows(list, webhooks, app)}</section>
    ${one ? detail(one, webhooks, app) : nothing}
  </div>
  ${one ? nothing : html`<div class="row g-3 mt-1"><section class="col-lg-7">${receivers(webhooks, app)}</section><section class="col-lg-5">${adder(app)}</section></div>`}`;
}

const choice = (label, name, options, app) => html`
  <label>${label} <select class="form-select form-select-sm" name=${name} @change=${app.filter}>
    ${["", ...options].map((one) => html`<option value=${one} .selected=${one === (app.route.filters[name] ?? "")}>${one || "any"}</option>`)}</select></label>`;

const bar = (app) => html`
  <form class="filters" aria-label="Filter" @submit=${app.filter}>
    ${choice("Event", "type", kinds, app)}
    ${choice("State", "state", states, app)}
    <button type="button" class="btn btn-sm btn-outline-danger align-self-end ms-auto" @click=${async () => (await confirm(`Forget all events of ${app.tenant}? Those that were not delivered yet are not sent any more.`, "Forget")) && app.act(async () => { await remove(at`/tenants/${app.tenant}/webhooks`); if (app.route.id) app.go({ id: "" }); }, "All events are forgotten.")}>Forget all</button>
  </form>`;

const rows = (list, webhooks, app) => (list.items.length ? html`
  ${table("Events, the newest first", ["State", "Event", "Customer", html`<th scope="col" class="extra">When</th>`],
    repeat(list.items, (e) => e.id, (e) => html`
    <tr class=${e.id === app.route.id ? "table-active" : ""}>
      <td>${progress(e.deliveries)}</td>
      <td><a href=${app.link("webhooks", e.id, app.route.filters)}>${e.type}</a></td>
      <td class="clip">${text(customer(e.payload))}</td>
      <td class="extra text-nowrap">${distance(e.at, app.now)}</td>
    </tr>`))}
  ${pager(app.route.pages, list.more, (pages) => app.go({ pages }), ["Newer", "Older"])}`
  : empty("No event yet", app.narrowed
    ? html`None matches the filter. <a href=${app.link("webhooks")}>Show all</a>`
    : html`Sign a customer up, log in or change a profile in the storefront, and the event appears here. What the control API changes sends none.`));

// customer returns the number of the customer of an event, or the e-mail address if the event has no number.
const customer = (payload) => payload.customerNumber ?? payload.customerId ?? payload.email ?? "";

// progress shows each state that the deliveries of an event have.
const progress = (deliveries) => (deliveries.length
  ? states.map((state) => [state, deliveries.filter((d) => d.state === state).length]).filter(([, n]) => n).map(([state, n]) => html`${stateBadge(state)} ${n > 1 ? html`<span class="small">× ${n}</span> ` : nothing}`)
  : html`<span class="text-body-secondary">only listed</span>`);

// hint tells how failed deliveries are repeated, and goes to the moment of the next attempt.
function hint(deliveries, app) {
  const next = deliveries.map((d) => d.next).filter(Boolean).sort((a, b) => Date.parse(a) - Date.parse(b))[0];
  if (!next) return nothing;
  const advance = () => move({ set: next }, app);
  return html`<div class="alert alert-info d-flex flex-wrap gap-2 align-items-center py-2" id="next">
    <span class="flex-grow-1">A failed delivery is repeated in the tenant's time, next at ${moment(next)}, ${distance(next, app.now)}. Advance the clock to repeat it now.</span>
    ${Date.parse(next) > Date.parse(app.now) ? html`<button type="button" class="btn btn-sm btn-outline-primary" @click=${advance}>Advance to the next attempt</button>` : nothing}</div>`;
}

const detail = (e, webhooks, app) => html`<section class="detail" aria-label="Event">
    <div class="d-flex flex-wrap gap-2 align-items-center mb-2">
      <h2 class="h5 mb-0 me-auto">${e.type}</h2>
      <button type="button" class="btn btn-sm btn-primary" @click=${() => app.act(async () => {
        await post(at`/tenants/${app.tenant}/webhooks/${e.id}/redeliver`);
        return webhooks.some((hook) => hook.url && takes(hook, e.type)) ? "It is sent again." : `No webhook with a URL receives ${e.type}.`;
      })}>Send again</button>
      <a class="btn btn-sm btn-outline-secondary" href=${app.link("webhooks", "", app.route.filters)}>Close</a>
    </div>
    ${facts([["At", moment(e.at)], ["Id", e.id]])}
    ${customer(e.payload) && e.type !== "customer.deleted" ? html`<p><a href=${app.link("customers", customer(e.payload))}>Customer ${text(customer(e.payload))}</a></p>` : nothing}
    ${hint(e.deliveries, app)}
    <h3 class="h6">Deliveries</h3>
    ${e.deliveries.length ? repeat(e.deliveries, (d) => d.url, (d) => delivery(d, app)) : html`<p class="text-body-secondary">None. It is only listed.</p>`}
    <h3 class="h6 mt-3">Payload ${copyButton(pretty(e.payload), "Copy the payload")}</h3>
    ${code(e.payload, "The payload")}
  </section>`;

const earlier = (n) => (n === 1 ? "1 earlier attempt is not shown." : `${n} earlier attempts are not shown.`);

const delivery = (d, app) => html`<div class="mb-3">
    <p class="mb-1">${stateBadge(d.state)} <span class="break">${text(d.url)}</span>${d.next ? html`<br><span class="small">The next attempt is ${distance(d.next, app.now)}, at ${moment(d.next)}.</span>` : nothing}
      ${d.state === "failed" ? html`<br><span class="small">It is not repeated any more.</span>` : nothing}</p>
    ${d.attempts.length > shownAttempts ? html`<p class="small text-body-secondary mb-1">${earlier(d.attempts.length - shownAttempts)}</p>` : nothing}
    ${d.attempts.length ? table(`Attempts at ${d.url}`, ["At (UTC)", "Answer", html`<th scope="col" class="text-end">ms</th>`], d.attempts.slice(-shownAttempts).map((a) => html`
      <tr><td class="text-nowrap">${moment(a.at)}</td><td class="break">${a.status ? statusBadge(a.status) : text(a.error)}</td><td class="text-end">${a.tookMs}</td></tr>`)) : nothing}
  </div>`;

export const webhooks = { title: "Webhooks", load, show, moving };
