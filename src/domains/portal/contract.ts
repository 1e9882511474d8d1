import { z } from 'zod'
import { personTypes, type Scope } from '../../core/context.ts'
import { Id } from '../../core/id.ts'

/** What a portal of each kind is for; nothing else can be asked for. */
export const portalScopes = {
  mentor: [
    'mentors:read',
    'mentors:write',
    'matching:read',
    'matching:write',
    'mentorships:read',
    'mentorships:write',
    'stories:read',
    'stories:write',
    'plans:read',
    'plans:write',
    'education:read',
    'education:write',
  ],
  patient: [
    'patients:read',
    'consents:read',
    'consents:write',
    'referrals:read',
    'engagement:read',
    'emergencies:read',
    'matching:read',
    'matching:write',
    'mentorships:read',
    'mentorships:write',
    'stories:read',
    'plans:read',
    'plans:write',
    'disclosures:read',
    'disclosures:write',
  ],
} as const satisfies Record<(typeof personTypes)[number], readonly Scope[]>

const everyScope = [...new Set([...portalScopes.mentor, ...portalScopes.patient])] as [Scope, ...Scope[]]

export const NewPortalToken = z.strictObject({
  subject: z
    .strictObject({ type: z.enum(personTypes), id: Id })
    .describe('A mentor of your organization, or a patient whom you hold or whom a consent lets you know.'),
  scopes: z
    .array(z.enum(everyScope))
    .min(1)
    .max(everyScope.length)
    .optional()
    .describe('Fewer than a portal of this kind may have; left out, all of them.'),
})

export const PortalToken = z
  .object({
    accessToken: z.string().describe('A bearer token. It finds nothing that is not this person’s own.'),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int32().describe('Seconds.'),
    scopes: z.array(z.string()),
    subject: z.object({ type: z.enum(personTypes), id: Id }),
  })
  .meta({
    id: 'PortalToken',
    description: 'For one person, short-lived: what a clinic or program embeds in its portal.',
  })
