// The page of the OpenAPI viewer. It shows a document of this server, and sends requests to the chosen tenant with a valid token.
import { at, authorization, get, post } from "./api.js";
import { href } from "./route.js";

const schemes = { customer: "CustomerAccessToken", anonymous: "AnonymousAccessToken", service: "ServiceAccessToken" };
const form = document.querySelector("form");
const told = document.querySelector("#who");
const info = await get("/info").catch(failed);
const tenant = new URLSearchParams(location.search).get("tenant") || info.tenant;
const tokens = { customer: "", anonymous: "", service: "" };
const authorized = new Set(); // the security schemes for which the viewer has a token

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
  form.elements.who.add(new Option("an anonymous session", ""));
}

// authorize mints tokens of every kind for the viewer.
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

// here returns a request of the viewer with the origin of the service, or with the token of the control API.
function here(request) {
  const url = new URL(request.url, location.href);
  const isControl = url.pathname.startsWith("/_standin/") || ["/livez", "/readyz", "/metrics"].includes(url.pathname);
  if (isControl) {
    Object.assign(request.headers, authorization());
    return request;
  }
  request.url = new URL(url.pathname + url.search, info.url).href;
  return request;
}

// prepared returns a document with the tenant of this page in the parameters that name a tenant. The viewer sends the last of the
// tokens that an operation accepts, so the customer's comes last.
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
    validatorUrl: null, // A validator would be another server.
    tryItOutEnabled: true,
    requestInterceptor: here,
    plugins: [() => ({ statePlugins: { spec: { wrapActions: { updateJsonSpec: (original) => (json) => original(prepared(json)) } } } })],
    onComplete: () => authorize(ui).catch(failed),
  });
  window.ui = ui; // For the developer tools of the browser.
}

form.elements.document.addEventListener("change", show);
form.elements.who.addEventListener("change", () => authorize(window.ui).catch(failed));
await people().catch(failed);
await show();
