import fc from 'fast-check'
import t from 'tap'
import { agreementKinds } from '../../../src/domains/agreements/codes.ts'
import { consentKinds, consentStatuses, dataClasses, purposes } from '../../../src/domains/consents/codes.ts'
import { isExpired } from '../../../src/domains/decisions/consented.ts'
import { decide as decideOn } from '../../../src/domains/decisions/decision.ts'
import {
  type AgreementFacts,
  type ConsentFacts,
  type DenialReason,
  type Disclosing,
  type Grounds,
  noGrounds,
  type Party,
  type Restriction,
} from '../../../src/domains/decisions/facts.ts'

const decide = (consents: readonly ConsentFacts[], asked: Disclosing) =>
  decideOn({ ...noGrounds, consents }, asked)

const parties = (...ids: (string | null)[]) =>
  ids.map(
    (organizationId): Party => ({
      organizationId,
      name: organizationId ?? 'a class of persons',
      designation: organizationId === null ? 'class' : 'named',
      treatingOnly: false,
    }),
  )
/** "My treating providers." */
const whoeverTreats: Party = { organizationId: null, name: '', designation: 'general', treatingOnly: true }

/** The clinic may tell the operator, for treatment, how engagement stands; not back. */
const consent = (changes: Partial<ConsentFacts> = {}): ConsentFacts => ({
  id: 'consent-1',
  status: 'active',
  kind: 'specific_disclosure',
  dataClasses: ['identity', 'engagement_status'],
  purposes: ['treatment'],
  bothDirections: false,
  expiresOn: '2027-06-30',
  disclosers: parties('clinic'),
  recipients: parties('operator'),
  documentSha256: '0'.repeat(64),
  ...changes,
})
const asking = (changes: Partial<Disclosing> = {}): Disclosing => ({
  discloserId: 'clinic',
  recipientId: 'operator',
  patientId: 'patient-1',
  purpose: 'treatment',
  dataClasses: ['identity', 'engagement_status'],
  at: new Date('2026-11-20T15:00:00Z'),
  ...changes,
})

t.test('a consent that covers everything asked permits it, and is named', async (t) => {
  const one = consent()
  t.strictSame(decide([one], asking()), {
    decision: 'permit',
    relationship: 'consented_recipient',
    permittedClasses: ['identity', 'engagement_status'],
    reasons: [],
    consent: one,
    designation: 'named',
    ruleVersion: 'decide-3',
  })
})

t.test('within one organization no consent is asked for', async (t) => {
  for (const consents of [
    [],
    [consent({ status: 'revoked' })],
    [consent({ recipients: parties('clinic') })],
  ]) {
    const {
      decision,
      permittedClasses,
      reasons,
      consent: named,
    } = decide(consents, asking({ recipientId: 'clinic' }))
    t.strictSame(
      [decision, permittedClasses, reasons, named],
      ['permit', asking().dataClasses, [], undefined],
    )
  }
})

