#!/usr/bin/env bash
# Proves the image and the compose file without an engine: carries out the Dockerfile's instructions in folders,
# sets up a PostgreSQL server with the compose file's own SQL, and runs the result as the compose file would.
#
#   TEST_DATABASE_URL=postgres://postgres@127.0.0.1:5432 bash test/deploy/image-steps.sh
#
# The URL names a superuser. Sources are those of HEAD, as a clean checkout has them; Dockerfile, .dockerignore
# and docker-compose.yml are read where they stand. Logins and the database get names of this run, so that it
# can share a server. Needs git, psql and the development packages (npm ci).
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
: "${TEST_DATABASE_URL:?names a PostgreSQL superuser, such as postgres://postgres@127.0.0.1:5432}"
run=img_$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
work=$(mktemp -d)
chmod 755 "$work"
pid=
made_roles=

ok() { echo "ok $*"; }
note() { echo "note: $*"; }
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
admin() { psql "$TEST_DATABASE_URL" --no-psqlrc --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 "$@"; }

cleanup() {
  local status=$?
  trap - EXIT INT TERM
  if [[ -n $pid ]] && kill -0 "$pid" 2>/dev/null; then kill -KILL "$pid" || true; fi
  export PGOPTIONS='-c client_min_messages=warning'
  admin -c "drop database if exists $run with (force)" -c "drop role if exists ${run}_service" \
    -c "drop role if exists ${run}_owner" || { echo "FAILED: cleaning up $run" >&2; status=1; }
  # These belong to the server. Where other databases came to use them meanwhile, PostgreSQL keeps them.
  for role in $made_roles; do admin -c "drop role $role" 2>/dev/null || note "$role stays: it is in use"; done
  rm -rf "$work"
  [[ $status == 0 ]] || echo "FAILED: image-steps, see above" >&2
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

[[ $(admin -c "select rolsuper from pg_roles where rolname = current_user") == t ]] ||
  fail "TEST_DATABASE_URL must name a superuser"

# --- The Dockerfile, carried out -------------------------------------------------------------------------------

git clone --quiet --depth 1 "file://$root" "$work/checkout"
ok "clean checkout of $(git -C "$work/checkout" rev-parse --short HEAD)"

# The build context: what .dockerignore lets in, and nothing else.
mkdir "$work/context"
while IFS= read -r line; do
  case $line in
    '' | '#'* | '*') ;;
    '!'*)
      [[ -e $work/checkout/${line#!} ]] || fail ".dockerignore lets in ${line#!}, which does not exist"
      (cd "$work/checkout" && cp -R --parents "${line#!}" "$work/context/")
      ;;
    *) fail ".dockerignore: this script knows '*' and '!path' only, not: $line" ;;
  esac
done <"$root/.dockerignore"
grep -qx '\*' "$root/.dockerignore" || fail ".dockerignore must begin by keeping everything out"

# Each instruction becomes a call of the shell function of its name.
DOCKERFILE="$root/Dockerfile" node >"$work/steps.sh" <<'JS'
const text = require('node:fs').readFileSync(process.env.DOCKERFILE, 'utf8')
const quote = (word) => `'${String(word).replaceAll("'", `'\\''`)}'`
const call = (...words) => console.log(words.map(quote).join(' '))
const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ').split('\n').filter((line) => line.trim())
for (const line of lines) {
  const [, instruction, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [, line, '']
  const words = rest.trim().split(/\s+/)
  if (instruction === 'FROM') call('do_from', words[0], words[2] ?? 'final')
  else if (instruction === 'WORKDIR') call('do_workdir', rest)
  else if (instruction === 'RUN') call('do_run', rest)
  else if (instruction === 'USER') call('do_user', rest)
  else if (instruction === 'COPY') {
    const from = words[0].startsWith('--from=') ? words.shift().slice('--from='.length) : ''
    if (words.some((word) => word.startsWith('--'))) throw new Error(`unknown option: ${line}`)
    call('do_copy', from, ...words)
  } else if (instruction === 'ENV') {
    // A value with blanks stands in quotes.
    for (const [word] of rest.matchAll(/(?:[^\s"]|"[^"]*")+/g)) call('do_env', word.replaceAll('"', ''))
  }
  else if (instruction === 'CMD') call('do_cmd', ...JSON.parse(rest))
  else if (instruction === 'HEALTHCHECK') call('do_healthcheck', ...JSON.parse(rest.slice(rest.indexOf('CMD') + 3)))
  else if (!['ARG', 'LABEL', 'EXPOSE'].includes(instruction)) throw new Error(`this script does not know: ${line}`)
}
JS

do_from() {
  stage=$work/stages/$2 dir='' user=root image_env=()
  mkdir -p "$stage"
  local wanted=${1#node:} have
  have=$(node -p 'process.versions.node')
  [[ ${wanted%%[!0-9]*} == "${have%%.*}" ]] || note "stage $2 is $1; its steps run here on Node $have"
}
do_workdir() { dir=$stage$1 && mkdir -p "$dir"; }
do_env() { image_env+=("$1"); }
do_user() { user=$1; }
do_cmd() { image_cmd=("$@"); }
do_healthcheck() { health_cmd=("$@"); }
do_run() {
  (cd "$dir" && bash -euc "$1") >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "RUN $1"; }
  ok "RUN $1"
}
do_copy() {
  local from=$1 target=${*: -1} source base
  [[ $target == /* ]] && target=$stage$target || target=$dir/$target
  for source in "${@:2:$#-2}"; do
    if [[ -n $from ]]; then base=$work/stages/$from; else base=$work/context; fi
    [[ -e $base/$source ]] || fail "COPY $source: ${from:+stage $from of }the build context has no such file"
    if [[ -d $base/$source ]]; then
      mkdir -p "$target" && cp -R "$base/$source/." "$target/"
    else
      [[ $target == */ || $target == */. ]] && mkdir -p "$target" || mkdir -p "$(dirname "$target")"
      cp "$base/$source" "$target"
    fi
  done
  ok "COPY ${from:+$from: }${*:2:$#-2}"
}
# shellcheck source=/dev/null
source "$work/steps.sh"

for name in typescript tap @biomejs/biome; do
  [[ ! -e $dir/node_modules/$name ]] || fail "the image holds $name, which is for development"
done
[[ ! -e $dir/src && ! -e $dir/test && ! -e $dir/.git ]] || fail "the image holds more than it runs"
ok "the image holds what it runs and no development packages"

node - "$dir/sbom.json" <<'JS' || fail "sbom.json does not list what is in the image"
const { readFileSync, existsSync } = require('node:fs')
const { bomFormat, components } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const listed = new Set(components.map(({ group, name }) => (group ? `${group}/${name}` : name)))
const has = (name) => listed.has(name) || components.some((one) => one.name === name)
for (const name of ['fastify', 'pg', 'prom-client']) if (!has(name)) throw new Error(`${name} is not listed`)
for (const name of ['typescript', 'tap', '@redocly/cli']) if (has(name)) throw new Error(`${name} is listed and not there`)
const { dirname, join } = require('node:path')
for (const { name, scope, properties = [] } of components) {
  const path = properties.find((one) => one.name === 'cdx:npm:package:path')?.value
  if (scope !== 'optional' && path && !existsSync(join(dirname(process.argv[2]), path))) throw new Error(`${name} is listed and not there`)
}
if (bomFormat !== 'CycloneDX' || !components.every(({ version, licenses }) => version && licenses)) throw new Error('it is not whole')
JS
ok "sbom.json lists what is in the image, with versions and licences"

# --- As whom it runs -------------------------------------------------------------------------------------------

as_user=()
[[ $user != root && $user != 0 ]] || fail "the Dockerfile's last stage runs as root"
if [[ $(id -u) != 0 ]]; then
  note "this user is not root: the service runs as $(id -un)"
elif command -v setpriv >/dev/null; then
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs)
  writable=$("${as_user[@]}" find "$dir" -writable ! -type l -print -quit)
  [[ -z $writable ]] || fail "the service could change its own files: $writable"
  ok "runs as uid $("${as_user[@]}" id -u), who can write no file of the image"
else
  note "there is no setpriv: the service runs as root here, as it must not elsewhere"
fi

# --- Roles, migrations -----------------------------------------------------------------------------------------

# What the compose file says, with names and addresses of this run: SQL, and the environment of a service.
compose() {
  (cd "$root" && RUN=$run node --input-type=module - "$@") <<'JS'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
const [what, service] = process.argv.slice(2)
const { RUN, TEST_DATABASE_URL } = process.env
const file = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true })
function interpolate(text) {
  return String(text).replace(/\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_, name, kind, rest) => {
    if (process.env[name]) return process.env[name]
    if (kind === '-') return rest
    throw new Error(`${name}: ${rest ?? 'not set'}`)
  })
}
const rename = (text) =>
  text
    .replace(/\balongside_(owner|service)\b/g, `${RUN}_$1`)
    .replace(/\bdatabase alongside\b/g, `database ${RUN}`)
if (what === 'sql') console.log(rename(file.configs.roles.content))
if (what === 'command') console.log(file.services[service].command.join('\n'))
if (what === 'env')
  for (const [name, value] of Object.entries(file.services[service].environment)) {
    let text = interpolate(value)
    if (name === 'DATABASE_URL') {
      const url = new URL(TEST_DATABASE_URL)
      url.username = rename(new URL(text).username)
      url.password = ''
      url.pathname = `/${RUN}`
      text = url.href
    }
    process.stdout.write(`${name}=${text}\0`)
  }
JS
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}
port=$(free_port)
metrics_port=$(free_port)
MASTER_KEY=$(openssl rand -base64 32)
POSTGRES_PASSWORD=unused
# With what a URL would choke on: passwords go past it.
ALONGSIDE_OWNER_PASSWORD="o'@/:$(openssl rand -hex 12)"
ALONGSIDE_SERVICE_PASSWORD="s'@/:$(openssl rand -hex 12)"
PUBLIC_URL=http://127.0.0.1:$port
export MASTER_KEY POSTGRES_PASSWORD ALONGSIDE_OWNER_PASSWORD ALONGSIDE_SERVICE_PASSWORD PUBLIC_URL

made_roles=$(admin -c "select coalesce(string_agg(name, ' '), '') from unnest(array['alongside_app', 'alongside_system',
  'alongside_auth', 'alongside_public']) as wanted (name) where not exists (select from pg_roles where rolname = name)")
compose sql >"$work/roles.sql"
admin -f "$work/roles.sql" >/dev/null
ok "roles and database by the compose file's SQL, on PostgreSQL $(admin -c 'show server_version')"

environment_of() {
  environment=()
  while IFS= read -r -d '' pair; do environment+=("$pair"); done < <(compose env "$1")
  [[ ${#environment[@]} -gt 0 ]] || fail "no environment for $1 in docker-compose.yml"
}
# Runs a command as a container would: the image's folder, user and environment, and none of this shell's.
contained() { (cd "$dir" && exec "${as_user[@]}" env -i "PATH=$PATH" HOME=/nonexistent "${image_env[@]}" "${environment[@]}" "PORT=$port" "METRICS_PORT=$metrics_port" "$@"); }

environment_of migrate
mapfile -t migrate < <(compose command migrate)
applied=$(contained "${migrate[@]}")
[[ $applied == "Applied 0001_walls.sql,"* ]] || fail "migrate said: $applied"
ok "migrate as alongside_owner: $applied"
[[ $(contained "${migrate[@]}") == "Nothing to apply"* ]] || fail "a second migrate found something to do"
ok "migrate again: nothing to apply"

environment_of service
service_url=$(printf '%s\n' "${environment[@]}" | sed -n 's/^DATABASE_URL=//p')
service_sql() { PGPASSWORD=$ALONGSIDE_SERVICE_PASSWORD psql "$service_url" -qtA -v ON_ERROR_STOP=1 -c "$1" 2>&1; }
for statement in 'select count(*) from referrals' 'select count(*) from schema_migrations' 'create table t ()' 'create role r'; do
  refused=$(service_sql "$statement") && fail "alongside_service could: $statement"
  [[ $refused == *'permission denied'* ]] || fail "$statement: $refused"
done
[[ $(service_sql "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolinherit from pg_roles where rolname = current_user") == f ]] ||
  fail "alongside_service has more rights than it needs"
ok "alongside_service alone may read no table, make no table and make no role"

# --- Starting and stopping ------------------------------------------------------------------------------------

kept=("${environment[@]}")
for missing in MASTER_KEY DATABASE_URL PUBLIC_URL; do
  environment=()
  for pair in "${kept[@]}"; do [[ $pair == "$missing="* ]] || environment+=("$pair"); done
  if refused=$(contained timeout 30 "${image_cmd[@]}" 2>&1); then fail "it started without $missing"; fi
  # The message alone: an operator is not to look for it in a stack trace.
  [[ $refused == "The configuration is not usable:"$'\n'"  $missing: required when NODE_ENV is production" ]] ||
    fail "without $missing it said: $refused"
  ok "without $missing it refuses to start:${refused#*$'\n' }"
done
environment=("${kept[@]}")

(cd "$dir" && exec "${as_user[@]}" env -i "PATH=$PATH" HOME=/nonexistent "${image_env[@]}" "${environment[@]}" "PORT=$port" "METRICS_PORT=$metrics_port" "${image_cmd[@]}") \
  >"$work/service.log" 2>&1 &
pid=$!
for attempt in $(seq 1 120); do
  kill -0 "$pid" 2>/dev/null || { cat "$work/service.log" >&2; fail "the service ended while starting"; }
  if contained "${health_cmd[@]}" 2>/dev/null; then break; fi
  [[ $attempt -lt 120 ]] || { cat "$work/service.log" >&2; fail "not ready after 120 looks"; }
  sleep 0.25
done
ok "ready by the image's own HEALTHCHECK"

METRICS=http://127.0.0.1:$metrics_port/metrics BASE=$PUBLIC_URL node <<'JS' || fail "a page is not as it should be"
const assert = require('node:assert/strict')
async function main() {
  const { BASE } = process.env
  const ready = await fetch(`${BASE}/health/ready`)
  const { status, checks } = await ready.json()
  assert.deepEqual([ready.status, status, checks], [200, 'ready', { database: 'ok', migrations: 'ok', queue: 'ok' }])
  assert.match(await (await fetch(process.env.METRICS)).text(), /^alongside_database_up 1$/m)
  assert.equal((await fetch(`${BASE}/metrics`)).status, 404)
  const contract = await (await fetch(`${BASE}/openapi.json`)).json()
  assert.equal(contract.servers[0].url, BASE)
  assert.ok(contract.paths['/v1/referrals'])
  for (const page of ['/docs', '/errors/not_found']) {
    const answer = await fetch(BASE + page)
    assert.equal(answer.status, 200, page)
    assert.match(answer.headers.get('content-type'), /html/)
  }
  assert.equal((await fetch(`${BASE}/v1/referrals`)).status, 401)
}
main().catch((error) => { console.error(error); process.exit(1) })
JS
ok "/health/ready, /openapi.json, /docs and /errors answer; /v1 asks for a token"

# The first client by the command line, as docs/guides/deploy.md has it, while the service runs.
cli() { contained node dist/cli.js "$@"; }
network=$(cli network create 'Image steps')
id_of() { node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).id'; }
organization=$(cli organization create 'Hub' --network "$network" --kind hub | id_of)
client=$(cli client create 'First client' --network "$network" --organization "$organization" \
  --scopes 'organizations:read organizations:write referrals:read clients:write network:write')
cli keys rotate >/dev/null
CLIENT=$client BASE=$PUBLIC_URL node <<'JS' || fail "the first client cannot work"
const assert = require('node:assert/strict')
async function main() {
  const { CLIENT, BASE } = process.env
  const { id, clientSecret } = JSON.parse(CLIENT)
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: clientSecret })
  const { access_token: token } = await (await fetch(`${BASE}/oauth/token`, { method: 'POST', body })).json()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const made = await fetch(`${BASE}/v1/organizations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'Clinic', kind: 'treatment_program', timeZone: 'America/New_York' }),
  })
  assert.equal(made.status, 201, await made.text())
  assert.equal((await fetch(`${BASE}/v1/referrals`, { headers })).status, 200)
}
main().catch((error) => { console.error(error); process.exit(1) })
JS
ok "network, organization and client by the command line; the client gets a token, writes and reads"

for needle in "$MASTER_KEY" "$ALONGSIDE_SERVICE_PASSWORD"; do
  ! grep -qF -- "$needle" "$work/service.log" || fail "a secret stands in the log"
done
note "resident memory after these requests: $(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$pid/status" 2>/dev/null || echo '?') MiB at most"
kill -TERM "$pid"
for _ in $(seq 1 80); do kill -0 "$pid" 2>/dev/null || break; sleep 0.25; done
if kill -0 "$pid" 2>/dev/null; then fail "still running 20 s after SIGTERM"; fi
code=0
wait "$pid" || code=$?
pid=
[[ $code == 0 ]] || { cat "$work/service.log" >&2; fail "exit code $code after SIGTERM"; }
ok "SIGTERM: exit code 0"
echo "ok image-steps"
