/** PostGraphile 5 over the tables as they are, past every wall: what bench/graphql.mjs measures beside the service. */
import { createServer } from 'node:http'
import { grafserv } from 'postgraphile/grafserv/node'
import { makePgService } from 'postgraphile/adaptors/pg'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { postgraphile } from 'postgraphile'

const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ['public'], poolConfig: { max: 10 } })],
  // Lists beside connections, and conditions on any column: the cheapest way it has to say what the service is asked.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  schema: { defaultBehavior: '+connection +resource:connection +list +resource:list' },
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false, port: Number(process.env.PORT) },
})
const serv = pgl.createServ(grafserv)
const server = createServer()
await serv.addTo(server)
server.listen(Number(process.env.PORT), '127.0.0.1')
