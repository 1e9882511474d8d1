import { createOpenApi } from '../../src/rest/openapi.ts'

/** The published contract, as tests that grow with it read it. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly maxLength?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

export interface Operation {
  readonly operationId: string
  readonly path: string
  readonly method: 'get' | 'post' | 'patch'
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[]
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example?: object }>>
  }
}

const published = JSON.parse(JSON.stringify(createOpenApi('http://alongside.test'))) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'path' | 'method'>>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** Every operation under /v1 that answers and is done; streams have tests of their own, and show what the feed shows. */
export const operations: readonly Operation[] = Object.entries(published.paths)
  .filter(([path]) => path.startsWith('/v1/'))
  .flatMap(([path, item]) =>
    Object.entries(item).map(
      ([method, operation]): Operation => ({ ...operation, path, method: method as Operation['method'] }),
    ),
  )
  .filter(({ responses }) => responses['200']?.content?.['text/event-stream'] === undefined)

export function operationOf(id: string): Operation {
  const found = operations.find(({ operationId }) => operationId === id)
  if (!found) throw new Error(`There is no operation ${id}`)
  return found
}

/** `referrals` of `/v1/referrals/{id}/accept`: whose id stands in the path. */
export const familyOf = ({ path }: Operation) => path.split('/')[2] ?? ''

export const isBulk = ({ requestBody }: Operation) =>
  requestBody?.content['application/x-ndjson'] !== undefined

export const bodySchema = ({ requestBody }: Operation): Schema | undefined =>
  requestBody?.content['application/json']?.schema

/** What the contract shows as the body of an operation. */
export const shownBody = ({ requestBody }: Operation): object =>
  structuredClone(
    Object.values(requestBody?.content ?? {}).find(({ example }) => example !== undefined)?.example ?? {},
  )

/** The schemas that one stands for: what it refers to, and each of its alternatives. */
export function meanings(schema: Schema): readonly Schema[] {
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  const named = schema.$ref && published.components.schemas[schema.$ref.split('/').at(-1) ?? '']
  return [schema, ...[...parts, ...(named ? [named] : [])].flatMap(meanings)]
}

export const membersOf = (schema: Schema): Readonly<Record<string, Schema>> =>
  Object.assign({}, ...meanings(schema).map(({ properties }) => properties))

export const isId = (schema: Schema) => meanings(schema).some(({ $ref }) => $ref?.endsWith('/Id'))

/** Text without a form: what people write. Codes, times, ids and everything else with a name of its own is none. */
export const isFreeText = (schema: Schema) =>
  meanings(schema).some(
    ({ type, enum: codes, const: one, format, pattern, $ref }) =>
      [type].flat().includes('string') && !codes && one === undefined && !format && !pattern && !$ref,
  ) && meanings(schema).every(({ $ref }) => $ref === undefined)
