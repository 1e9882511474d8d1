import { invalidInput } from '../../core/errors.ts'
import type { Publication, Telling, VersionRow } from '../publications/store.ts'
import { headFacts, versionFacts } from '../stories/view.ts'
import type { Blueprint, BlueprintStep, BlueprintVersion, OfferedBlueprint } from './contract.ts'
import { faultsOf } from './rules.ts'

/** The words of a blueprint, as they are sealed. */
export interface BlueprintContent {
  readonly title: string
  readonly summary: string | null
  readonly steps: BlueprintStep[]
}

const nothing: BlueprintContent = { title: '', summary: null, steps: [] }

export const contentOf = ({ content }: Pick<VersionRow, 'content'>): BlueprintContent => ({
  ...nothing,
  ...(content as BlueprintContent | null),
})

interface Said extends Omit<BlueprintContent, 'steps'> {
  readonly language: string
  readonly steps: readonly (Omit<BlueprintStep, 'why'> & { readonly why?: string | null | undefined })[]
}

/** What is to be stored, or every fault in the order of the steps. */
export function toTelling({ title, summary, language, steps }: Said): Telling {
  const issues = faultsOf(steps)
  if (issues.length > 0) throw invalidInput(...issues)
  const content = { title, summary, steps: steps.map((step) => ({ ...step, why: step.why ?? null })) }
  return { content, language, tags: {}, audiences: ['patients'] }
}

export const textsOf = ({ title, summary, steps }: BlueprintContent): string[] => [
  title,
  ...(summary === null ? [] : [summary]),
  ...steps.flatMap(({ what, why }) => (why === null ? [what] : [what, why])),
]

export function toBlueprint(found: Publication): Blueprint {
  const { head, latest } = found
  return {
    id: head.id,
    organizationId: head.organizationId,
    mentorId: head.mentorId,
    programId: head.programId,
    ...contentOf(latest),
    language: latest.language,
    ...versionFacts(latest),
    ...headFacts(found),
  }
}

export function toBlueprintVersion(row: VersionRow): BlueprintVersion {
  const { number, status, language } = row
  return { number, status, ...contentOf(row), language, ...versionFacts(row) }
}

export function toOffered({ head, latest }: Publication): OfferedBlueprint {
  return { id: head.id, number: latest.number, ...contentOf(latest), language: latest.language }
}