// biome-ignore format: a table reads by its lines
const reasonsTable: [
  promise: string,
  reason: DenialReason,
  consents: ConsentFacts[],
  asked?: Partial<Disclosing>,
][] = [
  ['no consent at all', 'consent_missing', []],
  ['one entered in error is none', 'consent_missing', [consent({ status: 'entered_in_error' })]],
  ['one for counseling notes is none', 'consent_missing', [consent({ kind: 'counseling_notes' })]],
  ['one for proceedings is none', 'consent_missing', [consent({ kind: 'proceedings' })]],
  ['one for criminal justice is none', 'consent_missing', [consent({ kind: 'criminal_justice' })]],
  ['one for research is none', 'consent_missing', [consent({ kind: 'research' })]],
  ['one that names another recipient', 'recipient_not_named', [consent({ recipients: parties('somebody') })]],
  ['one that names a class only', 'recipient_not_named', [consent({ recipients: parties(null) })]],
  ['one of another discloser', 'recipient_not_named', [consent({ disclosers: parties('somebody') })]],
  ['a revoked one', 'consent_revoked', [consent({ status: 'revoked' })]],
  ['a revoked one that would have expired', 'consent_revoked', [consent({ status: 'revoked', expiresOn: '2026-01-01' })]],
  ['one whose day is over', 'consent_expired', [consent({ expiresOn: '2026-11-19' })]],
  ['one marked as expired', 'consent_expired', [consent({ status: 'expired', expiresOn: null })]],
  ['a draft', 'consent_not_active', [consent({ status: 'draft' })]],
  ['one that is signed and waits for a review', 'consent_not_active', [consent({ status: 'signed' })]],
  ['one that another took the place of', 'consent_not_active', [consent({ status: 'superseded' })]],
  ['a suspended one', 'consent_suspended', [consent({ status: 'suspended' })]],
  ['one for whoever treats the person, and nobody said that this one does', 'treating_relationship_missing', [consent({ recipients: [whoeverTreats] })]],
  ['no court order', 'proceedings_barred', [consent()], { purpose: 'legal_proceeding' }],
  ['no approval of research', 'agreement_missing', [consent({ purposes: ['research'] })], { purpose: 'research' }],
  ['no audit agreement', 'agreement_missing', [consent()], { purpose: 'audit' }],
  ['another purpose', 'purpose_not_covered', [consent()], { purpose: 'payment' }],
  ['other classes', 'class_not_covered', [consent()], { dataClasses: ['contact_notes'] }],
  ['no class asked for', 'class_not_covered', [consent()], { dataClasses: [] }],
]

t.test('each denial says why', async (t) => {
  for (const [promise, reason, consents, asked] of reasonsTable) {
    t.match(
      decide(consents, asking(asked)),
      { decision: 'deny', permittedClasses: [], reasons: [reason], consent: undefined },
      promise,
    )
  }
})

t.test('of several refusals the one that is closest to a permit is told', async (t) => {
  const refused: [DenialReason, ConsentFacts][] = [
    ['class_not_covered', consent({ dataClasses: ['milestones'] })],
    ['purpose_not_covered', consent({ purposes: ['payment'] })],
    ['consent_expired', consent({ expiresOn: '2026-11-19' })],
    ['consent_revoked', consent({ status: 'revoked' })],
    ['recipient_not_named', consent({ recipients: parties('somebody') })],
    ['consent_missing', consent({ kind: 'research' })],
  ]
  for (const [index, [reason, one]] of refused.entries()) {
    const farther = refused.slice(index).map(([, consent]) => consent)
    t.strictSame(decide(farther, asking()).reasons, [reason], `${reason} before all that follow`)
    t.strictSame(decide(farther.toReversed(), asking()).reasons, [reason], 'in whatever order they are read')
    t.strictSame(decide([one, consent()], asking()).reasons, [], 'and none where another consent permits')
  }
})

t.test('what is covered in part is permitted in part, by one consent: two never add up', async (t) => {
  const narrow = consent({ id: 'narrow', dataClasses: ['identity'] })
  const wide = consent({ id: 'wide', dataClasses: ['contact', 'milestones'] })
  const permitted = (...wanted: Disclosing['dataClasses'][number][]) => {
    const asked = asking({ dataClasses: wanted })
    const { decision, permittedClasses, reasons, consent: named } = decide([narrow, wide], asked)
    const reversed = decide([wide, narrow], asked)
    t.equal(reversed.consent, named, 'in whatever order they are read')
    t.strictSame([decision, reasons], ['permit_redacted', ['class_not_covered']])
    return [named?.id, ...permittedClasses]
  }
  t.strictSame(
    permitted('identity', 'contact', 'milestones'),
    ['narrow', 'identity'],
    'what is asked first goes first',
  )
  t.strictSame(permitted('contact', 'identity', 'milestones'), ['wide', 'contact', 'milestones'])
  t.strictSame(
    permitted('safety', 'identity', 'contact', 'milestones'),
    ['wide', 'contact', 'milestones'],
    'else the most',
  )
})

