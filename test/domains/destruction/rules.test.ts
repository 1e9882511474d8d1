import fc from 'fast-check'
import t from 'tap'
import { keptUntil, obstacles, type RecordFacts } from '../../../src/domains/destruction/rules.ts'

const now = new Date('2046-11-18T19:00:00Z')
const done: RecordFacts = {
  birthDate: '1991-04-12',
  lastAt: new Date('2026-11-18T19:00:00Z'),
  retentionYears: 10,
  openReferrals: 0,
  livingMentorships: 0,
  referrals: 1,
  disclosures: 1,
  holds: 0,
}

t.test('a record goes when its years have passed and nothing stands in the way', async (t) => {
  t.same(obstacles(done, 'retention_ended', now), [])
  t.same(obstacles(done, 'retention_ended', new Date('2036-11-18T18:59:59Z')), ['retention_running'])
  t.same(obstacles(done, 'retention_ended', new Date('2036-11-18T19:00:00Z')), [])
  t.same(obstacles({ ...done, holds: 1 }, 'retention_ended', now), ['legal_hold'])
  t.same(obstacles({ ...done, openReferrals: 1, livingMentorships: 1 }, 'retention_ended', now), [
    'open_referral',
    'living_mentorship',
  ])
})

t.test('of somebody who was a minor the years count from when they came of age', async (t) => {
  const minor = { ...done, birthDate: '2012-01-05' }
  t.same(keptUntil(minor), new Date('2040-01-05T00:00:00Z'))
  t.same(keptUntil({ ...done, birthDate: null }), new Date('2036-11-18T19:00:00Z'))
})

t.test('what was never a record goes at once, and only that', async (t) => {
  const at = done.lastAt
  t.same(obstacles({ ...done, referrals: 0, disclosures: 0 }, 'not_a_record', at), [])
  t.same(obstacles({ ...done, referrals: 0 }, 'not_a_record', at), ['is_a_record'])
  t.same(obstacles({ ...done, disclosures: 0 }, 'not_a_record', at), ['is_a_record'])
})

t.test('a hold keeps whatever it holds, on every ground and for ever', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom('retention_ended' as const, 'not_a_record' as const),
      fc.date({ min: new Date('2026-01-01'), max: new Date('2400-01-01'), noInvalidDate: true }),
      fc.nat({ max: 3 }),
      (ground, at, referrals) =>
        obstacles({ ...done, referrals, holds: 1 }, ground, at).includes('legal_hold'),
    ),
  )
})
