#!/usr/bin/env bash
# Writes LICENSES.md, the licenses of all that is in the binary, and fails if one of them is not permissive. The tool is
# go-licenses, in the version of testdata/licenses/go.mod; it reads the license files of the modules that are built, so
# the Go module proxy is all it needs.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -C testdata/licenses -o "$work/go-licenses" github.com/google/go-licenses/v2

# The binary differs a little between systems. The tool also asks where a license is to be read on the web; that fails
# without a network and is not used, so what it says of it is shown only if it fails as a whole.
for os in linux darwin windows; do
  GOOS=$os CGO_ENABLED=0 "$work/go-licenses" report . --ignore standin --template testdata/licenses/rows.tpl >> "$work/rows" 2> "$work/log" ||
    { cat "$work/log" >&2; echo "licenses.sh: go-licenses failed for $os; what it said is above" >&2; exit 1; }
done
vendored=../../engine/console/VENDORED.md # As npm tells it; engine/console holds the files to their checksums.
{
  grep '^|' "$work/rows"
  echo "| Go, its standard library and runtime | $(awk '$1 == "go" { print $2 }' ../../go.mod) or later | BSD-3-Clause |"
  awk -F ' *[|] *' '$5 == "web/vendored" { print "| " $2 " | " $3 " | " $4 " |" }' "$vendored"
} | LC_ALL=C sort -u > "$work/all"

# Permissive: whoever passes the binary on keeps the notices, and that is all. MPL-2.0 asks for the source of its own
# files only, and of these modules it is public and used as it is; each is named, so that another is decided on.
permissive='0BSD|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|MIT|Unlicense'
as_it_is='github\.com/hashicorp/(go-immutable-radix|go-memdb|golang-lru/simplelru)|pgregory\.net/rapid'
if grep -Ev "\| ($permissive) \|$|^\| ($as_it_is) \| [^|]* \| MPL-2\.0 \|$" "$work/all" >&2; then
  echo "licenses.sh: these are under no license that cmd/standin/licenses.sh takes. Do without them, or add the license there with the reason." >&2
  exit 1
fi

{
  echo '# Licenses of what is in the binary'
  echo
  echo 'The license of standin itself is [Apache-2.0](../../LICENSE). Below are those of the libraries and files that it contains.'
  echo
  echo 'Written by `make licenses`, for all systems together: libraries as they are built in, and the files of the console. What is in'
  echo "swagger-ui's bundle is named, with its licenses, in"
  echo '[its own list](../../engine/console/web/vendored/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt).'
  echo
  echo '| package | version | license |'
  echo '|---|---|---|'
  cat "$work/all"
} > LICENSES.md
echo "cmd/standin/LICENSES.md lists $(wc -l < "$work/all") packages, all under licenses that we take"
