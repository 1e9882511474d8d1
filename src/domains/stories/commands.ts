import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { findMentor } from '../mentors/store.ts'
import { consent, giveBack, publish, submit, withdraw } from '../publications/steps.ts'
import { findForStep, findPublication, type Publication } from '../publications/store.ts'
import { ById, Consent, GiveBack, type Story, Submit } from './contract.ts'
import { contentOf, textsOf, toStory } from './view.ts'

const stillThere = async (ctx: TxCtx, answer: Story): Promise<Story> => {
  await findPublication(ctx, 'story', answer.id)
  return answer
}

const shown = async (ctx: TxCtx, changed: Publication): Promise<Story> =>
  toStory(ctx, changed, await findMentor(ctx, changed.head.keyId))

export const submitStory = action({
  id: 'stories.submit',
  scope: 'stories:write',
  portal: ['mentor'],
  input: Submit,
  again: stillThere,
  run: async (ctx, { id, acknowledge }) => {
    const found = await findForStep(ctx, 'story', id, 'submit')
    const texts = textsOf(contentOf(found.latest)).map(({ text }) => text)
    return shown(ctx, await submit(ctx, found, { texts, acknowledge }))
  },
})

export const consentToStory = action({
  id: 'stories.consent',
  scope: 'stories:write',
  portal: ['mentor'],
  input: Consent,
  again: stillThere,
  run: async (ctx, { id, signature }) =>
    shown(ctx, await consent(ctx, await findForStep(ctx, 'story', id, 'consent'), signature)),
})

/** By somebody who did not write on it, and with the teller's consent to these very words. */
export const publishStory = action({
  id: 'stories.publish',
  scope: 'stories:write',
  input: ById,
  again: stillThere,
  run: async (ctx, { id }) => shown(ctx, await publish(ctx, 'story', id)),
})

export const returnStory = action({
  id: 'stories.return',
  scope: 'stories:write',
  input: GiveBack,
  again: stillThere,
  run: async (ctx, { id, reason, note }) =>
    shown(ctx, await giveBack(ctx, await findForStep(ctx, 'story', id, 'return'), { reason, note })),
})

/** Needs no reason and no signature: taking back is never harder than giving. */
export const withdrawStory = action({
  id: 'stories.withdraw',
  scope: 'stories:write',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => withdraw(ctx, await findForStep(ctx, 'story', id, 'withdraw')),
})
