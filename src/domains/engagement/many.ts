import { action } from '../../core/action.ts'
import { Many } from '../../core/many.ts'
import { ownAmong } from '../referrals/store.ts'
import { weighMany } from './store.ts'
import { showEachEngagement } from './view.ts'

/** As `getEngagement`, of many referrals. */
export const getEngagements = action({
  id: 'engagement.getMany',
  scope: 'engagement:read',
  portal: ['patient'],
  input: Many,
  run: async (ctx, { ids }) => {
    const { weighed, rules } = await weighMany(ctx, await ownAmong(ctx, ids))
    return showEachEngagement(
      ctx,
      weighed.filter(({ record }) => record.parties.length > 0),
      rules,
    )
  },
})
