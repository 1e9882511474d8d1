import { bodySchema, isFreeText, meanings, membersOf, operationOf, type Schema } from './contract.ts'

/** Texts that would make the request another one, or belong to a machine. */
const leftAlone = new Set([
  'event',
  'evidenceHash',
  'jwks',
  'practitionerReference',
  'practitionerReferences',
  'serviceArea',
])

/**
 * Puts a word that stands nowhere else into every free text that an operation takes, those that the body lacks
 * included: where one of them turns up afterwards, a person's words have got there.
 */
export function createMarks(prefix: string) {
  /** By word: the member that it was put into. */
  const places = new Map<string, string>()
  function word(place: string): string {
    const next = `${prefix}${String(places.size + 1).padStart(4, '0')}`
    places.set(next, place)
    return next
  }

  function fill(schema: Schema, value: unknown, place: string): unknown {
    if (typeof value === 'string') return isFreeText(schema) ? word(place) : value
    if (Array.isArray(value)) {
      const items = meanings(schema).flatMap((one) => (one.items ? [one.items] : []))
      return value.map((item) => items.reduce((filled, one) => fill(one, filled, place), item))
    }
    if (value === null || typeof value !== 'object') return value
    const filled: Record<string, unknown> = { ...value }
    for (const [name, member] of Object.entries(membersOf(schema))) {
      if (leftAlone.has(name)) continue
      if (name in filled) filled[name] = fill(member, filled[name], `${place}/${name}`)
      else if (isFreeText(member)) filled[name] = word(`${place}/${name}`)
    }
    return filled
  }

  return {
    places,
    word,
    in: (operationId: string, body: object): object => {
      const schema = bodySchema(operationOf(operationId))
      if (!schema) throw new Error(`${operationId} takes no body`)
      return fill(schema, body, operationId) as object
    },
    /** The members whose words stand in a text, bare or as base64url or base64 hides them. */
    foundIn: (text: string): string[] => {
      const all = new Set([text, ...decoded(text)])
      return [...places]
        .filter(([one]) => [...all].some((part) => part.includes(one)))
        .map(([, place]) => place)
    },
  }
}
export type Marks = ReturnType<typeof createMarks>

/** What long enough runs of base64 say: cursors, tokens, sealed answers that are not. */
function decoded(text: string): string[] {
  return (text.match(/[A-Za-z0-9+/_-]{12,}/g) ?? []).map((run) => Buffer.from(run, 'base64').toString('utf8'))
}