t.test('a consent covers the way back only where it says so', async (t) => {
  const back = asking({ discloserId: 'operator', recipientId: 'clinic' })
  t.strictSame(decide([consent()], back).reasons, ['recipient_not_named'])
  t.equal(decide([consent({ bothDirections: true })], back).decision, 'permit')
  t.equal(decide([consent({ bothDirections: true })], asking()).decision, 'permit')

  const many = consent({
    bothDirections: true,
    disclosers: parties('clinic', 'hospital'),
    recipients: parties('operator', 'school'),
  })
  const between = (discloserId: string, recipientId: string) =>
    decide([many], asking({ discloserId, recipientId })).decision
  t.equal(between('hospital', 'school'), 'permit')
  t.equal(between('school', 'hospital'), 'permit')
  t.equal(between('operator', 'school'), 'deny', 'recipients may not tell each other')
  t.equal(between('clinic', 'hospital'), 'deny', 'nor may disclosers')
})

t.test('a consent holds through the last moment of its day in UTC, and not one longer', async (t) => {
  const one = consent({ expiresOn: '2026-11-30' })
  const lastMoment = new Date('2026-11-30T23:59:59.999Z')
  t.equal(decide([one], asking({ at: lastMoment })).decision, 'permit')
  t.strictSame(decide([one], asking({ at: new Date(lastMoment.getTime() + 1) })).reasons, ['consent_expired'])
  t.notOk(isExpired('2026-11-30', lastMoment))
  t.ok(isExpired('2026-11-30', new Date('2026-12-01T00:00:00Z')))
  t.notOk(isExpired(null, new Date('2999-01-01T00:00:00Z')), 'one that ends with an event has no day')
})

const agreement = (changes: Partial<AgreementFacts> = {}): AgreementFacts => ({
  id: 'agreement-1',
  kind: 'qsoa',
  organizationId: 'clinic',
  counterpartyOrganizationId: 'operator',
  patientId: null,
  dataClasses: [],
  effectiveOn: '2026-11-01',
  endsOn: null,
  terminatedAt: null,
  ...changes,
})
const agreed = (...agreements: AgreementFacts[]): Grounds => ({ ...noGrounds, agreements, heldBy: 'clinic' })

t.test(
  'the relationship comes first: who serves the program under an agreement needs no consent',
  async (t) => {
    const told = (grounds: Grounds, asked: Partial<Disclosing> = {}) => {
      const { decision, relationship, agreement: named, consent: under } = decideOn(grounds, asking(asked))
      return [decision, relationship, named?.id ?? under?.id]
    }
    const back = { discloserId: 'operator', recipientId: 'clinic' }
    t.strictSame(told(agreed(agreement())), ['permit', 'qso', 'agreement-1'])
    t.strictSame(
      told(agreed(agreement({ kind: 'baa_qsoa' })), back),
      ['permit', 'qso', 'agreement-1'],
      'and back',
    )
    t.equal(
      told({ ...agreed(agreement()), heldBy: 'operator' }, back)[0],
      'deny',
      'back for the program’s own patients only: nobody opens another’s records by an agreement of their own',
    )
    t.equal(told({ ...agreed(agreement()), heldBy: null }, back)[0], 'deny', 'nor where nobody knows whose')
    t.strictSame(told(agreed(agreement({ kind: 'administrative_control' }))), [
      'permit',
      'internal',
      'agreement-1',
    ])
    t.strictSame(told(agreed(agreement()), { recipientId: 'school' }), [
      'deny',
      'consented_recipient',
      undefined,
    ])
    t.strictSame(
      told(agreed(agreement({ kind: 'baa' }))),
      ['deny', 'consented_recipient', undefined],
      'a BAA by itself permits nothing',
    )
    for (const [why, changes] of [
      ['not yet', { effectiveOn: '2026-11-21' }],
      ['not any more', { endsOn: '2026-11-19' }],
      ['terminated', { terminatedAt: new Date('2026-11-20T14:59:59Z') }],
      ['of another person', { patientId: 'patient-2' }],
      ['of other classes', { dataClasses: ['safety' as const] }],
    ] as const)
      t.equal(told(agreed(agreement(changes)))[0], 'deny', why)
    t.equal(told(agreed(agreement({ endsOn: '2026-11-20' })))[0], 'permit', 'through its last day')
  },
)

