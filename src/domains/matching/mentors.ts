import { and, count, eq, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { once, unseen } from '../../db/once.ts'
import { only } from '../../db/rows.ts'
import { mentors } from '../mentors/table.ts'
import type { MentorFacts } from './facts.ts'
import { toMentorFacts, type Weighable } from './store.ts'

/** Mentors of one organization that are weighed at once. */
const mentorsMax = 20_000
/** Mentors whose facts are kept in memory, over all organizations: some ten megabytes. */
const keptMax = 50_000

interface Kept {
  readonly digest: string
  /** Hours of availability and distances between time zones hold for an hour. */
  readonly hour: number
  readonly facts: readonly MentorFacts[]
  readonly until: readonly (number | null)[]
}

/** By network and organization, the longest unused first. */
const kept = new Map<string, Kept>()

/**
 * The active mentors of an organization as matching sees them, and how many others it has. Reading thousands of mentors
 * costs many times what weighing them does (bench/accompaniment.mjs), so their facts are kept, for exactly as long as no
 * row of theirs has changed: the digest of ids and row versions is asked for in the same transaction, each time.
 */
export async function mentorsOf(
  ctx: TxCtx,
  organizationId: string,
): Promise<{ readonly active: MentorFacts[]; readonly others: number }> {
  const [digest, [counted]] = await Promise.all([
    digestOf(ctx, organizationId),
    countOthers(ctx, { organizationId }),
  ])
  const key = `${ctx.networkId}|${organizationId}`
  const hour = Math.floor(ctx.now.getTime() / 3_600_000)
  const known = kept.get(key)
  const usable = known?.digest === digest && known.hour === hour
  const facts = usable ? known : { digest, hour, ...(await readFacts(ctx, organizationId)) }
  keep(key, facts)
  const now = ctx.now.getTime()
  const active = facts.facts.map((mentor, index): MentorFacts => {
    const until = facts.until[index] ?? null
    const eligible = until === null || until > now
    return mentor.eligible === eligible ? mentor : { ...mentor, eligible }
  })
  return { active, others: counted?.others ?? 0 }
}

function keep(key: string, facts: Kept): void {
  kept.delete(key)
  kept.set(key, facts)
  let total = 0
  for (const { facts: some } of kept.values()) total += some.length
  for (const [oldest, { facts: some }] of kept) {
    if (total <= keptMax || oldest === key) return
    kept.delete(oldest)
    total -= some.length
  }
}

const ofOrganization = and(
  eq(mentors.networkId, sql.placeholder('networkId')),
  eq(mentors.organizationId, unseen('organizationId')),
)

/**
 * Another row, another version of a row or one row less is another digest. Two versions made by one transaction share
 * their xmin; no two versions share both that and their place.
 */
const active = once<{ readonly organizationId: string }, { digest: string }>((db) =>
  db
    .select({
      digest: sql<string>`count(*) || ':' || coalesce(sum(hashtextextended(id::text || xmin::text || ctid::text, 0)), 0)`,
    })
    .from(mentors)
    // As text, for PostgreSQL keeps no plan by an index of the active ones where that is a parameter.
    .where(and(ofOrganization, sql`${mentors.status} = 'active'`)),
)

const digestOf = async (ctx: TxCtx, organizationId: string) =>
  only(await active(ctx, { organizationId })).digest

const countOthers = once<{ readonly organizationId: string }, { others: number }>((db) =>
  db
    .select({ others: count() })
    .from(mentors)
    .where(and(ofOrganization, sql`${mentors.status} not in ('active', 'ended')`)),
)

type Read = Omit<Weighable, 'eligibleUntil'> & { readonly eligibleUntil: string | null }

/** One JSON text with the members that are weighed: reading thousands row by row costs many times that. */
async function readFacts({ db, networkId, now }: TxCtx, organizationId: string) {
  const { rows } = await db.execute<{ mentors: readonly Read[] }>(sql`
    select coalesce(json_agg(json_build_object(
      'id', m.id, 'type', m.type, 'status', m.status, 'capacity', m.capacity, 'load', m.load,
      'languages', m.languages, 'modes', m.modes, 'serviceArea', m.service_area, 'timeZone', m.time_zone,
      'mustNot', m.must_not, 'practitionerReferences', m.practitioner_references, 'substances', m.substances,
      'pathways', m.pathways, 'lifeSituations', m.life_situations, 'interests', m.interests,
      'demographics', m.demographics, 'availability', m.availability, 'releases', m.releases,
      'eligibleUntil', m.eligible_until)), '[]') as mentors
    from (select * from mentors where network_id = ${networkId} and organization_id = ${organizationId}
          and status = 'active' limit ${mentorsMax}) m`)
  const read = (rows[0]?.mentors ?? []).map(({ eligibleUntil, ...row }) => ({
    ...row,
    eligibleUntil: eligibleUntil === null ? null : new Date(eligibleUntil),
  }))
  return {
    facts: read.map((row) => toMentorFacts(row, now)),
    until: read.map(({ eligibleUntil }) => eligibleUntil?.getTime() ?? null),
  }
}
