import type { Test } from 'tap'
import { done, ready as pairReady } from '../offers/ready.ts'

export const sampleStory = (changes: object = {}) => ({
  title: 'The first winter',
  text: 'Sample: I called, and somebody answered.',
  tags: { substances: ['alcohol'], milestones: ['housing'] },
  audiences: ['patients'],
  ...changes,
})

/** A pair, the portals of its two people, and a second client of the operator's, who reviews. */
export async function ready(t: Test) {
  const started = await pairReady(t)
  const { operator, clinic, as, world, withToken, unknownId } = started
  const reviewer = await as({ ...world.operator, clientId: unknownId() })
  const portal = async (type: 'mentor' | 'patient', id: string, by = operator) =>
    withToken((await done(by.post('/v1/portal-tokens', { subject: { type, id } }))).accessToken)
  /** Told by the mentor, consented to, reviewed by another, read. */
  const told = async (mentorId: string, changes: object = {}) => {
    const teller = await portal('mentor', mentorId)
    const { id } = await done(teller.post('/v1/stories', sampleStory(changes)))
    await done(teller.post(`/v1/stories/${id}/consent`, {}))
    await done(teller.post(`/v1/stories/${id}/submit`, {}))
    await done(reviewer.post(`/v1/stories/${id}/publish`, {}))
    return id as string
  }
  const speaking = async (api: typeof operator, referralId: string, query = '') =>
    (await done(api.get(`/v1/referrals/${referralId}/stories${query}`))).data as {
      storyId: string
      mentorId?: string
      tags: Record<string, string[]>
      withheld: string[]
      reasons: { criterion: string; evidence: string[] }[]
    }[]
  return { ...started, operator, clinic, reviewer, portal, told, speaking }
}

export { done }
