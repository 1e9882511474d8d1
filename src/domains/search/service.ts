import { action } from '../../core/action.ts'
import type { Scope } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { SearchFilter, type SearchResult, type SearchType, searchTypes } from './contract.ts'
import {
  type Find,
  findMentors,
  findOrganizations,
  findPatients,
  findPrograms,
  findReferrals,
} from './find.ts'

/** What each type is found by, and the scope that reads it. */
const finders: Readonly<Record<SearchType, { readonly scope: Scope; readonly find: Find }>> = {
  organization: { scope: 'organizations:read', find: findOrganizations },
  program: { scope: 'programs:read', find: findPrograms },
  mentor: { scope: 'mentors:read', find: findMentors },
  patient: { scope: 'patients:read', find: findPatients },
  referral: { scope: 'referrals:read', find: findReferrals },
}

/** Nothing is counted but what is shown, so that neither a number nor its absence tells of what is hidden. */
export const search = action({
  id: 'search.find',
  scope: 'organizations:read',
  input: SearchFilter,
  run: async (ctx, { text, types, limit }): Promise<SearchResult> => {
    const named = new Set(types?.split(','))
    const wanted = searchTypes.filter((type) =>
      types ? named.has(type) : ctx.scopes.has(finders[type].scope),
    )
    for (const type of wanted)
      if (!ctx.scopes.has(finders[type].scope))
        throw new AppError('insufficient_scope', `Searching for this needs the scope ${finders[type].scope}.`)
    const found = await Promise.all(wanted.map((type) => finders[type].find(ctx, text, limit + 1)))
    return {
      data: found.flatMap((hits) => hits.slice(0, limit)),
      truncated: found.some((hits) => hits.length > limit),
    }
  },
})