t.test('research, audits and courts have each their own paper, and it serves nothing else', async (t) => {
  const kinds = { research: 'research', audit: 'audit', court_order: 'legal_proceeding' } as const
  for (const [kind, purpose] of Object.entries(kinds) as [keyof typeof kinds, Disclosing['purpose']][]) {
    const grounds = agreed(agreement({ kind }))
    t.match(decideOn(grounds, asking({ purpose })), { decision: 'permit', relationship: kind })
    t.equal(decideOn(grounds, asking()).decision, 'deny', `${kind} is not for treatment`)
    const back = asking({ purpose, discloserId: 'operator', recipientId: 'clinic' })
    t.equal(decideOn(grounds, back).decision, 'deny', 'and one way only')
    t.equal(decideOn(agreed(agreement()), asking({ purpose })).decision, 'deny', 'a QSOA is none')
  }
  const proceedings = consent({ kind: 'proceedings', purposes: ['legal_proceeding'] })
  t.equal(
    decide([proceedings], asking({ purpose: 'legal_proceeding' })).decision,
    'permit',
    'or the consent of its own kind',
  )
})

t.test(
  'a general designation covers whoever treats the person now; an intermediary is told as one',
  async (t) => {
    const general = consent({ recipients: [whoeverTreats] })
    const treating = { ...noGrounds, consents: [general], treating: new Set(['operator']) }
    t.match(decideOn(treating, asking()), { decision: 'permit', designation: 'general' })
    t.equal(decideOn(treating, asking({ recipientId: 'school' })).decision, 'deny')
    const [hub] = parties('hub')
    const viaHub = consent({ recipients: [{ ...(hub as Party), designation: 'intermediary' }] })
    t.match(decide([viaHub], asking({ recipientId: 'hub' })), {
      decision: 'permit',
      relationship: 'intermediary',
    })
  },
)

t.test('what the person has ruled out is taken away last, whatever permitted it', async (t) => {
  const ruledOut = (changes: Partial<Restriction>): Restriction => ({
    recipientOrganizationId: null,
    mentorId: null,
    dataClasses: [],
    ...changes,
  })
  const under = (restriction: Restriction, grounds: Partial<Grounds> = { consents: [consent()] }) =>
    decideOn({ ...noGrounds, ...grounds, restrictions: [restriction] }, asking())
  t.match(under(ruledOut({})), { decision: 'deny', reasons: ['restriction'], permittedClasses: [] })
  t.match(under(ruledOut({ recipientOrganizationId: 'operator' })), { decision: 'deny' })
  t.match(under(ruledOut({ recipientOrganizationId: 'school' })), { decision: 'permit' })
  t.match(under(ruledOut({ dataClasses: ['identity'] })), {
    decision: 'permit_redacted',
    reasons: ['restriction'],
    permittedClasses: ['engagement_status'],
  })
  t.match(under(ruledOut({}), { agreements: [agreement()] }), { decision: 'deny' }, 'an agreement too')
  t.match(under(ruledOut({ mentorId: 'mentor-1' })), { decision: 'permit' }, 'a mentor is nobody’s recipient')
})

