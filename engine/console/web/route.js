// The route of the console, which is the fragment of the address: /view/id?tenant=demo&status=4xx.

// read returns the route of the address.
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
    return part; // It is not well-formed: a person has typed it.
  }
}

// href returns the address of a route. Members that are left out are empty.
export function href({ view, id = "", tenant, pages = [], filters = {} }) {
  const said = Object.entries({ tenant, pages: pages.join("~"), ...filters }).filter(([, value]) => value);
  return `#/${view}` + (id ? "/" + encodeURIComponent(id) : "") + (said.length ? "?" + new URLSearchParams(said) : "");
}
