import type { Graph } from '../../graphql/graph.ts'
import { createPortalToken } from './service.ts'

export const portalGraph: Graph = { mutations: { createPortalToken } }
