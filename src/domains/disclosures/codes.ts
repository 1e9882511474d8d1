import { z } from 'zod'

/** On what a disclosure rests. Those under a qualified service agreement are no disclosures: they are audited only. */
export const disclosureBases = [
  'consent',
  'emergency',
  'research',
  'audit',
  'court_order',
  'required_by_law',
] as const
export type DisclosureBasis = (typeof disclosureBases)[number]

/** How it was told, where the service told it. */
export const serviceMethods = ['api', 'graphql', 'fhir', 'webhook', 'feed', 'stream', 'export'] as const
/** How people told it. */
export const manualMethods = ['verbal', 'phone', 'fax', 'mail', 'email'] as const
export const methods = [...serviceMethods, ...manualMethods] as const
export const Method = z.enum(methods)
export type Method = z.output<typeof Method>

export const designations = ['named', 'class', 'general', 'intermediary'] as const
