// The world of the chosen tenant: snapshots, reset, export, import, settings.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, patch, post, remove } from "./api.js";
import { confirm, copyButton, download, facts, field, moment, parsed, pretty, table, text } from "./parts.js";

// snapshotsOf returns the data of a world; null if there is none.
export async function snapshotsOf(tenant, signal) {
  const path = at`/tenants/${tenant}`;
  try {
    const [world, snapshots, settings] = await Promise.all([get(path, signal), get(path + "/snapshots", signal), get(path + "/settings", signal)]);
    return { world, snapshots: snapshots.snapshots, settings };
  } catch (failure) {
    if (failure.status === 404) return null;
    throw failure;
  }
}

export function inside({ world, snapshots, settings }, fixtures, app) {
  const path = at`/tenants/${world.tenant}`;
  return html`<div class="card card-body" id="inside">
    <h2 class="h5">${text(world.tenant)} ${copyButton(world.baseUrl, "Copy its URL")}</h2>
    ${facts([["URL", world.baseUrl], ["Fixture", world.fixture], ["Made", moment(world.createdAt)], ["Lives unused for", world.ttl]])}
    <form class="d-flex flex-wrap gap-2 mb-3 align-items-end" aria-label="Reset" @submit=${async (event) => {
      event.preventDefault();
      const to = event.currentTarget.elements.to.value;
      if (await confirm(`Reset ${world.tenant} to ${to || "its fixture"}? Faults, journal and coverage are cleared, too.`, "Reset")) app.act(() => post(path + "/reset" + (to ? at`?to=${to}` : "")), "The tenant is reset.");
    }}>
      <label>Reset to <select class="form-select form-select-sm" name="to"><option value="">its own fixture</option>${fixtures.slice(0, 50).map((f) => html`<option value=${f.name}>${f.name}</option>`)}</select></label>
      <button class="btn btn-sm btn-outline-danger">Reset</button>
      <button type="button" class="btn btn-sm btn-outline-secondary" @click=${() => app.act(async () => download(world.tenant + ".yaml", await get(path + "/export"), "application/yaml"), "The fixture is saved. It holds tokens and password hashes.")}>Export</button>
      <label class="btn btn-sm btn-outline-secondary mb-0">Import <input class="visually-hidden" type="file" accept=".yaml,.yml,.json" name="file" @change=${(event) => {
        const input = event.currentTarget;
        app.act(async () => { await post(path + "/import", await input.files[0].text(), "application/yaml"); }, "The file is the tenant's fixture now.").finally(() => { input.value = ""; });
      }}></label>
    </form>
    <h3 class="h6">Snapshots</h3>
    ${snapshots.length ? table("Snapshots", ["Name", "Its time (UTC)", "Do"], repeat(snapshots.slice(0, 50), (s) => s.name, (s) => html`
      <tr><td class="clip">${text(s.name)}</td><td class="text-nowrap">${moment(s.at)}</td><td class="text-nowrap">
        <button type="button" class="btn btn-sm btn-outline-secondary" aria-label="Restore ${s.name}" @click=${() => app.act(() => post(path + at`/snapshots/${s.name}/restore`), `${world.tenant} is as it was at ${s.name}.`)}>Restore</button>
        <button type="button" class="btn btn-sm btn-outline-secondary" aria-label="Fork ${s.name}" @click=${() => app.act(async () => {
          const fork = await post("/tenants", { from: `snapshot:${world.tenant}/${s.name}` });
          app.go({ tenant: fork.tenant });
          return `${fork.tenant} is made from ${s.name}.`;
        })}>Fork</button>
        <button type="button" class="btn btn-sm btn-outline-danger" aria-label="Delete ${s.name}" @click=${() => app.act(() => remove(path + at`/snapshots/${s.name}`), "The snapshot is gone.")}>Delete</button></td></tr>`)) : html`<p class="text-body-secondary mb-2">None. One keeps rows, settings and the clock, to return to.</p>`}
    ${snapshots.length > 50 ? html`<p class="small text-body-secondary">And ${snapshots.length - 50} more.</p>` : nothing}
    <form class="d-flex flex-wrap gap-2 align-items-end mb-3" aria-label="Take a snapshot" @submit=${app.submit(({ name }) => post(path + "/snapshots", { name }), "The snapshot is taken.")}>
      <label>Name <input class="form-control form-control-sm" name="name" required pattern="[A-Za-z0-9._\\-]{1,64}" title="Up to 64 letters, digits, dots, hyphens and underscores"></label>
      <button class="btn btn-sm btn-outline-primary">Take a snapshot</button>
    </form>
    <details><summary class="h6">Settings</summary>
      <pre class="code" tabindex="0" role="group" aria-label="Settings">${pretty(settings)}</pre>
      <form aria-label="Settings" @submit=${app.submit(({ change }) => patch(path + "/settings", parsed(change, "The change")), "The settings are changed, until the next reset.")}>
        ${field("Change (merge patch, JSON)", html`<textarea class="form-control form-control-sm font-monospace" name="change" rows="2" required spellcheck="false" placeholder='{"doubleOptIn": true, "lifetimes": {"customerAccess": "60s"}}'></textarea>`, "null returns a setting to its default.")}
        <button class="btn btn-sm btn-outline-primary">Change</button>
      </form>
    </details>
  </div>`;
}
