// The page of the OpenAPI viewer: it shows a document of this server, and sends what is tried out here, to the tenant
// that was chosen, with a token that is good.
import { at, authorization, get, post } from "./api.js";
import { href } from "./route.js";

const schemes = { customer: "CustomerAccessToken", anonymous: "AnonymousAccessToken", service: "ServiceAccessToken" };
const form = document.querySelector("form");
const told = document.querySelector("#who");
const info = await get("/info").catch(failed);
const tenant = new URLSearchParams(location.search).get("tenant") || info.tenant;
const tokens = { customer: "", anonymous: "", service: "" };
const authorized = new Set(); // the schemes that the viewer has a token of

document.querySelector("#back").href = "/_standin/" + href({ view: "live", tenant });

function failed(failure) {
  told.textContent = failure.message;
  throw failure;
}

async function people() {
  const { personas } = await get(at`/tenants/${tenant}/personas`);
  for (const persona of personas.filter((one) => one.status === "active").slice(0, 100)) {
    form.elements.who.add(new Option(`${persona.name} (${persona.email})`, persona.email));
  }
  form.elements.who.add(new Option("nobody: an anonymous session", ""));
}

// authorize mints tokens of every kind, and gives them to the viewer.
async function authorize(ui) {
  const email = form.elements.who.value;
  const mint = async (kind, more) => (await post(at`/tenants/${tenant}/tokens`, { kind, ...more })).accessToken;
  tokens.customer = email ? await mint("customer", { email }) : "";
  tokens.anonymous = await mint("anonymous");
  tokens.service = await mint("service");
  for (const [kind, scheme] of Object.entries(schemes)) {
    if (tokens[kind]) ui.preauthorizeApiKey(scheme, tokens[kind]);
    else if (authorized.has(scheme)) ui.authActions.logout([scheme]);
    if (tokens[kind]) authorized.add(scheme);
    else authorized.delete(scheme);
  }
  ui.preauthorizeApiKey("ClientId", info.clientId);
  told.textContent = `Tenant ${tenant}: what you try out is sent with a fresh token.`;
}

// here turns a request of the viewer's to where the service is. The control plane wants its own token.
function here(request) {
  const url = new URL(request.url, location.href);
  const steers = url.pathname.startsWith("/_standin/") || ["/livez", "/readyz", "/metrics"].includes(url.pathname);
  if (steers) {
    Object.assign(request.headers, authorization());
    return request;
  }
  request.url = new URL(url.pathname + url.search, info.url).href;
  return request;
}

// prepared is a document with the tenant of this page in the parameters that name one. Of the tokens that an operation
// takes the viewer sends the last that it has, so the customer's comes last.
const prepared = (document) => JSON.parse(JSON.stringify(document), (name, value) => {
  if (value?.name?.toLowerCase?.().endsWith("tenant") && value.in) return { ...value, example: tenant };
  if (name === "security" && Array.isArray(value)) return value.toSorted((a, b) => (schemes.customer in a) - (schemes.customer in b));
  return value;
});

let shown = null;

async function show() {
  shown?.remove();
  authorized.clear();
  shown = document.querySelector("#viewer").appendChild(document.createElement("div"));
  const ui = SwaggerUIBundle({
    domNode: shown,
    url: at`/_standin/documents/${form.elements.document.value}`,
    deepLinking: false,
    validatorUrl: null, // It would ask a server elsewhere.
    tryItOutEnabled: true,
    requestInterceptor: here,
    plugins: [() => ({ statePlugins: { spec: { wrapActions: { updateJsonSpec: (original) => (json) => original(prepared(json)) } } } })],
    onComplete: () => authorize(ui).catch(failed),
  });
  window.ui = ui; // For whoever looks into it by the browser's own tools.
}

form.elements.document.addEventListener("change", show);
form.elements.who.addEventListener("change", () => authorize(window.ui).catch(failed));
await people().catch(failed);
await show();
