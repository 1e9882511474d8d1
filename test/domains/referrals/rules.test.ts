import fc from 'fast-check'
import t from 'tap'
import {
  cancelReasons,
  failReasons,
  holdReasons,
  outcomes,
  type ReferralStatus,
  referralStatuses,
  rejectReasons,
} from '../../../src/domains/referrals/codes.ts'
import {
  allowedCommands,
  type ContactEvidence,
  isOpen,
  judge,
  type Party,
  partiesOf,
  type ReferralCommand,
  referralCommands,
  transitions,
  triedEnough,
} from '../../../src/domains/referrals/rules.ts'

/** R: the one that sent it. T: the one that was asked. E: either. -: nobody, from there. */
const grid = `
                  to                requested accepted in_progress on_hold rejected cancelled completed failed entered_in_error
accept            accepted          T         -        -           -       -        -         -         -      -
reject            rejected          T         -        -           -       -        -         -         -      -
cancel            cancelled         E         E        E           E       -        -         -         -      -
hold              on_hold           -         T        T           -       -        -         -         -      -
resume            in_progress       -         -        -           T       -        -         -         -      -
complete          completed         -         T        T           T       -        -         -         -      -
fail              failed            -         T        T           T       -        -         -         -      -
reopen            requested         -         -        -           -       R        R         R         R      -
waitlist          accepted          -         T        -           -       -        -         -         -      -
enter_in_error    entered_in_error  R         R        R           R       -        -         -         -      -
`
const words = (line: string) => line.trim().split(/\s+/)
const [header = '', ...lines] = grid.trim().split('\n')
const [, ...columns] = words(header) as ['to', ...ReferralStatus[]]
const rows = lines.map((line) => {
  const [command, to, ...cells] = words(line)
  return { command: command as ReferralCommand, to: to as ReferralStatus, cells }
})
const parties: Record<string, Party[]> = {
  R: ['requester'],
  T: ['target'],
  E: ['requester', 'target'],
  '-': [],
}
const everySide: Party[][] = [[], ['requester'], ['target'], ['requester', 'target']]

t.test('the table speaks of every command and every status', async (t) => {
  t.strictSame(
    rows.map(({ command }) => command),
    referralCommands,
  )
  t.strictSame(new Set(columns), new Set(referralStatuses))
})

for (const { command, to, cells } of rows) {
  t.test(`${command} is for whom, and from where, the table says`, async (t) => {
    const those = cells.flatMap((cell) => parties[cell] ?? [])
    t.equal(transitions[command].to, to, `it leads to ${to}`)
    for (const [index, status] of columns.entries()) {
      const here = parties[cells[index] ?? '-'] ?? []
      for (const sides of everySide) {
        const expected = !sides.some((side) => those.includes(side))
          ? 'not_by_you'
          : sides.some((side) => here.includes(side))
            ? 'allowed'
            : 'not_from_here'
        t.equal(
          judge(command, status, sides),
          expected,
          `from ${status} by ${sides.join(' and ') || 'nobody'}`,
        )
      }
    }
  })
}

t.test('the commands that are offered are those that are allowed', async (t) => {
  for (const [index, status] of columns.entries()) {
    for (const sides of everySide) {
      const expected = rows.filter(({ cells }) =>
        sides.some((side) => parties[cells[index] ?? '-']?.includes(side)),
      )
      t.strictSame(
        allowedCommands(status, sides),
        expected.map(({ command }) => command),
        `${status}, ${sides.join(' and ') || 'nobody'}`,
      )
    }
  }
})

t.test('an organization that is on neither side may do nothing', async (t) => {
  for (const status of referralStatuses) t.strictSame(allowedCommands(status, []), [])
})

t.test('a referral is open until it has ended', async (t) => {
  t.strictSame(referralStatuses.filter(isOpen), ['requested', 'accepted', 'in_progress', 'on_hold'])
})

t.test('a walk of allowed commands never leaves the vocabulary, and never opens what is closed', async () => {
  const step = fc.record({ side: fc.constantFrom(...everySide), pick: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let status: ReferralStatus = 'requested'
      for (const { side, pick } of steps) {
        const commands = allowedCommands(status, side)
        if (!isOpen(status) && commands.some((command) => command !== 'reopen')) return false
        const command = commands.filter((one) => one !== 'reopen')[pick % (commands.length || 1)]
        if (!command) continue
        status = transitions[command].to
        if (!referralStatuses.includes(status)) return false
      }
      return true
    }),
    { seed: 20_261_118, numRuns: 2_000 },
  )
})

t.test('whatever is open, each side alone can bring to an end', async (t) => {
  for (const status of referralStatuses.filter(isOpen)) {
    for (const side of ['requester', 'target'] as const) {
      t.ok(
        allowedCommands(status, [side]).some((command) => !isOpen(transitions[command].to)),
        `${status}, by the ${side}`,
      )
    }
  }
})

t.test('an organization is on the side that its id says, or on both', async (t) => {
  const referral = { organizationId: 'clinic', receivingOrganizationId: 'operator' }
  t.strictSame(partiesOf(referral, 'clinic'), ['requester'])
  t.strictSame(partiesOf(referral, 'operator'), ['target'])
  t.strictSame(partiesOf(referral, 'somebody'), [])
  const own = { organizationId: 'clinic', receivingOrganizationId: 'clinic' }
  t.strictSame(partiesOf(own, 'clinic'), ['requester', 'target'])
})

t.test('what a command asks for is said in the codes of its own list', async (t) => {
  const required = Object.fromEntries(
    rows.map(({ command }) => [command, transitions[command].requires ?? null]),
  )
  t.strictSame(required, {
    accept: null,
    reject: { member: 'reason', codes: rejectReasons },
    cancel: { member: 'reason', codes: cancelReasons },
    hold: { member: 'reason', codes: holdReasons },
    resume: null,
    complete: { member: 'outcome', codes: outcomes },
    fail: { member: 'reason', codes: failReasons },
    reopen: null,
    enter_in_error: null,
    waitlist: null,
  })
})

const firstTry = Date.parse('2026-11-02T15:00:00Z')
const tried = (attempts: number, modes: number, spanMs: number): ContactEvidence => ({
  twoWayContacts: 0,
  attempts,
  modes,
  firstAttemptAt: attempts > 0 ? new Date(firstTry) : null,
  lastAttemptAt: attempts > 0 ? new Date(firstTry + spanMs) : null,
  lastTwoWayAt: null,
})
const week = 7 * 86_400_000

t.test('giving up takes three attempts on two channels over seven days', async (t) => {
  t.ok(triedEnough(tried(3, 2, week)), 'just that much is enough')
  t.ok(triedEnough(tried(12, 4, 10 * week)), 'more is enough')
  t.notOk(triedEnough(tried(2, 2, week)), 'two attempts are not')
  t.notOk(triedEnough(tried(3, 1, week)), 'one channel is not')
  t.notOk(triedEnough(tried(3, 2, week - 1)), 'a moment less than seven days is not')
  t.notOk(triedEnough(tried(0, 0, 0)), 'nothing is not')
  t.notOk(triedEnough(tried(100, 7, week - 1)), 'many calls in a few days are not')
})
