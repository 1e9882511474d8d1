import type { Action } from '../../src/core/action.ts'
import { graphs } from '../../src/graphql/domains.ts'
import { isReadTogether, isReference } from '../../src/graphql/graph.ts'
import type { Answer, Api } from './service.ts'

export interface Told {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly data: any
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly errors: any[] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly extensions: any
  readonly headers: Answer['headers']
}

/** Asks the graph as one client. */
export const graphOf =
  (api: Api) =>
  async (query: string, variables?: object, headers: Record<string, string> = {}): Promise<Told> => {
    const accept = { accept: 'application/graphql-response+json', ...headers }
    const { status, body, headers: got } = await api.post('/graphql', { query, variables }, accept)
    return { status, data: body.data, errors: body.errors, extensions: body.extensions, headers: got }
  }

/** The actions by which the graph reads many at once. */
export function pluralActions(): Action[] {
  const found = graphs.flatMap(({ entities = {}, fields = {} }) => [
    ...Object.values(entities).flatMap((entity) => (isReadTogether(entity) ? [entity.many] : [])),
    ...Object.values(fields)
      .flatMap((type) => Object.values(type))
      .flatMap((field) => (isReference(field) || !field.each ? [] : [field.each])),
  ])
  return [...new Set(found)]
}
