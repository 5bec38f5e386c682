// Where the console is, as the address says behind its #: /view/id?tenant=demo&status=4xx.

// read answers the route of the address.
export function read() {
  const [path, search = ""] = location.hash.slice(1).split("?");
  const [view, ...id] = path.split("/").filter(Boolean).map(decoded);
  const { tenant = "", pages = "", ...filters } = Object.fromEntries(new URLSearchParams(search));
  return { view: view ?? "", id: id.join("/"), tenant, pages: pages ? pages.split("~") : [], filters };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // Somebody has typed it.
  }
}

// href is the address of a route; what it does not say is empty.
export function href({ view, id = "", tenant, pages = [], filters = {} }) {
  const said = Object.entries({ tenant, pages: pages.join("~"), ...filters }).filter(([, value]) => value);
  return `#/${view}` + (id ? "/" + encodeURIComponent(id) : "") + (said.length ? "?" + new URLSearchParams(said) : "");
}
