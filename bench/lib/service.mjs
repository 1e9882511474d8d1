import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const root = join(import.meta.dirname, '..', '..')

if (!existsSync(join(root, 'dist', 'main.js'))) throw new Error('There is nothing to measure yet: npm run build')

/** What `npm run build` made: the bench measures it, and the generator takes the rules of time from it. */
const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href)

export const { scopes } = await built('core/context.js')
export const { createKeyring } = await built('core/keyring.js')
export const { connect } = await built('db/client.js')
export const { openContext, openSystemContext } = await built('db/access.js')
export const { migrate, readMigrations } = await built('db/migrate.js')
export const { createClient } = await built('domains/clients/service.js')
export const { hashSecret } = await built('domains/clients/secret.js')
export const { endOfDate } = await built('domains/clocks/calendar.js')
export const { climb } = await built('domains/clocks/climb.js')
export const { climbsAt, clockRules, dueAt, ladder } = await built('domains/clocks/rules.js')
export const { panelForm } = await built('domains/conflicts/rules.js')
export const { panelHash, panelKeyOf } = await built('domains/conflicts/store.js')
export const engagementRules = await built('domains/engagement/rules.js')
export const { sweepEngagement } = await built('domains/engagement/sweep.js')
export const { refreshEligibility } = await built('domains/mentors/eligibility.js')
export const { supervisionDueAt } = await built('domains/mentors/supervision.js')
export const { createNetwork } = await built('domains/organizations/network.js')
export const { createOrganization } = await built('domains/organizations/service.js')
export const { nextTurn } = await built('domains/mentorships/turn.js')
export const { expireOffers } = await built('domains/offers/expiry.js')
export const { sweepEligibility } = await built('domains/qualifications/sweep.js')
export const { rewrapAll } = await built('jobs/rewrap.js')
export const { sweeps } = await built('jobs/sweeps.js')

/** The keys of a bench database come from its seed: what one run wrote, the next can read. */
export const masterKeyOf = (seed) => createHash('sha256').update(`alongside bench ${seed}`).digest()
export const secretOf = (seed, clientId) =>
  `als_${createHash('sha256').update(`alongside bench ${seed} ${clientId}`).digest('base64url')}`
