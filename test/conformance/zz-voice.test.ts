import t from 'tap'
import { startService } from '/work/main/test/support/service.ts'
import { sampleMentor, sampleReferral } from '/work/main/test/support/samples.ts'
import { openContext } from '/work/main/src/db/access.ts'
import { sayClosingVoice } from '/work/main/src/domains/mentorships/voices.ts'
import { portalScopes } from '/work/main/src/domains/portal/contract.ts'
t.test('x', async (t) => {
  const s = await startService(t)
  const w = await s.createWorld()
  const c = await s.as(w.clinic), o = await s.as(w.operator)
  const r = (await c.post('/v1/referrals', sampleReferral(w.programId))).body
  await o.post(`/v1/referrals/${r.id}/accept`, {})
  const m = (await o.post('/v1/mentors', sampleMentor())).body
  await o.post(`/v1/mentors/${m.id}/status`, { status: 'active' })
  const of = (await o.post(`/v1/referrals/${r.id}/offers`, { mentorId: m.id })).body
  const { mentorshipId } = (await o.post(`/v1/offers/${of.id}/accept`, {})).body
  await o.post(`/v1/mentorships/${mentorshipId}/contacts`, { at: '2026-11-18T19:00:00Z', mode: 'phone', result: 'two_way' })
  console.log((await o.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'goals_met', nextSupportDeclined: true })).status)
  for (const [member, person] of [[w.clinic, { type: 'patient', id: r.patientId }], [w.operator, { type: 'patient', id: r.patientId }], [w.operator, { type: 'mentor', id: m.id }]] as const) {
    const ctx = openContext(s.service, { networkId: w.networkId, organizationId: member.organizationId, clientId: member.clientId, scopes: new Set(portalScopes[person.type] as readonly string[]), person }, { requestId: 'x', now: s.time.now() })
    try { console.log(JSON.stringify(await sayClosingVoice(ctx, { id: mentorshipId, feltAccompanied: 'yes', wouldAgain: true }))) } catch (e) { console.log('ERR', person.type, (e as any).cause ?? e) }
  }
})
