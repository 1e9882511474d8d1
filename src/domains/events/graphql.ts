import { subjectTypes } from '../../core/context.ts'
import type { Graph } from '../../graphql/graph.ts'
import { listEvents } from './service.ts'

export const eventGraph: Graph = {
  queries: { events: listEvents },
  fields: {
    EventSubject: { node: { entity: 'Node', from: 'id', description: 'What it happened to, as it is now.' } },
  },
  enums: { SubjectType: subjectTypes },
}
