import { z } from 'zod'
import {
  type CreateDocumentOptions,
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { purposesOfUse, scopes } from '../core/context.ts'
import { catalogue, type ErrorCode } from '../core/errors.ts'
import { tokenPath } from './openapi-oauth.ts'
import { describeTag } from './openapi-tags.ts'
import { createWebhooks } from './openapi-webhooks.ts'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

const everywhere: readonly ErrorCode[] = [
  'unauthenticated',
  'insufficient_scope',
  'invalid_input',
  'invalid_purpose',
  'rate_limited',
  'internal_error',
  'service_unavailable',
]
const withBody: readonly ErrorCode[] = ['malformed_json', 'body_too_large', 'unsupported_media_type']
const withKey: readonly ErrorCode[] = [
  'invalid_idempotency_key',
  'idempotency_in_progress',
  'idempotency_key_reused',
]

/** Every refusal that an operation can give: its own, and those of its kind. */
export function refusalsOf(route: Route): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>([...everywhere, ...route.refusals])
  if (route.path.includes('{')) codes.add('not_found')
  if (route.method !== 'get') for (const code of withBody) codes.add(code)
  if (route.method === 'post') for (const code of withKey) codes.add(code)
  if (route.ifMatch !== 'none') codes.add('version_conflict')
  if (route.ifMatch === 'required') codes.add('precondition_required')
  return [...codes]
}

/** The published contract, from the same routes and zod schemas that serve requests. */
export function createOpenApi(publicUrl: string) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const route of routes) {
    const path = `/v1${route.path}`
    paths[path] = { ...paths[path], [route.method]: toOperation(route) }
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Alongside',
        version: '1.0.0',
        description: [
          'Refer a patient to a mentor, and know from then on whether that person is being accompanied.',
          'Errors are RFC 9457 problem+json with a stable `code`; every code has a page at `/errors/<code>`.',
          'What never becomes a request is answered on the connection: 408 `request_too_slow`, 431 `headers_too_large`.',
          'Every POST takes an `Idempotency-Key`, kept for 24 hours. Single resources carry a strong `ETag`.',
          'What a caller may not see does not exist: 404, never 403. 403 is only for a missing scope.',
          'Answers that hold another organization’s data carry a `disclosure` with the notice of 42 CFR 2.32; keep it with the data.',
        ].join('\n\n'),
        contact: { name: 'Alongside', url: `${publicUrl}/docs` },
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl, description: whereabouts(publicUrl), ...forPartners }],
      security: [{ oauth2: [] }],
      tags: [...new Set([...routes.map(({ tag }) => tag), 'Access'])].map((name) => ({
        name,
        description: describeTag(name),
      })),
      paths: { ...paths, '/oauth/token': tokenPath },
      webhooks: createWebhooks(),
      components: {
        schemas: { Problem },
        securitySchemes: {
          oauth2: {
            type: 'oauth2',
            description:
              'OAuth 2.0 client credentials. Access tokens are JWTs (RFC 9068 style; handled as RFC8725 advises).',
            flows: {
              clientCredentials: {
                tokenUrl: `${publicUrl}/oauth/token`,
                scopes: Object.fromEntries(scopes.map((scope) => [scope, describeScope(scope)])),
              },
            },
          },
        },
      },
    },
    { override: withSizes },
  )
}

const whereabouts = (url: string) =>
  url.startsWith('https:') ? 'This deployment (staging or production)' : 'This deployment (local)'

/** Not for the inside of one house only: EHRs of others call it. */
const forPartners = { 'x-internal': false }

/** The length of what has a form of its own. */
const lengths: Readonly<Record<string, number>> = { uuid: 36, date: 10 }
const int32Max = 2 ** 31 - 1

/** Says of each number how large it can be, and of each form how long: what follows from the schema and is not written in it. */
const withSizes: CreateDocumentOptions['override'] = ({ jsonSchema }) => {
  if (jsonSchema.type === 'integer') jsonSchema.format ??= isSmall(jsonSchema) ? 'int32' : 'int64'
  const length = lengths[String(jsonSchema.format)]
  if (jsonSchema.type === 'string' && length !== undefined) jsonSchema.maxLength ??= length
}

const isSmall = ({ minimum = -Infinity, maximum = Infinity }: { minimum?: number; maximum?: number }) =>
  minimum >= -int32Max && maximum <= int32Max

function describeScope(scope: string) {
  const [resource, right] = scope.split(':')
  if (scope === 'network:write')
    return 'Manage the network: its organizations, and every organization’s clients'
  if (scope === 'emergencies:write')
    return 'Open and document an emergency. Granted only when asked for by name, and for five minutes at most'
  if (right === 'review') return `Review ${resource}`
  return right === 'read' ? `Read ${resource}` : `Change ${resource}`
}

