#!/usr/bin/env bash
# Renews what the console takes from others, in the versions of package.json: only the files that are served or
# tested with, each with its licence. VENDORED.md and SHA256SUMS say what there is; a test holds the files to them.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json .npmrc "$work"
if [ -f package-lock.json ]; then cp package-lock.json "$work"; fi
(cd "$work" && npm install --ignore-scripts --loglevel error) # By the lock, where it is of these versions.
cp "$work/package-lock.json" .

take() { # take FOLDER PACKAGE FILE...: files of a package
  local to=$1/$2 from=$work/node_modules/$2 file
  mkdir -p "$to"
  for file in "${@:3}"; do
    mkdir -p "$(dirname "$to/$file")"
    cp "$from/$file" "$to/$file"
  done
  chmod -R u+w,a-x+X "$to"
  node -e 'const p = require(process.argv[1]); console.log(`| ${p.name} | ${p.version} | ${p.license} | ${process.argv[2]} |`)' \
    "$from/package.json" "$1" >> "$work/VENDORED.md"
}

rm -rf web/vendored testdata/vendored
take web/vendored bootstrap LICENSE dist/css/bootstrap.min.css
take web/vendored lit-html LICENSE lit-html.js directive.js directive-helpers.js directives/live.js directives/repeat.js
take web/vendored swagger-ui-dist LICENSE NOTICE swagger-ui.css swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt
take testdata/vendored axe-core LICENSE LICENSE-3RD-PARTY.txt axe.min.js
{
  echo '# What the console takes from others'
  echo
  echo 'Written by `make console-vendor` from package.json; the licences are beside the files.'
  echo
  echo '| package | version | licence | folder |'
  echo '|---|---|---|---|'
  cat "$work/VENDORED.md"
} > VENDORED.md
find web/vendored testdata/vendored -type f | LC_ALL=C sort | xargs sha256sum > SHA256SUMS
cat VENDORED.md
