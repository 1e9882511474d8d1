import { competencyGroups } from '../supervision/codes.ts'

/**
 * Lists of what a learning program teaches, as others published them. The codes are this service's; the lists, and what
 * they are called, are theirs. A list that is published anew gets a code of its own: a program keeps what it adopted.
 */
export const frameworkCodes = ['samhsa_core_2015', 'samhsa_model_standards_2023'] as const
export type FrameworkCode = (typeof frameworkCodes)[number]

export interface Framework {
  readonly code: FrameworkCode
  readonly title: string
  readonly source: string
  readonly principles: readonly { readonly code: string; readonly title: string }[]
  readonly competencies: readonly { readonly code: string; readonly title: string }[]
}

const titles: Readonly<Record<(typeof competencyGroups)[number], string>> = {
  caring_relationships: 'Collaborative and caring relationships',
  providing_support: 'Provides support',
  sharing_lived_experience: 'Shares lived experience',
  personalizing_support: 'Personalizes support',
  recovery_planning: 'Supports recovery planning',
  linking_to_resources: 'Links to resources, services and supports',
  health_wellness_and_recovery_information: 'Provides information on health, wellness and recovery',
  managing_crises: 'Helps to manage crises',
  valuing_communication: 'Values communication',
  collaboration_and_teamwork: 'Supports collaboration and teamwork',
  leadership_and_advocacy: 'Promotes leadership and advocacy',
  growth_and_development: 'Promotes growth and development',
}

export const frameworks: readonly Framework[] = [
  {
    code: 'samhsa_core_2015',
    title: 'Core Competencies for Peer Workers in Behavioral Health Services',
    source: 'SAMHSA, 2015. Twelve categories and five principles; their wording here is a summary.',
    principles: [
      { code: 'recovery_oriented', title: 'Recovery-oriented' },
      { code: 'person_centered', title: 'Person-centered' },
      { code: 'voluntary', title: 'Voluntary' },
      { code: 'relationship_focused', title: 'Relationship-focused' },
      { code: 'trauma_informed', title: 'Trauma-informed' },
    ],
    competencies: competencyGroups.map((code) => ({ code, title: titles[code] })),
  },
  {
    code: 'samhsa_model_standards_2023',
    title: 'National Model Standards for Peer Support Certification',
    source:
      'SAMHSA, PEP23-10-01-001, 6 June 2023. Guidance, no substitute for a state’s certification; the wording here is a summary.',
    principles: [],
    competencies: [
      { code: 'lived_experience', title: 'Authenticity and lived experience' },
      { code: 'training', title: 'Training' },
      { code: 'examinations', title: 'Examinations' },
      { code: 'formal_education', title: 'Formal education' },
      { code: 'supervised_work_experience', title: 'Supervised work experience' },
      { code: 'background_checks', title: 'Background checks' },
      { code: 'recovery', title: 'Recovery' },
      { code: 'diversity_and_accessibility', title: 'Diversity, equity, inclusion and accessibility' },
      { code: 'ethics', title: 'Ethics' },
      { code: 'costs_and_fees', title: 'Costs and fees' },
      { code: 'peer_supervision', title: 'Peer supervision' },
    ],
  },
]

export const competencyCodes = frameworks.flatMap(({ competencies }) => competencies.map(({ code }) => code))

/** Those of a list that the framework does not have, by their place. */
export function foreignTo(framework: FrameworkCode, competencies: readonly string[]): number[] {
  const own = new Set(
    frameworks.find(({ code }) => code === framework)?.competencies.map(({ code }) => code) ?? [],
  )
  return competencies.flatMap((code, index) => (own.has(code) ? [] : [index]))
}
