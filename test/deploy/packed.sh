#!/usr/bin/env bash
# Proves the start without a clone: packs what npm would publish, installs it by `npx` in an empty folder, and has it serve.
# Needs the registry for the dependencies, and nothing else; leaves nothing behind.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
pid=
cleanup() {
  local status=$?
  trap - EXIT INT TERM
  if [[ -n $pid ]]; then kill -TERM -- "-$pid" 2>/dev/null || true; fi
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
fail() { echo "FAILED: $*" >&2; exit 1; }

(cd "$root" && npm run --silent build && npm pack --silent --pack-destination "$work" >/dev/null)
tarball=$(ls "$work"/alongside-*.tgz)
files=$(tar -tzf "$tarball")
for wanted in dist/cli.js dist/main.js migrations/0001_walls.sql openapi/openapi.json docs/errors/not_found.md package.json README.md; do
  grep -qx "package/$wanted" <<<"$files" || fail "the package lacks $wanted"
done
if grep -E '^package/(src|test|bench|\.)' <<<"$files"; then fail 'the package holds more than it runs'; fi
echo "ok packed $(wc -l <<<"$files") files"

mkdir "$work/empty" && cd "$work/empty"
# Apart from what this machine has installed before.
export npm_config_cache=$work/cache npm_config_update_notifier=false
grep -q '^Usage: alongside' <<<"$(npx --yes --package="$tarball" alongside --help)" || fail 'npx does not find the command'
echo 'ok npx runs the command'
PORT=0 setsid npx --yes --package="$tarball" alongside serve >"$work/log" 2>&1 &
pid=$!
for _ in $(seq 600); do
  grep -q '^curl ' "$work/log" && break
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.5
done
grep -q '^curl ' "$work/log" || { cat "$work/log" >&2; fail 'it does not start'; }
grep -q '"status":"requested"' <<<"$(bash -c "$(grep '^curl ' "$work/log")")" || fail 'the printed curl creates no referral'
url=$(sed -n 's/^Alongside is ready at \([^ ]*\).*/\1/p' "$work/log")
curl -fsS "$url/errors/not_found" >/dev/null || fail 'it has no pages of errors'
grep -q '"status":"ready"' <<<"$(curl -fsS "$url/health/ready")" || fail 'it does not answer'
echo 'ok npx serves, and the printed curl creates a referral'
