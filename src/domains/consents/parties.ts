import type { TxCtx } from '../../core/context.ts'
import type { Issue } from '../../core/errors.ts'
import { organizationsAmong } from '../organizations/store.ts'
import type { InlineConsent } from './contract.ts'
import type { PartyRow } from './store.ts'

export type Recipient = NonNullable<InlineConsent['recipients']>[number]
export type Discloser = NonNullable<InlineConsent['disclosers']>[number]

interface Named {
  readonly disclosers?: readonly Discloser[] | undefined
  readonly recipients?: readonly Recipient[] | undefined
  readonly purposes?: readonly string[] | undefined
  readonly statements?: InlineConsent['statements'] | undefined
}

interface Mention {
  readonly organizationId: string
  readonly path: readonly (string | number)[]
  readonly recipient?: Recipient
}

function mentions({ disclosers = [], recipients = [] }: Named, path: readonly string[]): Mention[] {
  const at = (...rest: (string | number)[]) => [...path, ...rest]
  return [
    ...disclosers.map(({ organizationId }, index) => ({
      organizationId,
      path: at('disclosers', index, 'organizationId'),
    })),
    ...recipients.flatMap((recipient, index) => [
      ...(recipient.organizationId === undefined
        ? []
        : [
            {
              organizationId: recipient.organizationId,
              path: at('recipients', index, 'organizationId'),
              recipient,
            },
          ]),
      ...(recipient.members ?? []).map(({ organizationId }, member) => ({
        organizationId,
        path: at('recipients', index, 'members', member, 'organizationId'),
      })),
    ]),
  ]
}

/** Whether a consent speaks of an organization: by name, or of whoever treats the person. */
export const speaksOf =
  (parties: readonly PartyRow[]) =>
  (organizationId: string): boolean =>
    parties.some(
      ({ treatingOnly, partyOrganizationId }) => treatingOnly || partyOrganizationId === organizationId,
    )

const isHipaaBound = (status: string) => status === 'covered_entity' || status === 'business_associate'

/**
 * What only the directory knows of the parties: those that are no organizations of the network; intermediaries named
 * as if they were recipients by themselves; recipients to whom one more statement has to be made. `path` is where the
 * consent stands in the request.
 */
export async function partyFaults(ctx: TxCtx, consent: Named, path: readonly string[]): Promise<Issue[]> {
  const mentioned = mentions(consent, path)
  const known = await organizationsAmong(
    ctx,
    mentioned.map(({ organizationId }) => organizationId),
  )
  const { redisclosurePotential, hipaaRedisclosure = redisclosurePotential } = consent.statements ?? {}
  return mentioned.flatMap(({ organizationId, path: at, recipient }): Issue[] => {
    const organization = known.get(organizationId)
    if (!organization)
      return [{ path: at, code: 'unknown_organization', detail: 'The network has no such organization.' }]
    const { part2Status } = organization
    const issues: Issue[] = []
    if (recipient?.designation === 'named' && part2Status.includes('intermediary'))
      issues.push({
        path: at,
        code: 'consent_intermediary_members_missing',
        detail:
          '2.31(a)(4)(ii): this organization is an intermediary. Designate it as one, with its members by name or limited to those who treat the patient.',
      })
    if (recipient && part2Status.some(isHipaaBound) && hipaaRedisclosure === false)
      issues.push({
        path: [...path, 'statements', 'hipaaRedisclosure'],
        code: 'consent_hipaa_statement_missing',
        detail: '2.31(a)(4)(iii): that the recipient may redisclose as HIPAA permits.',
      })
    return issues
  })
}

/** The rows of a consent's parties; members follow the classes and intermediaries that they belong to. */
export function partyRows(
  consentId: string,
  disclosers: readonly Discloser[],
  recipients: readonly Recipient[],
): PartyRow[] {
  const row = {
    consentId,
    description: null,
    name: null,
    viaPosition: null,
    treatingOnly: false,
    revokedAt: null,
  }
  let next = recipients.length
  return [
    ...disclosers.map(({ organizationId }, position) => ({
      ...row,
      role: 'discloser' as const,
      designation: 'named' as const,
      position,
      partyOrganizationId: organizationId,
    })),
    ...recipients.map((recipient, position) => ({
      ...row,
      role: 'recipient' as const,
      designation: recipient.designation,
      position,
      partyOrganizationId: recipient.organizationId ?? null,
      description: recipient.description ?? null,
      treatingOnly: recipient.designation === 'general' || recipient.treatingParticipants === true,
    })),
    ...recipients.flatMap(({ members = [] }, viaPosition) =>
      members.map(({ organizationId }) => {
        const position = next
        next += 1
        return {
          ...row,
          role: 'recipient' as const,
          designation: 'member' as const,
          position,
          viaPosition,
          partyOrganizationId: organizationId,
        }
      }),
    ),
  ]
}

/** The organizations that find the rows while the consent is in force: the coarse shadow of what it permits. */
export function readersOf(parties: readonly PartyRow[], holderId: string): string[] {
  const named = parties.flatMap(({ role, partyOrganizationId, revokedAt }) =>
    role === 'recipient' && partyOrganizationId !== null && revokedAt === null ? [partyOrganizationId] : [],
  )
  return [...new Set(named)].filter((id) => id !== holderId)
}
