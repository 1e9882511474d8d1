/** Credits are counted in whole quarters: sums of them are exact, and no amount in between can be written. */
export type Quarters = number

const perCredit = 4
const cents = ['00', '25', '50', '75']

/** Of a text that the contract let through: `12.75`. */
export function quartersOf(credits: string): Quarters {
  const [whole = '0', part = '00'] = credits.split('.')
  return Number(whole) * perCredit + cents.indexOf(part)
}

export function creditsOf(quarters: Quarters): string {
  return `${Math.floor(quarters / perCredit)}.${cents[quarters % perCredit]}`
}

/** Quarters by topic, as they are stored. */
export type Topics = Readonly<Record<string, Quarters>>

interface TopicCredit {
  readonly topic: string
  readonly credits: string
}

export function topicsOf(list: readonly TopicCredit[]): Topics {
  const topics: Record<string, Quarters> = {}
  for (const { topic, credits } of list) topics[topic] = (topics[topic] ?? 0) + quartersOf(credits)
  return topics
}

export const topicList = (topics: Topics): TopicCredit[] =>
  Object.entries(topics)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, quarters]) => ({ topic, credits: creditsOf(quarters) }))

export const sumOf = (topics: Topics): Quarters =>
  Object.values(topics).reduce((sum, quarters) => sum + quarters, 0)

/** What is wrong with an award of so much: it may be neither more than was accredited nor for another day. */
export function beyondAccreditation(
  { quarters, topics, on }: { readonly quarters: Quarters; readonly topics: Topics; readonly on: string },
  accredited: {
    readonly quartersMax: Quarters
    readonly topics: Topics
    readonly effectiveFrom: string
    readonly effectiveTo: string
  },
): 'too_many' | 'too_many_of_topic' | 'outside_dates' | undefined {
  if (on < accredited.effectiveFrom || on > accredited.effectiveTo) return 'outside_dates'
  if (quarters > accredited.quartersMax) return 'too_many'
  const tooMuch = Object.entries(topics).some(([topic, some]) => some > (accredited.topics[topic] ?? 0))
  return tooMuch || sumOf(topics) > quarters ? 'too_many_of_topic' : undefined
}
