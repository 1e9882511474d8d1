import fc from 'fast-check'
import t from 'tap'
import { beyondAccreditation, creditsOf, quartersOf, topicsOf } from '../../../src/domains/courses/rules.ts'
import { type Earned, renewalOf } from '../../../src/domains/renewals/rules.ts'

const rule = fc.record({
  windowMonths: fc.constantFrom(12, 24),
  quarters: fc.integer({ min: 1, max: 100 }),
  topics: fc.record({ ethics: fc.integer({ min: 0, max: 30 }) }),
  creditTypes: fc.constantFrom<string[]>([], ['naadac_ce']),
  carryOverMax: fc.integer({ min: 0, max: 20 }),
})
const earned = fc.array(
  fc
    .record({
      quarters: fc.integer({ min: 1, max: 40 }),
      ethics: fc.integer({ min: 0, max: 40 }),
      creditType: fc.constantFrom('naadac_ce', 'other'),
      on: fc.constantFrom(
        '2022-12-31',
        '2023-06-01',
        '2024-11-30',
        '2024-12-01',
        '2025-12-01',
        '2026-11-30',
        '2026-12-01',
      ),
    })
    .map(
      ({ ethics, ...one }): Earned => ({
        ...one,
        id: 'x',
        kind: 'award',
        topics: { ethics: Math.min(ethics, one.quarters) },
      }),
    ),
  { maxLength: 8 },
)
const began = '2024-12-01'

t.test('credits are quarters, and no sum of them loses one', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_999 }), fc.integer({ min: 0, max: 3_999 }), (a, b) => {
      t.equal(quartersOf(creditsOf(a)), a)
      t.equal(quartersOf(creditsOf(a)) + quartersOf(creditsOf(b)), a + b)
    }),
  )
  t.equal(creditsOf(5), '1.25')
  t.same(
    topicsOf([
      { topic: 'ethics', credits: '0.25' },
      { topic: 'ethics', credits: '0.50' },
    ]),
    { ethics: 3 },
  )
})

t.test('an award is within its accreditation, or is refused', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 40 }),
      fc.constantFrom('2025-12-31', '2026-01-01', '2026-12-31', '2027-01-01'),
      (quarters, ethics, on) => {
        const accredited = { quartersMax: 20, topics: { ethics: 8 } }
        const refusal = beyondAccreditation(
          { quarters, topics: { ethics }, on },
          { ...accredited, effectiveFrom: '2026-01-01', effectiveTo: '2026-12-31' },
        )
        const isFine = quarters <= 20 && ethics <= 8 && ethics <= quarters && on.startsWith('2026')
        t.equal(refusal === undefined, isFine)
      },
    ),
  )
})

t.test('a renewal is met exactly when nothing is missing, in total and in each topic', async (t) => {
  fc.assert(
    fc.property(rule, earned, (asked, credits) => {
      const found = renewalOf(asked, credits, began)
      t.equal(found.met, found.missing === 0 && found.topics.every(({ missing }) => missing === 0))
      t.ok(found.carriedOver <= asked.carryOverMax)
      t.equal(found.missing, Math.max(0, asked.quarters - found.earned - found.carriedOver))
      for (const { on, creditType } of found.counted) {
        t.ok(on >= found.from && on <= found.to)
        t.ok(asked.creditTypes.length === 0 || asked.creditTypes.includes(creditType))
      }
    }),
  )
})

t.test('who brings exactly what was missing has met it, and a quarter less has not', async (t) => {
  fc.assert(
    fc.property(rule, earned, (asked, credits) => {
      const before = renewalOf(asked, credits, began)
      const lacking = before.topics[0]?.missing ?? 0
      const needed = Math.max(before.missing, lacking)
      if (needed === 0) return
      const bring = (quarters: number, ethics: number): Earned => ({
        ...{
          id: 'y',
          kind: 'external',
          creditType: 'naadac_ce',
          on: '2025-06-01',
          quarters,
          topics: { ethics },
        },
      })
      t.ok(renewalOf(asked, [...credits, bring(needed, lacking)], began).met)
      const short = lacking > 0 ? bring(needed, lacking - 1) : bring(needed - 1, 0)
      t.notOk(renewalOf(asked, [...credits, short], began).met)
    }),
  )
})

t.test('twenty hours in two years, six of them ethics, with a surplus that is carried over', async (t) => {
  const asked = { windowMonths: 24, quarters: 80, topics: { ethics: 24 }, creditTypes: [], carryOverMax: 20 }
  const one = (quarters: number, ethics: number, on: string): Earned => ({
    ...{ id: on, kind: 'award', creditType: 'naadac_ce', quarters, topics: { ethics }, on },
  })
  const found = renewalOf(asked, [one(120, 120, '2024-01-05'), one(40, 8, '2025-02-03')], began)
  // Of forty quarters too many twenty are carried over; ethics are not.
  t.match(found, {
    from: '2024-12-01',
    to: '2026-11-30',
    earned: 40,
    carriedOver: 20,
    missing: 20,
    met: false,
  })
  t.same(found.topics, [{ topic: 'ethics', required: 24, earned: 8, missing: 16 }])
})
