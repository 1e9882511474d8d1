import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { CalendarDate } from '../../core/primitives.ts'
import { DataClass, Purpose } from '../consents/codes.ts'

/** What accompanies every answer that holds another organization's data (42 CFR 2.32). */
export const Disclosure = z
  .object({
    id: Id.describe('The row of the disclosure ledger.'),
    basis: z.enum(['consent', 'research', 'audit', 'court_order', 'emergency']),
    consentId: Id.nullable().describe('Null where it rests on an approval or an order.'),
    agreementId: Id.nullable(),
    notice: z
      .object({
        version: z.string(),
        form: z
          .enum(['long', 'short'])
          .describe('Lists carry the short statement of 42 CFR 2.32(a)(2) with each item.'),
        text: z.string(),
      })
      .describe('The statement of 42 CFR 2.32(a). Keep it with the data.'),
    consentCopy: z.object({ href: z.string(), sha256: z.string() }).nullable(),
    scope: z
      .object({
        recipients: z.array(z.string()),
        dataClasses: z.array(DataClass),
        purposes: z.array(Purpose),
        expiresOn: CalendarDate.nullable(),
        explanation: z.string(),
      })
      .describe('The scope of the consent, as 42 CFR 2.32(b) has it.'),
  })
  .meta({ id: 'Disclosure' })
export type Disclosure = z.output<typeof Disclosure>
