import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { consent, giveBack, publish, submit, withdraw } from '../publications/steps.ts'
import { findForStep, findPublication } from '../publications/store.ts'
import { ById, Consent, GiveBack, Submit } from '../stories/contract.ts'
import type { Blueprint } from './contract.ts'
import { contentOf, textsOf, toBlueprint } from './view.ts'

const stillThere = async (ctx: TxCtx, answer: Blueprint): Promise<Blueprint> => {
  await findPublication(ctx, 'blueprint', answer.id)
  return answer
}

export const submitBlueprint = action({
  id: 'blueprints.submit',
  scope: 'stories:write',
  portal: ['mentor'],
  input: Submit,
  again: stillThere,
  run: async (ctx, { id, acknowledge }) => {
    const found = await findForStep(ctx, 'blueprint', id, 'submit')
    const texts = textsOf(contentOf(found.latest))
    return toBlueprint(await submit(ctx, found, { texts, acknowledge }))
  },
})

/** Of a mentor's way: a program's or the organization's own needs nobody's. */
export const consentToBlueprint = action({
  id: 'blueprints.consent',
  scope: 'stories:write',
  portal: ['mentor'],
  input: Consent,
  again: stillThere,
  run: async (ctx, { id, signature }) =>
    toBlueprint(await consent(ctx, await findForStep(ctx, 'blueprint', id, 'consent'), signature)),
})

export const publishBlueprint = action({
  id: 'blueprints.publish',
  scope: 'stories:write',
  input: ById,
  again: stillThere,
  run: async (ctx, { id }) => toBlueprint(await publish(ctx, 'blueprint', id)),
})

export const returnBlueprint = action({
  id: 'blueprints.return',
  scope: 'stories:write',
  input: GiveBack,
  again: stillThere,
  run: async (ctx, { id, reason, note }) =>
    toBlueprint(await giveBack(ctx, await findForStep(ctx, 'blueprint', id, 'return'), { reason, note })),
})

/** Nobody can adopt it any more. What a person has adopted is theirs, and stays. */
export const withdrawBlueprint = action({
  id: 'blueprints.withdraw',
  scope: 'stories:write',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => withdraw(ctx, await findForStep(ctx, 'blueprint', id, 'withdraw')),
})
