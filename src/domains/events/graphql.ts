import { subjectTypes } from '../../core/context.ts'
import type { Graph } from '../../graphql/graph.ts'
import { listEvents } from './service.ts'

export const eventGraph: Graph = {
  queries: { events: listEvents },
  enums: { SubjectType: subjectTypes },
}
