import t from 'tap'
import type { z } from 'zod'
import { AppError, type Issue } from '../../../src/core/errors.ts'
import { parseInput } from '../../../src/core/input.ts'
import { purposes } from '../../../src/domains/consents/codes.ts'
import { InlineConsent, NewConsent } from '../../../src/domains/consents/contract.ts'
import { tpoPurposes } from '../../../src/domains/consents/elements.ts'
import { sampleConsent } from '../../support/samples.ts'

const patientId = '01938f3e-7c00-7aaa-8bbb-0123456789ab'
const organizationId = '01938f3e-7c00-7aaa-8bbb-0123456789ac'

const inline = (changes: object = {}) => sampleConsent(changes)
const whole = (changes: object = {}) =>
  sampleConsent({
    patientId,
    disclosers: [{ organizationId }],
    recipients: [{ designation: 'named', organizationId }],
    ...changes,
  })

interface Refusal {
  readonly code: string
  readonly faults: readonly string[]
}

/** Every fault as `code at/its/place`, in the order of the places. */
function refusal(schema: z.ZodType, input: unknown): Refusal {
  try {
    parseInput(schema, input)
    return { code: 'accepted', faults: [] }
  } catch (error) {
    if (!(error instanceof AppError)) return { code: `failed: ${String(error)}`, faults: [] }
    const say = ({ code, path }: Issue) => `${code} ${path.join('/')}`
    return { code: error.code, faults: error.issues.map(say).toSorted() }
  }
}

const allStatements = { rightToRevoke: true, redisclosurePotential: true, refusalConsequences: true }

// biome-ignore format: a table reads by its lines
const elements: [section: string, fault: string, without: object][] = [
  ['(a)(1)', 'consent_patient_name_missing patientNameAsSigned', { patientNameAsSigned: undefined }],
  ['(a)(2)', 'consent_discloser_missing disclosers', { disclosers: [] }],
  ['(a)(3)', 'consent_information_missing dataClasses', { dataClasses: undefined }],
  ['(a)(3)', 'consent_information_missing dataClasses', { dataClasses: [] }],
  ['(a)(3)', 'consent_information_description_missing informationDescription', { informationDescription: undefined }],
  ['(a)(4)', 'consent_recipient_missing recipients', { recipients: [] }],
  ['(a)(5)', 'consent_purpose_missing purposes', { purposes: undefined }],
  ['(a)(5)', 'consent_purpose_missing purposes', { purposes: [] }],
  ['(a)(6)', 'consent_right_to_revoke_missing statements/rightToRevoke', { statements: { ...allStatements, rightToRevoke: undefined } }],
  ['(a)(6)', 'consent_right_to_revoke_missing statements/rightToRevoke', { statements: { ...allStatements, rightToRevoke: false } }],
  ['(a)(6)', 'consent_revocation_instructions_missing revocationInstructions', { revocationInstructions: undefined }],
  ['(a)(7)', 'consent_expiration_missing expiration', { expiration: undefined }],
  ['(a)(7)', 'consent_expiration_missing expiration', { expiration: {} }],
  ['(a)(8)', 'consent_signature_missing signatures', { signatures: undefined }],
  ['(a)(8)', 'consent_signature_missing signatures', { signatures: [] }],
  ['(a)(9)', 'consent_signed_on_missing signedOn', { signedOn: undefined }],
  ['(a)(10)(i)', 'consent_redisclosure_statement_missing statements/redisclosurePotential', { statements: { ...allStatements, redisclosurePotential: undefined } }],
  ['(a)(10)(i)', 'consent_redisclosure_statement_missing statements/redisclosurePotential', { statements: { ...allStatements, redisclosurePotential: false } }],
  ['(a)(10)(ii)', 'consent_refusal_statement_missing statements/refusalConsequences', { statements: { ...allStatements, refusalConsequences: undefined } }],
  ['(a)(10)(ii)', 'consent_refusal_statement_missing statements/refusalConsequences', { statements: { ...allStatements, refusalConsequences: false } }],
]

t.test('a consent with every element is accepted, inside a referral and by itself', async (t) => {
  t.equal(refusal(InlineConsent, inline()).code, 'accepted')
  t.equal(refusal(NewConsent, whole()).code, 'accepted')
})

t.test(
  'each element of 42 CFR 2.31 that is missing is named by its own code and place, and nothing else',
  async (t) => {
    for (const [section, fault, without] of elements) {
      const expected = { code: 'consent_incomplete', faults: [fault] }
      t.strictSame(refusal(NewConsent, whole(without)), expected, `2.31${section}, by itself`)
      t.strictSame(refusal(InlineConsent, inline(without)), expected, `2.31${section}, inside a referral`)
    }
  },
)

t.test('who receives is said by the referral or by the consent', async (t) => {
  t.equal(refusal(InlineConsent, inline({ recipients: undefined })).code, 'accepted')
  t.strictSame(refusal(NewConsent, whole({ recipients: undefined })).faults, [
    'consent_recipient_missing recipients',
  ])
})

t.test('who discloses is the calling organization unless it is said', async (t) => {
  t.equal(refusal(InlineConsent, inline({ disclosers: undefined })).code, 'accepted')
  t.equal(refusal(NewConsent, whole({ disclosers: undefined })).code, 'accepted')
})

