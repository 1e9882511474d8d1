import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, evenWhenMalformed, fault, Instant, Text } from '../../core/primitives.ts'
import { MentorType, mentorTypes } from '../mentors/codes.ts'
import { ContactResult, contactResults } from '../mentorships/contract.ts'
import { ContactMode, contactModes } from '../programs/contract.ts'
import { aggregations, billingRuleStatuses, overlapRules, paymentDecisions, unitReasons } from './codes.ts'

const dayMinutes = 1440

export const PayerCode = z
  .string()
  .regex(/^[a-z0-9_]{1,100}$/, 'Expected a code such as state_medicaid')
  .describe('Who pays, in a code of your own.')
  .meta({ example: 'state_medicaid' })

export const ServiceCode = z
  .string()
  .regex(/^[A-Z0-9]{1,10}(:[A-Z0-9]{2}){0,4}$/, 'Expected a procedure code, with modifiers as H0038:HQ')
  .describe(
    'What is paid: a procedure code, and its modifiers after colons. Each combination has rules of its own.',
  )
  .meta({ example: 'H0038' })

const rule = {
  payerCode: PayerCode,
  payerOrganizationId: Id.describe(
    'The payer, where it is an organization of the network: then each line says whether consents let it be told.',
  ),
  serviceCode: ServiceCode,
  effectiveFrom: CalendarDate.describe('The first day that is counted so, where your organization is.'),
  effectiveUntil: CalendarDate.describe('The last one. Left out: until another revision takes its place.'),
  unitMinutes: z.int().min(1).max(dayMinutes).describe('How long a unit is.'),
  roundUpFromMinutes: z
    .int()
    .min(1)
    .max(dayMinutes)
    .describe(
      'From which remainder on a further unit counts. 8 of 15 is the 8-minute rule; as long as a unit, nothing is rounded up; 1 rounds everything up.',
    )
    .meta({ example: 8 }),
  minimumMinutes: z.int().min(0).max(dayMinutes).describe('Less than this, added up, counts for nothing.'),
  aggregation: z
    .enum(aggregations)
    .describe(
      'Over what minutes are added up before they are rounded: each contact, a person’s day with one mentor, a person’s day with all.',
    ),
  unitsMax: z.int().min(1).max(dayMinutes).describe('At most so many for what is added up.'),
  modes: z.array(ContactMode).min(1).max(contactModes.length).describe('Which modes of contact count.'),
  results: z
    .array(ContactResult)
    .min(1)
    .max(contactResults.length)
    .describe('Which results of contacts count.'),
  mentorTypes: z
    .array(MentorType)
    .max(mentorTypes.length)
    .describe('Whose contacts count; empty: everybody’s.'),
  overlap: z
    .enum(overlapRules)
    .describe('What becomes of a contact that begins while an earlier one of the same mentor goes on.'),
  networkWide: z
    .boolean()
    .describe('For every organization of the network without a rule of its own; takes `network:write`.'),
  source: Text(500)
    .describe('Where the rule is written: a manual, a contract, a bulletin. No default here is law.')
    .meta({ example: 'Sample State Medicaid manual, peer support, section 3' }),
}

