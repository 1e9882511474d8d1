import { randomUUID } from 'node:crypto'
import { referral } from './small-world.mjs'

/** What is measured: a small change that every organization is told of, and a whole referral, decided on as it is read. */
export const changes = {
  program: {
    what: 'a program is created',
    type: 'program.created',
    by: 'operator',
    path: '/v1/programs',
    body: () => ({ name: `Sample Program ${randomUUID()}`, modes: ['phone'], languages: ['en'] }),
  },
  referral: {
    what: 'a referral is requested, read by its recipient under consent',
    type: 'referral.requested',
    by: 'clinic',
    path: '/v1/referrals',
    body: ({ programId }) => referral(programId),
  },
}
