import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type GraphQLSchema, printSchema } from 'graphql'
import mercurius from 'mercurius'
import { countAddresses, requireToken } from '../plugins/auth.ts'
import { refusal } from './codes.ts'
import { createDocuments } from './documents.ts'
import { toClientErrors } from './errors.ts'
import { graphiql } from './graphiql.ts'
import { asErrors, negotiate, reporterOf, sendRefusal, sendResult } from './http.ts'
import { documentLimits } from './limits.ts'
import { createQueryFinder, type KnownQueries } from './persisted.ts'
import { type Asking, askingOf, askingOfQuery, parseBody } from './request.ts'
import { type Engine, makeReady, run } from './run.ts'
import { createSchema } from './schema.ts'
import { sockets } from './socket.ts'

export interface GraphqlOptions {
  readonly introspection: boolean
  /** The editor at /graphiql. */
  readonly graphiql: boolean
  readonly depthMax: number
  readonly costMax: number
  /** Answers these and nothing else. */
  readonly knownQueries?: KnownQueries | undefined
}

export const graphqlDefaults: GraphqlOptions = {
  introspection: true,
  graphiql: false,
  depthMax: documentLimits.depthMax,
  costMax: 5_000,
}

/** Compiling costs as much as some tens of executions: what is asked once or twice is interpreted. */
const compiledAfter = 5
const compiledMax = 200

/** What the code says, made once in a process: it takes longer than all else that an app is made of. */
let made: { readonly schema: GraphQLSchema; readonly text: string } | undefined

function theGraph() {
  if (made) return made
  const schema = createSchema()
  made = { schema, text: printSchema(schema) }
  return made
}

/** GraphQL over HTTP at /graphql, behind a token, and the schema as text, which is no secret. */
export async function graphql(app: FastifyInstance, options: GraphqlOptions) {
  const { schema, text } = theGraph()
  const limits = { ...documentLimits, depthMax: options.depthMax }
  // Its routes and sockets stay off: those of this folder follow the specification to the letter (see decision 40).
  await app.register(mercurius, {
    schema,
    routes: false,
    jit: compiledAfter,
    cache: compiledMax,
    errorFormatter: (response) => ({ statusCode: 200, response }),
  })
  const engine: Engine = {
    schema,
    execute: (text, asked, variables) => app.graphql(text, { ...asked }, variables),
    documents: createDocuments({ schema, limits, introspection: options.introspection }),
    findQuery: createQueryFinder(options.knownQueries),
    costMax: options.costMax,
  }
  await app.register(async (scope) => {
    countAddresses(scope)
    scope.get('/schema.graphql', async (_request, reply) =>
      reply.type('application/graphql; charset=utf-8').send(text),
    )
  })
  await app.register(async (scope) => serve(scope, engine))
  await app.register(sockets, { engine })
  if (options.graphiql) await app.register(graphiql)
}

function serve(app: FastifyInstance, engine: Engine) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => parseBody(body),
  )
  app.setErrorHandler((error, request, reply) => sendRefusal(request, reply, asErrors(error)))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (negotiate(request.headers.accept) === undefined)
      throw refusal('NOT_ACCEPTABLE', 'Accept application/graphql-response+json or application/json.')
  })
  requireToken(app)
  app.get('/graphql', (request, reply) =>
    answer(engine, askingOfQuery(request.query as Readonly<Record<string, unknown>>), request, reply),
  )
  app.post('/graphql', (request, reply) => answer(engine, askingOf(request.body), request, reply))
}

async function answer(engine: Engine, asking: Asking, request: FastifyRequest, reply: FastifyReply) {
  const ready = makeReady(engine, asking)
  if ('refused' in ready) return sendRefusal(request, reply, ready.refused)
  const { operation } = ready.operation.node
  if (operation === 'subscription') throw refusal('QUERY_INVALID', 'Subscribe at /graphql-ws.')
  if (operation === 'mutation' && request.method !== 'POST')
    throw refusal('METHOD_NOT_ALLOWED', 'Send a mutation by POST.')
  const { data, errors } = await run(engine, ready, request.ctx, request.onOccasion)
  return sendResult(request, reply, 200, {
    data,
    ...(errors && { errors: toClientErrors(errors, reporterOf(request)) }),
    extensions: { cost: ready.cost },
  })
}