t.test('the request of the patient is purpose enough for treatment, and for nothing else', async (t) => {
  const one = consent({ purposes: ['patient_request'] })
  for (const purpose of purposes) {
    const expected = purpose === 'treatment' || purpose === 'patient_request' ? 'permit' : 'deny'
    t.equal(decide([one], asking({ purpose })).decision, expected, purpose)
  }
  t.equal(
    decide([consent()], asking({ purpose: 'patient_request' })).decision,
    'deny',
    'not the other way round',
  )
})

// Without it a consent of the ordinary kind would open a record against the patient in court (42 CFR 2.31(d)).
t.test('no ordinary consent covers legal proceedings, whatever purposes it lists', async (t) => {
  const one = consent({ purposes: [...purposes] })
  t.equal(decide([one], asking({ purpose: 'legal_proceeding' })).decision, 'deny')
  t.equal(decide([one], asking({ purpose: 'treatment' })).decision, 'permit')
})

/** All but the one that nobody but the person opens; that has properties of its own, below. */
const ordinaryClasses = dataClasses.filter((dataClass) => dataClass !== 'learner_presence')

const organizationIds = ['clinic', 'operator', 'hospital'] as const
const someParties = fc.subarray([...organizationIds, null], { minLength: 1 }).map((ids) => parties(...ids))
const anyConsent = fc.record<ConsentFacts>({
  id: fc.uuid(),
  status: fc.oneof(fc.constant('active' as const), fc.constantFrom(...consentStatuses)),
  kind: fc.oneof(fc.constantFrom('specific_disclosure', 'tpo_single'), fc.constantFrom(...consentKinds)),
  dataClasses: fc.subarray([...dataClasses], { minLength: 1 }),
  purposes: fc.subarray([...purposes], { minLength: 1 }),
  bothDirections: fc.boolean(),
  expiresOn: fc.option(fc.constantFrom('2026-11-19', '2026-11-20', '2026-11-21')),
  disclosers: someParties,
  recipients: someParties,
  documentSha256: fc.constant('0'.repeat(64)),
})
const anyRequest = fc.record<Disclosing>({
  discloserId: fc.constantFrom(...organizationIds),
  recipientId: fc.constantFrom(...organizationIds),
  patientId: fc.constant('patient-1'),
  purpose: fc.oneof(fc.constant('treatment' as const), fc.constantFrom(...purposes)),
  dataClasses: fc.subarray(ordinaryClasses, { minLength: 1 }),
  at: fc.constantFrom(
    new Date('2026-11-19T23:59:59.999Z'),
    new Date('2026-11-20T00:00:00Z'),
    new Date('2026-11-21T12:00:00Z'),
  ),
})
const situations = fc.record({ consents: fc.array(anyConsent, { maxLength: 6 }), asked: anyRequest })
const fixed = { seed: 20_261_118, numRuns: 2_000 }

/** Written apart from the decision: what one consent allows to go from one organization to another. */
function allowed(
  one: ConsentFacts,
  { discloserId, recipientId, purpose, at }: Disclosing,
): readonly string[] {
  const ids = (side: ConsentFacts['recipients']) => side.map(({ organizationId }) => organizationId)
  const there = ids(one.disclosers).includes(discloserId) && ids(one.recipients).includes(recipientId)
  const back = ids(one.recipients).includes(discloserId) && ids(one.disclosers).includes(recipientId)
  const endsAt = one.expiresOn === null ? Infinity : Date.parse(`${one.expiresOn}T00:00:00Z`) + 86_400_000
  const inForce = one.status === 'active' && at.getTime() < endsAt
  const ordinary = one.kind === 'specific_disclosure' || one.kind === 'tpo_single'
  const special = {
    research: 'research',
    legal_proceeding: 'proceedings',
    criminal_justice: 'criminal_justice',
  }
  const own = special[purpose as keyof typeof special]
  const serves = own
    ? one.kind === own
    : ordinary &&
      (one.purposes.includes(purpose) ||
        (purpose === 'treatment' && one.purposes.includes('patient_request')))
  return inForce && (there || (back && one.bothDirections)) && serves ? one.dataClasses : []
}

