import { sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { Many } from '../../core/many.ts'
import { agreements } from '../agreements/table.ts'
import { consents } from '../consents/table.ts'
import { mentors } from '../mentors/table.ts'
import { mentorships } from '../mentorships/table.ts'
import { offers } from '../offers/table.ts'
import { organizations } from '../organizations/table.ts'
import { patients } from '../patients/table.ts'
import { programs } from '../programs/table.ts'
import { mentorCredentials, mentorScreenings } from '../qualifications/table.ts'
import { referrals } from '../referrals/table.ts'
import { matchingRuns } from '../runs/table.ts'

/** Where what has an id of its own is kept, under the name of its contract. */
const kinds = {
  Organization: organizations,
  Program: programs,
  Patient: patients,
  Consent: consents,
  Referral: referrals,
  Mentor: mentors,
  Offer: offers,
  Mentorship: mentorships,
  Screening: mentorScreenings,
  Credential: mentorCredentials,
  MatchingRun: matchingRuns,
  OrganizationAgreement: agreements,
} as const
export type Kind = keyof typeof kinds

/**
 * What kind of thing each id names, in one statement behind the caller's walls. It shows nothing but the kind: what is
 * there is for the actions of its domain to show, with their scopes and consents.
 */
export const findNodes = action({
  id: 'nodes.find',
  scope: 'any',
  portal: ['mentor', 'patient'],
  input: Many,
  run: async ({ db, networkId }, { ids }) => {
    const places = Object.entries(kinds).map(
      ([kind, table]) =>
        sql`select ${table.id} as id, ${kind}::text as kind from ${table} where ${table.networkId} = ${networkId} and ${table.id} = any(${sql.param(ids)}::uuid[])`,
    )
    const { rows } = await db.execute<{ id: string; kind: Kind }>(sql.join(places, sql` union all `))
    return rows.map(({ id, kind }) => ({ id, answer: kind }))
  },
})
