import type { TxCtx } from '../../core/context.ts'
import { invalidInput } from '../../core/errors.ts'

export interface Word {
  readonly signedAt?: string | undefined
  readonly evidenceHash?: string | undefined
}

/** Whoever has a token of their own signs by it, now; whoever writes down what was signed on paper says when, and keeps it. */
export function refuseOtherWord(ctx: TxCtx, said: Word): void {
  const faults = (['signedAt', 'evidenceHash'] as const).flatMap((member) => {
    const isSaid = said[member] !== undefined
    if (isSaid === (ctx.person === undefined)) return []
    return [
      isSaid
        ? { path: [member], code: 'conflicting_members', detail: 'The mentor’s own token is the signature.' }
        : {
            path: [member],
            code: 'required',
            detail: 'Of a signature on paper, say when it was and what its hash is.',
          },
    ]
  })
  if (said.signedAt !== undefined && new Date(said.signedAt) > ctx.now)
    faults.push({
      path: ['signedAt'],
      code: 'date_in_future',
      detail: 'This is recorded once it has happened.',
    })
  if (faults.length > 0) throw invalidInput(...faults)
}