t.test('nothing goes out but what was asked and what one consent in force covers by itself', async () => {
  fc.assert(
    fc.property(situations, ({ consents, asked }) => {
      const { decision, permittedClasses, consent: named } = decide(consents, asked)
      if (asked.discloserId === asked.recipientId) return decision === 'permit' && named === undefined
      const within = (classes: readonly string[]) => permittedClasses.every((one) => classes.includes(one))
      if (decision === 'deny') return permittedClasses.length === 0 && named === undefined
      return (
        named !== undefined &&
        consents.includes(named) &&
        within(asked.dataClasses) &&
        within(allowed(named, asked))
      )
    }),
    fixed,
  )
})

t.test('what one consent in force covers is not withheld', async () => {
  fc.assert(
    fc.property(situations, ({ consents, asked }) => {
      fc.pre(asked.discloserId !== asked.recipientId)
      const covered = consents.map((one) =>
        asked.dataClasses.filter((wanted) => allowed(one, asked).includes(wanted)),
      )
      const withFirst = covered.filter(([first]) => first === asked.dataClasses[0])
      const most = Math.max(0, ...(withFirst.length > 0 ? withFirst : covered).map(({ length }) => length))
      const { decision, permittedClasses } = decide(consents, asked)
      const expected = most === 0 ? 'deny' : most === asked.dataClasses.length ? 'permit' : 'permit_redacted'
      return decision === expected && permittedClasses.length === most
    }),
    fixed,
  )
})

const anyRestriction = fc.record<Restriction>({
  recipientOrganizationId: fc.option(fc.constantFrom(...organizationIds)),
  mentorId: fc.option(fc.constant('mentor-1'), { freq: 2 }),
  dataClasses: fc.subarray([...dataClasses]),
})
const anyAgreement = fc.record<AgreementFacts>({
  id: fc.uuid(),
  kind: fc.constantFrom(...agreementKinds),
  organizationId: fc.constantFrom(...organizationIds),
  counterpartyOrganizationId: fc.constantFrom(...organizationIds),
  patientId: fc.option(fc.constantFrom('patient-1', 'patient-2')),
  dataClasses: fc.subarray([...dataClasses]),
  effectiveOn: fc.constantFrom('2026-11-01', '2026-11-20'),
  endsOn: fc.option(fc.constantFrom('2026-11-19', '2026-11-30')),
  terminatedAt: fc.option(fc.constant(new Date('2026-11-10T00:00:00Z'))),
})
const anyGrounds = fc.record<Grounds>({
  consents: fc.array(anyConsent, { maxLength: 4 }),
  restrictions: fc.array(anyRestriction, { maxLength: 3 }),
  agreements: fc.array(anyAgreement, { maxLength: 4 }),
  treating: fc.subarray([...organizationIds]).map((ids) => new Set<string>(ids)),
  heldBy: fc.option(fc.constantFrom(...organizationIds)),
})

/** Written apart from the decision: what one agreement allows to go. */
function allowedBy(
  one: AgreementFacts,
  heldBy: string | null,
  { discloserId, recipientId, purpose, at }: Disclosing,
): readonly string[] {
  const approvals = { research: 'research', audit: 'audit', legal_proceeding: 'court_order' }
  const approval = approvals[purpose as keyof typeof approvals]
  const there = one.organizationId === discloserId && one.counterpartyOrganizationId === recipientId
  const back = one.organizationId === recipientId && one.counterpartyOrganizationId === discloserId
  const inPlace = ['qsoa', 'baa_qsoa', 'administrative_control'].includes(one.kind)
  const fits = approval
    ? one.kind === approval && there
    : inPlace && (there || (back && heldBy === recipientId))
  const day = at.toISOString().slice(0, 10)
  const holds = one.terminatedAt === null && one.effectiveOn <= day && (one.endsOn ?? day) >= day
  const covers = one.patientId === null || one.patientId === 'patient-1'
  return fits && holds && covers ? (one.dataClasses.length === 0 ? dataClasses : one.dataClasses) : []
}

