import type { ConflictKind } from '../conflicts/contract.ts'
import type { WeekHours } from '../mentors/availability.ts'
import type { Demographics, MentorLimits, MentorStatus, MentorType } from '../mentors/codes.ts'

/** Codes that somebody wishes for, demands or refuses. What is left out is not looked at. */
export interface Wished {
  readonly mentorTypes?: readonly string[] | undefined
  readonly substances?: readonly string[] | undefined
  readonly pathways?: readonly string[] | undefined
  readonly languages?: readonly string[] | undefined
  readonly modes?: readonly string[] | undefined
  readonly lifeSituations?: readonly string[] | undefined
  readonly interests?: readonly string[] | undefined
  readonly demographics?:
    | Readonly<Partial<Record<keyof Demographics, readonly string[] | undefined>>>
    | undefined
}

/** What matching knows of one referral. Everything else about the person is none of its business. */
export interface Seeker {
  readonly wishes: Wished
  readonly must: Wished
  readonly mustNot: Wished
  /** The person's own language, where no other is wished for. */
  readonly language: string | null
  /** An interpreter is there, so no language need be shared. */
  readonly interpreter: boolean
  /** In which hours of the week they would like to talk, if they said. */
  readonly hours: WeekHours | null
  /** Minutes ahead of UTC, now. */
  readonly offsetMinutes: number | null
  readonly postalCode: string | null
  readonly reasons: readonly string[]
  /** Kinds of mentor and ways to meet that the program offers; empty means every one. */
  readonly program: { readonly mentorTypes: readonly string[]; readonly modes: readonly string[] }
  /** Capacity points that the mentorship would take. */
  readonly points: number
  readonly barred: ReadonlyMap<string, readonly ConflictKind[]>
  readonly cautions: ReadonlyMap<string, readonly ConflictKind[]>
  readonly onPanelOf: ReadonlySet<string>
  /** Mentors of pairs that went wrong, and of pairs that went well. */
  readonly failedWith: ReadonlySet<string>
  readonly wellWith: ReadonlySet<string>
  /** Mentors who have declined this referral, or let it pass. */
  readonly askedAlready: ReadonlySet<string>
  /** The mentor who is to be replaced. */
  readonly notAgain: string | null
}

/** A mentor as matching sees them: what they did not release to coordinators is null, as if it were not known. */
export interface MentorFacts {
  readonly id: string
  readonly type: MentorType
  readonly status: MentorStatus
  readonly eligible: boolean
  readonly capacity: number
  readonly load: number
  /** In which they can talk: a constraint, whatever is released. */
  readonly languages: readonly string[]
  readonly modes: readonly string[]
  readonly serviceArea: readonly string[]
  readonly offsetMinutes: number
  readonly mustNot: MentorLimits
  readonly practitionerReferences: readonly string[]
  /** The languages, first language first, as far as they may be weighed. */
  readonly spoken: readonly string[] | null
  readonly substances: readonly string[] | null
  readonly pathways: readonly string[] | null
  readonly lifeSituations: readonly string[] | null
  readonly interests: readonly string[] | null
  readonly demographics: Demographics | null
  readonly hours: WeekHours | null
}

export const sharesAny = (offered: readonly string[], wanted: readonly string[]): boolean => {
  for (const one of wanted) if (offered.includes(one)) return true
  return false
}
