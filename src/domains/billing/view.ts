import { toInstant } from '../../core/wire.ts'
import type { BillingRule, ServiceUnitLine } from './contract.ts'
import type { Counted } from './rules.ts'
import type { BillingRuleRow, DeliveredContact } from './store.ts'

export function toBillingRule({ networkId: _, ...row }: BillingRuleRow): BillingRule {
  return { ...row, createdAt: toInstant(row.createdAt), updatedAt: toInstant(row.updatedAt) }
}

const minuteMs = 60_000

export function toLine(
  { id, beganAt, minutes, ...contact }: DeliveredContact,
  { rule, ...counted }: Counted,
  payment: ServiceUnitLine['payment'],
): ServiceUnitLine {
  return {
    contactId: id,
    ...contact,
    beganAt: toInstant(beganAt),
    endedAt: minutes === null ? null : toInstant(new Date(beganAt.getTime() + minutes * minuteMs)),
    minutes,
    ...counted,
    ruleId: rule?.id ?? null,
    ruleRevision: rule?.revision ?? null,
    payment,
  }
}