export const BillingRule = z
  .object({
    id: Id,
    organizationId: Id,
    ...rule,
    payerCode: z.string(),
    payerOrganizationId: Id.nullable(),
    serviceCode: z.string(),
    revision: z.int32(),
    effectiveUntil: CalendarDate.nullable(),
    unitMinutes: z.int32(),
    roundUpFromMinutes: z.int32(),
    minimumMinutes: z.int32(),
    unitsMax: z.int32().nullable(),
    modes: z.array(ContactMode),
    results: z.array(ContactResult),
    mentorTypes: z.array(MentorType),
    source: z.string(),
    status: z.enum(billingRuleStatuses).describe('`withdrawn`: it was a mistake, and counts for no day.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'BillingRule',
    description: 'One revision of how a payer counts a service. It is ended or withdrawn, never changed.',
  })
export type BillingRule = z.output<typeof BillingRule>

export const NewBillingRule = z
  .strictObject({
    ...rule,
    payerOrganizationId: rule.payerOrganizationId.optional(),
    effectiveUntil: rule.effectiveUntil.optional(),
    unitMinutes: rule.unitMinutes.default(15),
    minimumMinutes: rule.minimumMinutes.default(0),
    aggregation: rule.aggregation.default('contact'),
    unitsMax: rule.unitsMax.optional(),
    modes: rule.modes.default(['in_person', 'phone', 'video']),
    results: rule.results.default(['two_way']),
    mentorTypes: rule.mentorTypes.default([]),
    overlap: rule.overlap.default('refused'),
    networkWide: rule.networkWide.default(false),
  })
  .check(
    evenWhenMalformed(({ value, issues }) => {
      const said = (value ?? {}) as Record<string, unknown>
      const { effectiveFrom: from, effectiveUntil: until, roundUpFromMinutes: remainder } = said
      if (typeof from === 'string' && typeof until === 'string' && until < from)
        issues.push({
          ...fault('ends_before_start', ['effectiveUntil'], 'It would end before it began.'),
          input: undefined,
        })
      const unit = said.unitMinutes ?? 15
      if (typeof remainder === 'number' && typeof unit === 'number' && remainder > unit)
        issues.push({
          ...fault(
            'remainder_longer_than_unit',
            ['roundUpFromMinutes'],
            'A remainder is shorter than a unit.',
          ),
          input: undefined,
        })
    }),
  )
  .meta({ id: 'NewBillingRule' })

export const BillingRuleFilter = z.strictObject({
  ...PageArgs.shape,
  payerCode: PayerCode.optional(),
  serviceCode: ServiceCode.optional(),
})

export const EndBillingRule = z.strictObject({
  id: Id,
  lastDay: CalendarDate.describe('The last day that is counted by it.'),
})

export const ById = z.strictObject({ id: Id })

/** The longest period that is listed, page by page. */
const listDaysMax = 366
/** The longest period of one export: a month, and what of the next one a payer's calendar may hold. */
const exportDaysMax = 35

const question = {
  id: Id.describe(
    'A revision of the rule: it says which payer and which service. Each day is counted by the revision of that day.',
  ),
  from: CalendarDate.optional().describe(
    'The first day, where your organization is. Left out: the first of the month.',
  ),
  to: CalendarDate.optional().describe('The last day. Left out: today.'),
}

const dayMs = 86_400_000

const withinDays = (most: number) =>
  evenWhenMalformed<unknown>(({ value, issues }) => {
    const { from, to } = (value ?? {}) as { from?: unknown; to?: unknown }
    if (typeof from !== 'string' || typeof to !== 'string') return
    const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
    if (days < 1)
      issues.push({
        ...fault('ends_before_start', ['to'], 'It would end before it began.'),
        input: undefined,
      })
    if (days > most)
      issues.push({
        ...fault('period_too_long', ['to'], `At most ${most} days; ask for the rest by another request.`),
        input: undefined,
      })
  })

export const ServiceUnitFilter = z
  .strictObject({ ...PageArgs.shape, ...question })
  .check(withinDays(listDaysMax))
export const ServiceUnitExportQuestion = z.strictObject(question).check(withinDays(exportDaysMax))

export const ServiceUnitLine = z
  .object({
    contactId: Id,
    mentorshipId: Id,
    patientId: Id,
    mentorId: Id,
    mentorType: MentorType,
    on: CalendarDate.describe('The day of the contact, where your organization is.'),
    beganAt: Instant,
    endedAt: Instant.nullable().describe('The beginning and the minutes; null where none were recorded.'),
    mode: ContactMode,
    result: ContactResult,
    minutes: z.int32().nullable(),
    countedMinutes: z.int32().describe('How many of them went into the sum.'),
    sumMinutes: z.int32().describe('Of all that is added up with it, up to and with this contact.'),
    units: z.int32().describe('What the sum has with this contact and had not before it.'),
    reason: z.enum(unitReasons),
    ruleId: Id.nullable(),
    ruleRevision: z.int32().nullable(),
    payment: z
      .enum(paymentDecisions)
      .describe(
        'Whether what the person consented to lets the payer be told, now. `payer_not_named`: the rule names no organization, so you decide it yourselves.',
      ),
  })
  .meta({
    id: 'ServiceUnitLine',
    description: 'What came of one contact, and by which rule. Ids, codes, times and numbers; never a note.',
  })
export type ServiceUnitLine = z.output<typeof ServiceUnitLine>

export const ServiceUnitExport = z
  .object({
    from: CalendarDate,
    to: CalendarDate,
    payerCode: z.string(),
    serviceCode: z.string(),
    timeZone: z.string(),
    contacts: z.int32(),
    countedMinutes: z.int32(),
    units: z.int32(),
    lines: z.array(ServiceUnitLine).describe('Oldest first, all of the period.'),
  })
  .meta({
    id: 'ServiceUnitExport',
    description: 'A whole period in one answer. Over HTTP also as CSV: send Accept: text/csv.',
  })
export type ServiceUnitExport = z.output<typeof ServiceUnitExport>
