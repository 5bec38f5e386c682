// The webhooks of the chosen tenant: a list, and a form for one more.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, patch } from "./api.js";
import { confirm, field, table, text } from "./parts.js";

export const kinds = ["customer.created", "customer.updated", "customer.deleted", "customer.logged.in", "customer.password-reset", "customer.opt-in", "customer.refresh-token", "customer.email-change-request", "customer.email-change"];

// takes reports whether a webhook receives events of a type.
export const takes = (hook, type) => !hook.events?.length || hook.events.includes(type);

// change replaces the webhooks of the tenant by what next returns for those that it has now.
async function change(tenant, next) {
  const path = at`/tenants/${tenant}/settings`;
  const { webhooks } = await get(path);
  await patch(path, { webhooks: next(webhooks) });
}

// without returns the webhooks without the first one that is equal to one.
function without(webhooks, one) {
  const gone = webhooks.findIndex((other) => JSON.stringify(other) === JSON.stringify(one));
  return webhooks.filter((other, i) => i !== gone);
}

export function receivers(webhooks, app) {
  const title = html`<h2 class="h5">Webhooks of ${text(app.tenant)}</h2>`;
  if (!webhooks.length) return html`${title}<p class="text-body-secondary">No webhook, so no event is added.</p>`;
  const drop = async (hook) => (await confirm(hook.url ? `Remove the webhook ${hook.url}? No event is sent there any more.` : "Remove the webhook that only lists?", "Remove"))
    && app.act(() => change(app.tenant, (now) => without(now, hook)), "The webhook is removed, until the next reset.");
  return html`${title}
  ${table("Webhooks", ["URL", "Events", html`<th scope="col" class="extra">Signed</th>`, "Do"], repeat(webhooks, (hook, i) => i + " " + hook.url, (hook) => html`
    <tr>
      <td class="break">${hook.url ? text(hook.url) : html`<span class="text-body-secondary">none, only lists</span>`}</td>
      <td>${hook.events?.length ? hook.events.join(", ") : "all"}</td>
      <td class="extra">${hook.secret ? "yes" : "no"}</td>
      <td><button type="button" class="btn btn-sm btn-outline-danger" aria-label="Remove ${hook.url || "the one that only lists"}" @click=${() => drop(hook)}>Remove</button></td>
    </tr>`))}`;
}

let refused = {}; // what the control API last said of the fields of the form, with the form and its tenant

// note keeps what a refusal says of the fields of the webhook at an index.
function note(failure, index, form, tenant) {
  const own = `webhooks.${index}.`;
  const details = (failure.details ?? []).map((d) => [d.field.replace(own, ""), d.message]);
  failure.shown = details.length > 0 && details.every(([name]) => name === "url" || name === "secret");
  if (failure.shown) refused = { tenant, form, fields: Object.fromEntries(details) };
}

// adder returns a form for a webhook.
export function adder(app) {
  const wrong = refused.tenant === app.tenant && refused.form.isConnected ? refused.fields : {};
  const save = async ({ url, secret }, form) => {
    const events = new FormData(form).getAll("events");
    let index = 0;
    refused = {};
    try {
      await change(app.tenant, (now) => { index = now.length; return [...now, { url, secret, events }]; });
    } catch (failure) {
      note(failure, index, form, app.tenant);
      throw failure;
    }
  };
  const entry = (label, name, hint, help) => field(label, html`<input class="form-control form-control-sm ${wrong[name] ? "is-invalid" : ""}" name=${name} placeholder=${hint} autocomplete="off" spellcheck="false"
    aria-invalid=${wrong[name] ? "true" : nothing} aria-describedby=${wrong[name] ? "wrong-" + name : nothing}>`,
    wrong[name] ? html`<span class="text-danger-emphasis break" id="wrong-${name}">${text(wrong[name])}</span>` : help);
  return html`<form class="card card-body" aria-label="Add a webhook" @submit=${app.submit(save, "The webhook is added, until the next reset.")}>
    <h2 class="h5">Add a webhook</h2>
    ${entry("URL", "url", "http://localhost:3000/webhooks", "Events are posted there. Without a URL they are only listed here.")}
    ${entry("Secret", "secret", "none", html`Requests are signed with it, as Standard Webhooks has it. <code>openssl rand -base64 32</code> makes one.`)}
    <fieldset class="mb-2"><legend class="fs-6 mb-1">Events <span class="small text-body-secondary">all, unless you choose some</span></legend>
      <div class="row row-cols-1 row-cols-sm-2 gx-3">${kinds.map((kind) => html`<div><label class="form-check mb-0"><input class="form-check-input" type="checkbox" name="events" value=${kind}> ${kind}</label></div>`)}</div>
    </fieldset>
    <div><button class="btn btn-primary btn-sm">Add</button></div>
  </form>`;
}
