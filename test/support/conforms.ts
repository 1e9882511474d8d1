import { createRequire } from 'node:module'
import type { Ajv2020 as Ajv } from 'ajv/dist/2020.js'
import type { FormatsPlugin } from 'ajv-formats'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { createOpenApi } from '../../src/rest/openapi.ts'

const require = createRequire(import.meta.url)
const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: new (options: object) => Ajv }
const addFormats = require('ajv-formats') as FormatsPlugin

const document = createOpenApi('http://alongside.test') as unknown as {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>>
}
const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats(ajv)
ajv.addSchema(document, 'openapi')

/** Literal paths go first: `/consents/check` is not the consent `check`. */
const patterns = Object.keys(document.paths)
  .sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
  .map((path) => ({
    path,
    matches: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  }))

/** Throws when an answer is not what the published document says: its status, its media type, its shape. */
export function conforms({ method = 'GET', url }: InjectOptions, reply: LightMyRequestResponse): void {
  const path = (typeof url === 'string' ? url : (url?.pathname ?? '')).split('?')[0] ?? ''
  const known = patterns.find(({ matches }) => matches.test(path))
  const operation = known && document.paths[known.path]?.[method.toLowerCase()]
  if (!known || !operation) return
  const status = String(reply.statusCode)
  const say = (what: string) =>
    new Error(`${method} ${path} answered ${status}: ${what}\n${reply.payload.slice(0, 1500)}`)
  const documented = operation.responses[status]
  if (!documented) throw say('a status that is not documented')
  if (!documented.content) return
  const media = String(reply.headers['content-type']).split(';')[0] ?? ''
  if (!documented.content[media]) throw say(`${media} is not documented`)
  // Text of another form is read by the tests that ask for it.
  if (media === 'text/csv') return
  const pointer = ['paths', known.path, method.toLowerCase(), 'responses', status, 'content', media, 'schema']
  const escaped = pointer
    .map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/')
  const validate = ajv.getSchema(`openapi#/${escaped}`)
  if (!validate) throw say('its schema was not found')
  if (!validate(reply.json())) throw say(ajv.errorsText(validate.errors))
}