t.test(
  'whatever stands beside a consent, nothing goes out that no single ground covers or that is ruled out',
  async () => {
    fc.assert(
      fc.property(anyGrounds, anyRequest, (grounds, asked) => {
        fc.pre(asked.discloserId !== asked.recipientId)
        const { decision, permittedClasses, reasons } = decideOn(grounds, asked)
        const ruledOut = (one: string) =>
          grounds.restrictions.some(
            ({ mentorId, recipientOrganizationId: whom, dataClasses: which }) =>
              mentorId === null &&
              (whom ?? asked.recipientId) === asked.recipientId &&
              (which.length === 0 || which.some((each) => each === one)),
          )
        const sources = [
          ...grounds.consents.map((one) => allowed(one, asked)),
          ...grounds.agreements.map((one) => allowedBy(one, grounds.heldBy, asked)),
        ]
        const within = (classes: readonly string[]) =>
          permittedClasses.every((one) => classes.includes(one) && !ruledOut(one))
        return (
          within(asked.dataClasses) &&
          (permittedClasses.length === 0 || sources.some(within)) &&
          (decision === 'deny') === (permittedClasses.length === 0) &&
          (decision === 'permit') === (reasons.length === 0)
        )
      }),
      fixed,
    )
  },
)

t.test('when every consent is revoked nothing crosses organizations', async () => {
  fc.assert(
    fc.property(situations, ({ consents, asked }) => {
      fc.pre(asked.discloserId !== asked.recipientId)
      const revoked = consents.map((one) => ({ ...one, status: 'revoked' as const }))
      return decide(revoked, asked).decision === 'deny'
    }),
    fixed,
  )
})

t.test('a consent that is not in force never widens, nor narrows, what is permitted', async () => {
  const lifeless: Partial<ConsentFacts>[] = [
    { status: 'revoked' },
    { status: 'expired' },
    { status: 'entered_in_error' },
    { expiresOn: '2026-11-18' },
  ]
  fc.assert(
    fc.property(
      situations,
      anyConsent,
      fc.constantFrom(...lifeless),
      fc.nat(6),
      ({ consents, asked }, one, end, place) => {
        const dead = { ...one, ...end }
        const before = decide(consents, asked)
        const after = decide(consents.toSpliced(place, 0, dead), asked)
        return (
          after.decision === before.decision &&
          after.consent === before.consent &&
          after.permittedClasses.join() === before.permittedClasses.join()
        )
      },
    ),
    fixed,
  )
})

t.test('a learner is let in by the person’s own consent, and by no wall and no agreement', async () => {
  fc.assert(
    fc.property(anyGrounds, anyRequest, (grounds, some) => {
      const asked: Disclosing = { ...some, dataClasses: ['learner_presence'] }
      const { permittedClasses, consent: named } = decideOn(grounds, asked)
      if (permittedClasses.length === 0) return true
      const isInternal = asked.discloserId === asked.recipientId
      const names = (side: ConsentFacts['recipients']) =>
        side.some(({ organizationId }) => organizationId === asked.recipientId)
      return (
        named !== undefined &&
        named.status === 'active' &&
        named.dataClasses.includes('learner_presence') &&
        (isInternal ? names(named.recipients) || names(named.disclosers) : true)
      )
    }),
    fixed,
  )
})

t.test('together with others it is left out of what stays within one organization', async (t) => {
  const all = decideOn({ ...noGrounds }, asking({ recipientId: 'clinic', dataClasses: [...dataClasses] }))
  t.equal(all.decision, 'permit_redacted')
  t.same(all.permittedClasses, ordinaryClasses)
})