t.test('a recipient is named by its organization, or described as a class', async (t) => {
  const fault = (recipient: object) => refusal(NewConsent, whole({ recipients: [recipient] })).faults
  t.strictSame(fault({ designation: 'named' }), ['consent_recipient_missing recipients/0/organizationId'])
  t.strictSame(fault({ designation: 'class' }), ['consent_recipient_missing recipients/0/description'])
  t.strictSame(fault({ designation: 'class', description: 'My treating providers' }), [])
})

const everythingMissing = [
  'consent_expiration_missing expiration',
  'consent_information_description_missing informationDescription',
  'consent_information_missing dataClasses',
  'consent_patient_name_missing patientNameAsSigned',
  'consent_purpose_missing purposes',
  'consent_revocation_instructions_missing revocationInstructions',
  'consent_right_to_revoke_missing statements/rightToRevoke',
  'consent_signature_missing signatures',
  'consent_signed_on_missing signedOn',
]

t.test('of an empty consent everything that is missing is named at once', async (t) => {
  t.strictSame(refusal(InlineConsent, {}), { code: 'consent_incomplete', faults: everythingMissing })
  t.strictSame(
    refusal(NewConsent, { patientId }).faults,
    [...everythingMissing, 'consent_recipient_missing recipients'].toSorted(),
  )
  t.strictSame(
    refusal(InlineConsent, { purposes: ['treatment'] }).faults,
    [
      ...everythingMissing.filter((fault) => !fault.includes('purpose')),
      'consent_redisclosure_statement_missing statements/redisclosurePotential',
      'consent_refusal_statement_missing statements/refusalConsequences',
    ].toSorted(),
    'and the statements of 2.31(a)(10) once a purpose asks for them',
  )
})

t.test('a missing element is named beside whatever else is wrong', async (t) => {
  const wrong = {
    signedOn: undefined,
    revocationInstructions: undefined,
    patientNameAsSigned: 7,
    colour: 'blue',
  }
  const expected = {
    code: 'invalid_input',
    faults: [
      'consent_revocation_instructions_missing revocationInstructions',
      'consent_signed_on_missing signedOn',
      'invalid_type patientNameAsSigned',
      'unknown_field colour',
    ],
  }
  t.strictSame(refusal(NewConsent, whole(wrong)), expected)
  t.strictSame(refusal(InlineConsent, inline(wrong)), expected)
})

// Thrown out of a check, a TypeError would be answered as a failure of ours (500) instead of the caller's.
t.test('a member of the wrong type is refused as that, and hides no missing element', async (t) => {
  const members = Object.keys(whole()).filter((member) => member !== 'signedOn')
  const misfits = [
    null,
    7,
    true,
    'treatment',
    {},
    [],
    [null],
    [{ toString: 1, valueOf: 1 }],
    { on: { at: 1 } },
  ]
  for (const member of members) {
    for (const misfit of misfits) {
      const input = whole({ [member]: misfit, signedOn: undefined })
      const { code, faults } = refusal(NewConsent, input)
      const what = `${member}: ${JSON.stringify(misfit)} hides nothing (${code})`
      t.ok(faults.includes('consent_signed_on_missing signedOn'), what)
    }
  }
})

t.test('only treatment, payment and operations may go without an end', async (t) => {
  const fault = 'consent_expiration_none_not_allowed expiration/none'
  const without = (...list: string[]) =>
    refusal(NewConsent, whole({ purposes: list, expiration: { none: true } })).faults
  t.strictSame(new Set(tpoPurposes), new Set(['treatment', 'payment', 'operations']))
  // These two have a kind of consent of their own, which is another fault.
  for (const purpose of purposes.filter((one) => one !== 'legal_proceeding' && one !== 'criminal_justice')) {
    t.strictSame(without(purpose), tpoPurposes.has(purpose) ? [] : [fault], purpose)
    t.strictSame(
      without('treatment', purpose),
      tpoPurposes.has(purpose) ? [] : [fault],
      `treatment and ${purpose}: one that needs an end is enough`,
    )
  }
})

t.test('a consent ends in one way', async (t) => {
  const ending = (expiration: object) => refusal(NewConsent, whole({ expiration })).faults
  const ambiguous = ['consent_expiration_ambiguous expiration']
  t.strictSame(ending({ on: '2027-06-30' }), [])
  t.strictSame(ending({ event: 'End of the mentorship' }), [])
  t.strictSame(ending({ none: true }), [])
  t.strictSame(ending({ on: '2027-06-30', event: 'End of the mentorship' }), ambiguous)
  t.strictSame(ending({ on: '2027-06-30', none: true }), ambiguous)
  t.strictSame(ending({ event: 'End of the mentorship', none: true }), ambiguous)
  t.strictSame(ending({ on: '2027-06-30', event: 'End of the mentorship', none: true }), ambiguous)
})

t.test('a consent for no treatment, payment or operations needs no statements of 2.31(a)(10)', async (t) => {
  const statements = { rightToRevoke: true }
  t.equal(refusal(NewConsent, whole({ purposes: ['patient_request'], statements })).code, 'accepted')
  t.strictSame(refusal(NewConsent, whole({ purposes: ['patient_request', 'payment'], statements })).faults, [
    'consent_redisclosure_statement_missing statements/redisclosurePotential',
    'consent_refusal_statement_missing statements/refusalConsequences',
  ])
})
