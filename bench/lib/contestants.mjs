import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { authorizationOf, startService } from './http.mjs'
import { startProcess } from './processes.mjs'
import { root } from './service.mjs'

const production = { NODE_ENV: 'production' }
const unnamed = (base) => fetch(`${base}/`).then(() => true)
const withHeaders = ({ id, clientId }) => ({ 'x-organization': id, 'x-client': clientId })

/**
 * Who is measured. `headersOf` says how a caller names itself; `needs` is the file without which a peer was not installed.
 * Every one of them has ten connections to PostgreSQL.
 */
export const contestants = {
  alongside: {
    name: 'Alongside',
    // As production runs it, with its log; that the jobs run elsewhere is so in production too. Not called production: then it
    // would refuse the login that made the data, which owns the tables. Its walls bind it all the same.
    start: ({ databaseUrl, seed, nodeOptions }, name = 'Alongside') =>
      startService({ name, databaseUrl, seed, nodeOptions, env: { PUBLIC_URL: 'http://127.0.0.1', LOG_LEVEL: 'info' } }),
    headersOf: async ({ base }, { seed }, actor) => ({ authorization: (await authorizationOf(base, seed, actor.clientId)).authorization }),
  },
  floor: {
    name: 'floor',
    start: ({ databaseUrl, networkId }) =>
      startProcess({ name: 'floor', script: join(root, 'bench/floor/serve.mjs'), ready: unnamed, env: { ...production, DATABASE_URL: databaseUrl, NETWORK_ID: networkId } }),
    headersOf: async (_process, _data, actor) => withHeaders(actor),
  },
  nestjs: {
    name: 'NestJS + Prisma',
    needs: join(root, 'bench/nestjs-prisma/dist/src/main.js'),
    start: ({ databaseUrl, networkId }) =>
      startProcess({ name: 'NestJS + Prisma', script: join(root, 'bench/nestjs-prisma/dist/src/main.js'), ready: unnamed, env: { ...production, DATABASE_URL: databaseUrl, NETWORK_ID: networkId } }),
    headersOf: async (_process, _data, actor) => withHeaders(actor),
  },
  postgraphile: {
    name: 'PostGraphile',
    needs: join(root, 'bench/postgraphile/node_modules/postgraphile/package.json'),
    start: ({ databaseUrl }) =>
      startProcess({
        name: 'PostGraphile',
        script: join(root, 'bench/postgraphile/serve.mjs'),
        env: { ...production, DATABASE_URL: databaseUrl, GRAPHILE_ENV: 'production' },
        ready: (base) => fetch(`${base}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{__typename}"}' }).then(({ ok }) => ok),
      }),
    headersOf: async () => ({}),
  },
}

export function refuseMissing(keys) {
  const missing = keys.filter((key) => contestants[key].needs && !existsSync(contestants[key].needs))
  if (missing.length === 0) return
  throw new Error(`Not installed: ${missing.map((key) => contestants[key].name).join(', ')}. Install the peers once with \`npm run bench:peers\`, or leave them out: --only alongside,floor`)
}
