import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../core/errors.ts'
import { countAddresses } from '../plugins/auth.ts'

const require = createRequire(import.meta.url)

/** What the page needs, from packages that are installed beside the service: nothing is fetched from elsewhere. */
const parts: Readonly<
  Record<string, { readonly from: string; readonly file: string; readonly type: string }>
> = {
  'react.js': { from: 'react', file: 'umd/react.production.min.js', type: 'text/javascript' },
  'react-dom.js': { from: 'react-dom', file: 'umd/react-dom.production.min.js', type: 'text/javascript' },
  'graphiql.js': { from: 'graphiql', file: 'graphiql.min.js', type: 'text/javascript' },
  'graphiql.css': { from: 'graphiql', file: 'graphiql.min.css', type: 'text/css' },
}

const start = `const socket = location.origin.replace(/^http/, 'ws') + '/graphql-ws'
const fetcher = GraphiQL.createFetcher({ url: '/graphql', subscriptionUrl: socket })
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultEditorToolsVisibility: 'headers',
    defaultHeaders: JSON.stringify({ Authorization: 'Bearer <token from POST /oauth/token>' }, null, 2),
    shouldPersistHeaders: false,
  }),
)
`

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>GraphiQL · Alongside</title><link rel="stylesheet" href="/graphiql/graphiql.css">
<style>html,body,#graphiql{height:100%;margin:0}</style><div id="graphiql"></div>
<script src="/graphiql/react.js"></script><script src="/graphiql/react-dom.js"></script>
<script src="/graphiql/graphiql.js"></script><script src="/graphiql/start.js"></script></html>`

/** The editor runs in the browser of a developer: it may reach this service and nothing else. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'"

/** GraphiQL, for trying queries by hand. The page itself knows nothing; what is asked needs a token as ever. */
export async function graphiql(app: FastifyInstance) {
  countAddresses(app)
  app.get('/graphiql', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page),
  )
  app.get<{ Params: { part: string } }>('/graphiql/:part', async ({ params }, reply) => {
    if (params.part === 'start.js') return reply.type('text/javascript; charset=utf-8').send(start)
    const part = parts[params.part]
    if (!part) throw new AppError('not_found', 'There is no such page. See /docs.')
    const folder = dirname(require.resolve(`${part.from}/package.json`))
    return reply
      .type(`${part.type}; charset=utf-8`)
      .header('cache-control', 'public, max-age=3600')
      .send(await readFile(join(folder, part.file)))
  })
}