function toOperation(route: Route): ZodOpenApiOperationObject {
  const { path, query, body } = inputsOf(route)
  const headers = requestHeaders(route)
  return {
    operationId: route.action.id,
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, `Needs the scope \`${route.action.scope}\`.`]
      .filter(Boolean)
      .join('\n\n'),
    security: [{ oauth2: [route.action.scope] }],
    requestParams: {
      ...(path && { path }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...(body && {
      requestBody: {
        required: isRequired(body),
        content: route.bulk
          ? { 'text/csv': { schema: body }, 'application/x-ndjson': { schema: body } }
          : {
              [route.method === 'patch' ? 'application/merge-patch+json' : 'application/json']: {
                schema: body,
                ...(route.example?.request !== undefined && { example: route.example.request }),
              },
              ...(route.method === 'patch' && { 'application/json': { schema: body } }),
            },
      },
    }),
    responses: responsesOf(route),
  }
}

type Shape = Record<string, z.ZodType>

/** The action's one input, told apart as HTTP has it: what the path names, and the rest. */
function inputsOf(route: Route): { path?: z.ZodObject; query?: z.ZodObject; body?: z.ZodType } {
  const input = route.action.input
  if (!(input instanceof z.ZodObject)) throw new Error(`${route.action.id}: an action's input is an object`)
  const shape = input.shape as Shape
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const pick = (wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(shape).filter(([name]) => wanted(name)))
  const inPath = pick((name) => names.includes(name))
  const rest = pick((name) => !names.includes(name))
  const path = names.length > 0 ? { path: z.object(inPath) } : {}
  if (route.bulk) {
    const { body, format: _, ...query } = rest
    return { ...path, query: z.object(query), ...(body && { body }) }
  }
  if (route.method === 'get') return Object.keys(rest).length > 0 ? { ...path, query: z.object(rest) } : path
  return { ...path, body: names.length === 0 ? input : z.strictObject(rest) }
}

function isRequired(body: z.ZodType): boolean {
  return !body.safeParse({}).success
}

function requestHeaders(route: Route): z.ZodObject {
  const headers: Shape = {
    'X-Purpose-Of-Use': z
      .enum(purposesOfUse)
      .optional()
      .describe(
        'Why data of another organization is asked for. Default: treatment. It opens nothing by itself.',
      ),
  }
  if (route.method === 'post') {
    headers['Idempotency-Key'] = z
      .string()
      .min(1)
      .max(257)
      .optional()
      .describe('Repeating a request with its key repeats its answer, for 24 hours. Bare or quoted.')
  }
  if (route.ifMatch === 'accepted')
    headers['If-Match'] = z.string().max(200).optional().describe('The ETag you last read; stale is 412.')
  if (route.ifMatch === 'required')
    headers['If-Match'] = z.string().max(200).describe('The ETag you last read; stale is 412, absent 428.')
  if (route.method === 'get' && route.etagOf)
    headers['If-None-Match'] = z.string().max(200).optional().describe('Unchanged is 304.')
  if (route.stream)
    headers['Last-Event-ID'] = z
      .string()
      .max(1000)
      .optional()
      .describe('The last id that was received; goes before `after`.')
  return z.object(headers)
}

const retryAfter = z
  .int32()
  .min(1)
  .max(3600)
  .optional()
  .describe('Seconds')
  .meta({ header: { id: 'Retry-After' } })
const requestId = z
  .string()
  .max(128)
  .meta({ header: { id: 'X-Request-Id' } })

/** Where the caller stands; absent where nothing is limited. */
const standing = {
  'RateLimit-Policy': z
    .string()
    .max(200)
    .optional()
    .describe(
      '`"client";q=3000;w=60`: so many requests within so many seconds. Absent where nothing is limited.',
    )
    .meta({ header: { id: 'RateLimit-Policy' } }),
  RateLimit: z
    .string()
    .max(200)
    .optional()
    .describe('`"client";r=2981;t=42`: so many are left of the tighter limit, for so many seconds.')
    .meta({ header: { id: 'RateLimit' } }),
}

function responsesOf(route: Route): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {}
  for (const status of route.statuses) {
    responses[`${status}`] = {
      description: describe(status, route),
      headers: z.object(answerHeaders(route, status)),
      content: route.stream
        ? streamed(route)
        : {
            'application/json': {
              schema: route.answer,
              ...(route.example?.response !== undefined && { example: route.example.response }),
            },
            ...(route.csv && {
              'text/csv': {
                schema: z.string().describe(`RFC 4180, with a header: ${route.csv.columns.join(', ')}.`),
              },
            }),
          },
    }
  }
  if (route.method === 'get' && route.etagOf)
    responses['304'] = { description: 'Not changed since the given ETag' }
  const byStatus = groupByStatus(refusalsOf(route))
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    responses[`${status}` as '400'] = {
      description: codes.map((code) => `\`${code}\`: ${catalogue[code].title}`).join('; '),
      headers: z.object({
        'X-Request-Id': requestId,
        // What is refused for its token counts for nobody's share but its address's.
        ...(status < 500 && standing),
        ...((status === 503 || status === 429) && { 'Retry-After': retryAfter }),
      }),
      content: { 'application/problem+json': { schema: Problem } },
    }
  }
  return responses
}

/** A stream is text; what is in its `data` lines is JSON of the answer's shape, shown by its example. */
function streamed({ answer }: Route) {
  const { example } = answer.meta() ?? {}
  const { sequence, type } = example as { sequence: number; type: string }
  return {
    'text/event-stream': {
      schema: z.string().describe('Messages of `id`, `event` and `data`; `data` is one Event as JSON.'),
      example: `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify(example)}\n\n`,
    },
  }
}

function describe(status: number, { statuses }: Route): string {
  if (status === 201) return 'Created'
  if (status === 202) return 'Taken on; read it again to see how far it is'
  return statuses.length > 1 ? 'It was there already' : 'OK'
}

function groupByStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const groups = new Map<number, ErrorCode[]>()
  for (const code of codes)
    groups.set(catalogue[code].status, [...(groups.get(catalogue[code].status) ?? []), code])
  return groups
}

function answerHeaders(route: Route, status: number): Shape {
  return {
    'X-Request-Id': requestId,
    ...standing,
    ...(route.etagOf && { ETag: z.string().max(200) }),
    ...(status !== 200 && { Location: z.string().max(500).optional() }),
    ...(route.method === 'post' && {
      'Idempotency-Replayed': z.enum(['true']).optional().describe('Present on a repeated answer.'),
    }),
    ...(route.method === 'get' &&
      !route.etagOf &&
      !route.stream && { Link: z.string().max(2000).optional().describe('rel="next"') }),
  }
}
