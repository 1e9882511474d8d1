import type { MentorType } from '../mentors/codes.ts'

/** Who answers for learning beside a peer is a peer. */
const peers: ReadonlySet<MentorType> = new Set<MentorType>([
  'peer_certified',
  'peer_volunteer',
  'family_peer',
])

export interface Supervisor {
  readonly id: string
  readonly type: MentorType
  readonly status: string
}

export const isPeer = ({ type }: Pick<Supervisor, 'type'>): boolean => peers.has(type)

/** Only the supervisor of the placement signs its hours, and only while they are a peer who is active. */
export const maySign = (signer: Supervisor, placement: { readonly supervisorId: string }): boolean =>
  signer.id === placement.supervisorId && signer.status === 'active' && isPeer(signer)

/** A word counts from the last signature under it, whenever it was written down. */
export const isSignedBy = (
  { signatures }: { readonly signatures: readonly { readonly signedAt: string }[] },
  at: Date,
): boolean => signatures.length > 0 && signatures.every(({ signedAt }) => new Date(signedAt) <= at)

export interface Counted {
  readonly recordedMinutes: number
  readonly signedMinutes: number
  readonly signedReflections: number
  readonly evidenced: readonly string[]
}

export interface Hour {
  readonly beganAt: Date
  readonly endedAt: Date
  readonly competencies: readonly string[]
  readonly hasReflection: boolean
}

export const minutesOf = ({ beganAt, endedAt }: Pick<Hour, 'beganAt' | 'endedAt'>): number =>
  Math.floor((endedAt.getTime() - beganAt.getTime()) / 60_000)

export function withSigned(counted: Counted, hour: Hour): Counted {
  return {
    ...counted,
    signedMinutes: counted.signedMinutes + minutesOf(hour),
    signedReflections: counted.signedReflections + (hour.hasReflection ? 1 : 0),
    evidenced: [...new Set([...counted.evidenced, ...hour.competencies])].sort(),
  }
}

export interface Required {
  readonly requiredMinutes: number
  readonly reflectionsRequired: number
  readonly competencies: readonly string[]
}

/** What a placement still lacks; nothing, and it is completed. */
export function lackingOf(required: Required, counted: Counted) {
  const minutes = Math.max(0, required.requiredMinutes - counted.signedMinutes)
  const reflections = Math.max(0, required.reflectionsRequired - counted.signedReflections)
  const competencies = required.competencies.filter((code) => !counted.evidenced.includes(code))
  return { minutes, reflections, competencies, isNothing: minutes + reflections + competencies.length === 0 }
}
