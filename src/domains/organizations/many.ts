import { action } from '../../core/action.ts'
import { eachById, Many } from '../../core/many.ts'
import { organizationsAmong } from './store.ts'
import { toOrganization } from './view.ts'

export const getOrganizations = action({
  id: 'organizations.getMany',
  scope: 'organizations:read',
  input: Many,
  run: async (ctx, { ids }) =>
    eachById([...(await organizationsAmong(ctx, ids)).values()].map(toOrganization)),
})
