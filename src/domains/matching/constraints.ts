import { type MentorFacts, type Seeker, sharesAny, type Wished } from './facts.ts'

/**
 * What is never weighed: where one of these fails, there is no pair. Those up to `conflict_of_interest` nobody can
 * override; a coordinator may offer past the others with a reason that is kept.
 */
export const constraints = [
  'status',
  'papers',
  'capacity',
  'conflict_of_interest',
  'mentor_type',
  'language',
  'mode',
  'service_area',
  'must',
  'must_not',
  'mentor_must_not',
  'failed_pair',
  'asked_already',
] as const
export type Constraint = (typeof constraints)[number]

const firm: ReadonlySet<Constraint> = new Set(['status', 'papers', 'capacity', 'conflict_of_interest'])
export const canBeOverridden = (constraint: Constraint): boolean => !firm.has(constraint)

/** Whether each constraint holds for a pair; the first column of the answer's table of who was left out and why. */
const checks: Readonly<Record<Constraint, (mentor: MentorFacts, seeker: Seeker) => boolean>> = {
  status: ({ status }) => status === 'active',
  papers: ({ eligible }) => eligible,
  capacity: ({ load, capacity }, { points }) => load + points <= capacity,
  conflict_of_interest: ({ id, practitionerReferences }, { barred, onPanelOf }) =>
    (barred.size === 0 || !barred.has(id)) &&
    (onPanelOf.size === 0 || !practitionerReferences.some((reference) => onPanelOf.has(reference))),
  mentor_type: ({ type }, { program }) => isAdmitted(program.mentorTypes, [type]),
  language: ({ languages }, seeker) => {
    const spoken = languagesOf(seeker)
    return seeker.interpreter || spoken.length === 0 || sharesAny(languages, spoken)
  },
  mode: ({ modes }, { program, wishes }) =>
    isAdmitted(program.modes, modes) && isAdmitted(wishes.modes ?? [], modes),
  service_area: ({ serviceArea }, { postalCode }) =>
    serviceArea.length === 0 ||
    postalCode === null ||
    serviceArea.some((prefix) => postalCode.startsWith(prefix)),
  must: (mentor, { must }) => unmet(mentor, must).length === 0,
  must_not: (mentor, { mustNot }) => !hasAny(mentor, mustNot),
  mentor_must_not: ({ mustNot: { reasons, substances, modes } }, seeker) =>
    !(
      (reasons && sharesAny(reasons, seeker.reasons)) ||
      (substances && sharesAny(substances, seeker.wishes.substances ?? [])) ||
      (modes &&
        seeker.wishes.modes &&
        seeker.wishes.modes.length > 0 &&
        seeker.wishes.modes.every((mode) => modes.includes(mode)))
    ),
  failed_pair: ({ id }, { failedWith, notAgain }) => !failedWith.has(id) && notAgain !== id,
  asked_already: ({ id }, { askedAlready }) => !askedAlready.has(id),
}

export function isFeasible(mentor: MentorFacts, seeker: Seeker): boolean {
  for (const constraint of constraints) if (!checks[constraint](mentor, seeker)) return false
  return true
}

/** Every constraint that fails, in the order of the list. */
export function failedConstraints(mentor: MentorFacts, seeker: Seeker): Constraint[] {
  return constraints.filter((constraint) => !checks[constraint](mentor, seeker))
}

/** The languages in which a person can talk: those they wished for, or else their own. */
export function languagesOf({ wishes, language }: Seeker): readonly string[] {
  return wishes.languages?.length ? wishes.languages : language === null ? [] : [language]
}

const isAdmitted = (admitted: readonly string[], offered: readonly string[]) =>
  admitted.length === 0 || sharesAny(offered, admitted)

type Member = keyof Omit<Wished, 'demographics'>

/** What a mentor has of a member; unreleased is not there, and satisfies no demand. */
function offeredBy(mentor: MentorFacts, member: Member): readonly string[] {
  return member === 'mentorTypes' ? [mentor.type] : (mentor[member] ?? [])
}

const members = [
  'mentorTypes',
  'substances',
  'pathways',
  'languages',
  'modes',
  'lifeSituations',
  'interests',
] as const satisfies readonly Member[]

export interface Demand {
  readonly member: string
  readonly value: string
}

/**
 * The demands that a mentor does not meet. Languages are demanded each; of the other members one is enough, for
 * somebody who demands alcohol or opioids does not demand a mentor of both.
 */
export function unmet(mentor: MentorFacts, must: Wished): Demand[] {
  const demands: Demand[] = []
  for (const member of members) {
    const wanted = must[member]
    if (!wanted || wanted.length === 0) continue
    const offered = offeredBy(mentor, member)
    const missing = wanted.filter((value) => !offered.includes(value))
    if (member === 'languages' ? missing.length > 0 : missing.length === wanted.length)
      demands.push(...missing.map((value) => ({ member, value })))
  }
  if (!must.demographics) return demands
  for (const [key, wanted] of Object.entries(must.demographics)) {
    const said = mentor.demographics?.[key as keyof NonNullable<MentorFacts['demographics']>]
    if (wanted && wanted.length > 0 && (said === undefined || !wanted.includes(said)))
      demands.push(...wanted.map((value) => ({ member: `demographics.${key}`, value })))
  }
  return demands
}

function hasAny(mentor: MentorFacts, refused: Wished): boolean {
  for (const member of members) {
    const wanted = refused[member]
    if (wanted && wanted.length > 0 && sharesAny(offeredBy(mentor, member), wanted)) return true
  }
  return Object.entries(refused.demographics ?? {}).some(([key, wanted]) => {
    const said = mentor.demographics?.[key as keyof NonNullable<MentorFacts['demographics']>]
    return said !== undefined && (wanted?.includes(said) ?? false)
  })
}
