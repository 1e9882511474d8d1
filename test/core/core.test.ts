import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import type { Ctx } from '../../src/core/context.ts'
import { AppError } from '../../src/core/errors.ts'
import { Id, newId } from '../../src/core/id.ts'
import { parseInput } from '../../src/core/input.ts'
import { createKeyring, type KeyPurpose } from '../../src/core/keyring.ts'
import { cutPage, openCursor, PageArgs, sealCursor } from '../../src/core/page.ts'
import { CalendarDate, Instant, Language, Text, TimeZone } from '../../src/core/primitives.ts'

const purposes: KeyPurpose[] = ['client-secret', 'cursor', 'idempotency-answer', 'signing-key']
const masterKey = Buffer.alloc(32, 7)
const keyring = createKeyring(masterKey)
const fixed = { seed: 20_261_118, numRuns: 300 }

t.test('what is sealed opens again, to the letter', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...purposes), fc.string({ unit: 'binary' }), (purpose, text) => {
      return keyring.open(purpose, keyring.seal(purpose, text)) === text
    }),
    fixed,
  )
})

t.test('another keyring of the same master key opens it, as the next process does', async (t) => {
  const next = createKeyring(Buffer.from(masterKey))
  t.equal(next.open('signing-key', keyring.seal('signing-key', 'secret')), 'secret')
  t.ok(next.mac('cursor', 'data').equals(keyring.mac('cursor', 'data')))
})

// Were it otherwise, a sealed answer that a caller may hold could be passed off as a signing key.
t.test('what is sealed for one purpose opens for no other', async (t) => {
  for (const sealedFor of purposes) {
    const sealed = keyring.seal(sealedFor, 'secret')
    for (const purpose of purposes.filter((one) => one !== sealedFor)) {
      t.throws(() => keyring.open(purpose, sealed), `${sealedFor} as ${purpose}`)
    }
  }
  t.equal(
    new Set(purposes.map((purpose) => keyring.mac(purpose, 'data').toString('hex'))).size,
    purposes.length,
  )
})

t.test('another master key opens nothing', async (t) => {
  const other = createKeyring(Buffer.alloc(32, 8))
  for (const purpose of purposes) {
    t.throws(() => other.open(purpose, keyring.seal(purpose, 'secret')), purpose)
    t.notOk(other.mac(purpose, 'data').equals(keyring.mac(purpose, 'data')), purpose)
  }
})

t.test('a master key that is not 32 bytes is refused', async (t) => {
  for (const length of [0, 16, 31, 33, 64])
    t.throws(() => createKeyring(Buffer.alloc(length)), `${length} bytes`)
})

t.test('a seal with any bit changed is refused', async (t) => {
  const sealed = keyring.seal('signing-key', 'secret')
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const tampered = Buffer.from(sealed)
    tampered.writeUInt8(tampered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    t.throws(() => keyring.open('signing-key', tampered), `bit ${bit}`)
  }
})

// A shorter tag is easier to guess: four bytes of it would let a forger in after some 2^32 tries.
t.test('a seal that was cut short or drawn out is refused, an empty one too', async (t) => {
  for (const text of ['', 'secret']) {
    const sealed = keyring.seal('signing-key', text)
    for (let length = 0; length < sealed.length; length += 1) {
      t.throws(
        () => keyring.open('signing-key', sealed.subarray(0, length)),
        `${length} of ${sealed.length} bytes`,
      )
    }
    t.throws(() => keyring.open('signing-key', Buffer.concat([sealed, Buffer.alloc(1)])), 'one byte more')
  }
})

t.test('the same text is never sealed into the same bytes', async (t) => {
  const seals = Array.from({ length: 100 }, () => keyring.seal('cursor', 'text').toString('hex'))
  t.equal(new Set(seals).size, 100)
})

const timeOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

t.test('ids are UUIDv7 of their instant', async (t) => {
  const at = new Date('2036-11-18T19:00:00.123Z')
  const id = newId(at)
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(timeOf(id), at.getTime())
  t.ok(Id.safeParse(id).success)
})

t.test('ids of one instant sort in the order in which they were made', async (t) => {
  const at = new Date('2036-11-19T19:00:00Z')
  const burst = Array.from({ length: 20_000 }, () => newId(at))
  t.equal(new Set(burst).size, burst.length)
  t.ok(burst.every((id, index) => index === 0 || id > (burst[index - 1] ?? '')))
})

t.test('ids go on rising when time stands or steps back a little', async (t) => {
  const start = Date.parse('2036-11-20T19:00:00Z')
  const ids = [0, 0, -1, 5, -3_000, 6, 6].map((step) => newId(new Date(start + step)))
  t.strictSame(ids, ids.toSorted())
  t.equal(new Set(ids).size, ids.length)
})

t.test('when time goes far back, ids follow', async (t) => {
  newId(new Date('2036-11-21T19:00:00Z'))
  const past = new Date('2025-01-01T00:00:00Z')
  t.equal(timeOf(newId(past)), past.getTime())
})

t.test('what is no UUID in lower case is no id', async (t) => {
  const id = newId(new Date('2036-11-22T19:00:00Z'))
  for (const other of ['', 'me', `${id} `, `${id}0`, ` ${id}`, id.slice(1), `{${id}}`]) {
    t.notOk(Id.safeParse(other).success, other)
  }
})

const ctxOf = (changes: Partial<Ctx> = {}) =>
  ({ keyring, networkId: 'network-1', organizationId: 'clinic', ...changes }) as Ctx
const ctx = ctxOf()
const filters = { status: 'active', limit: undefined }
const position = ['2026-11-18T19:00:00.000Z', newId(new Date('2036-11-23T19:00:00Z'))]
const cursor = sealCursor(ctx, 'referrals', filters, position)
const refused = (open: () => unknown) => {
  try {
    open()
    return 'accepted'
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}

t.test('a cursor comes back as the place where the page ended', async (t) => {
  t.strictSame(openCursor(ctx, 'referrals', { ...filters }, cursor), position)
  t.equal(openCursor(ctx, 'referrals', filters), undefined, 'and none is the beginning')
  t.match(cursor, /^[A-Za-z0-9_-]+$/, 'it needs no escaping in a URL')
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (keys) => {
      const back = openCursor(ctx, 'referrals', filters, sealCursor(ctx, 'referrals', filters, keys))
      return JSON.stringify(back) === JSON.stringify(keys)
    }),
    fixed,
  )
})

// Were it otherwise, one organization's cursor would place another, or other filters, in the midst of a list.
t.test('a cursor belongs to its list, its filters and its caller', async (t) => {
  const attempts: Record<string, () => unknown> = {
    'another list': () => openCursor(ctx, 'mentors', filters, cursor),
    'other filters': () => openCursor(ctx, 'referrals', { status: 'closed' }, cursor),
    'fewer filters': () => openCursor(ctx, 'referrals', {}, cursor),
    'another organization': () =>
      openCursor(ctxOf({ organizationId: 'operator' }), 'referrals', filters, cursor),
    'another network': () => openCursor(ctxOf({ networkId: 'network-2' }), 'referrals', filters, cursor),
    'another master key': () =>
      openCursor(ctxOf({ keyring: createKeyring(Buffer.alloc(32, 8)) }), 'referrals', filters, cursor),
  }
  for (const [what, open] of Object.entries(attempts)) t.equal(refused(open), 'invalid_cursor', what)
})

t.test('a cursor that was tampered with is refused', async (t) => {
  const bytes = Buffer.from(cursor, 'base64url')
  for (let index = 0; index < bytes.length; index += 1) {
    const tampered = Buffer.from(bytes)
    tampered.writeUInt8(tampered.readUInt8(index) ^ 1, index)
    const open = () => openCursor(ctx, 'referrals', filters, tampered.toString('base64url'))
    t.equal(refused(open), 'invalid_cursor', `byte ${index}`)
  }
  for (const other of [
    'x',
    'null',
    '!!!',
    cursor.slice(4),
    cursor.slice(0, -4),
    cursor.slice(0, 20),
    cursor + cursor,
  ]) {
    t.equal(
      refused(() => openCursor(ctx, 'referrals', filters, other)),
      'invalid_cursor',
      other,
    )
  }
})

t.test('a page has a next one only where rows are left', async (t) => {
  const seal = (row: number) => `after ${row}`
  t.strictSame(cutPage([1, 2, 3], 2, seal), { rows: [1, 2], nextCursor: 'after 2' })
  t.strictSame(cutPage([1, 2], 2, seal), { rows: [1, 2], nextCursor: null })
  t.strictSame(cutPage([1], 2, seal), { rows: [1], nextCursor: null })
  t.strictSame(cutPage([], 2, seal), { rows: [], nextCursor: null })
})

t.test('a limit above the maximum counts as the maximum; one below 1 is refused', async (t) => {
  const limit = (value: unknown) => PageArgs.safeParse({ limit: value }).data?.limit
  t.equal(limit(undefined), 20)
  t.equal(limit('1'), 1)
  t.equal(limit('100'), 100)
  t.equal(limit('101'), 100)
  t.equal(limit(1_000_000), 100)
  for (const wrong of ['0', '-1', '1.5', '', 'ten', 'NaN', 'Infinity'])
    t.equal(limit(wrong), undefined, wrong)
  t.notOk(PageArgs.safeParse({ cursor: '' }).success)
  t.notOk(PageArgs.safeParse({ cursor: 'x'.repeat(1001) }).success)
})

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

t.test('text is trimmed, bounded and well-formed', async (t) => {
  const Name = Text(5)
  t.equal(Name.parse('  Ana \n'), 'Ana')
  t.ok(accepts(Name, 'abcde'))
  t.ok(accepts(Name, '  abcde  '), 'blanks around it do not count')
  for (const wrong of ['', '   ', 'abcdef', 'a\u0000b', '\ud800', 'a\udc00', 7, null]) {
    t.notOk(accepts(Name, wrong), JSON.stringify(wrong))
  }
  t.ok(accepts(Name, '\u{1f600}'), 'a pair of surrogates is one character')
})

t.test('a date is one that exists, an instant says its offset', async (t) => {
  for (const date of ['2026-11-20', '2028-02-29']) t.ok(accepts(CalendarDate, date), date)
  for (const date of [
    '2026-02-29',
    '2026-13-01',
    '2026-11-31',
    '20261120',
    '2026-11-20T00:00:00Z',
    '0000-01-01',
    '',
  ]) {
    t.notOk(accepts(CalendarDate, date), date)
  }
  for (const at of ['2026-11-20T15:04:05Z', '2026-11-20T15:04:05.123456Z', '2026-11-20T15:04:05-07:00']) {
    t.ok(accepts(Instant, at), at)
    t.ok(Number.isFinite(Date.parse(at)), at)
  }
  for (const at of [
    '2026-11-20',
    '2026-11-20T15:04:05',
    '2026-02-30T00:00:00Z',
    '2026-11-20T25:00:00Z',
    'now',
  ]) {
    t.notOk(accepts(Instant, at), at)
  }
})

t.test('a time zone is a name of the IANA database, of old or new', async (t) => {
  const known = [
    'America/Denver',
    'UTC',
    'Etc/UTC',
    'America/Indiana/Indianapolis',
    'America/Kentucky/Louisville',
    'US/Mountain',
    'Asia/Kolkata',
    'Asia/Calcutta',
  ]
  for (const name of known) t.ok(accepts(TimeZone, name), name)
  for (const name of ['', 'Denver', 'America/Nowhere', 'Mountain Time', '+01:00', 'x'.repeat(65)]) {
    t.notOk(accepts(TimeZone, name), name)
  }
})

t.test('a language is a BCP 47 tag', async (t) => {
  for (const tag of ['en', 'es-US', 'zh-Hant-TW', 'haw']) t.ok(accepts(Language, tag), tag)
  for (const tag of ['', 'e', 'english', 'en_US', 'en-', '12']) t.notOk(accepts(Language, tag), tag)
})

t.test('every fault of an input is named at once, by its place and a stable code', async (t) => {
  const Sample = z.strictObject({
    name: Text(5),
    count: z.int().min(1).max(9),
    kind: z.enum(['a', 'b']),
    on: CalendarDate,
    tags: z.array(Text(5)).min(1).max(2),
    zone: TimeZone,
    deep: z.strictObject({ name: Text(5) }),
  })
  const faultsOf = (input: unknown) => {
    try {
      return parseInput(Sample, input)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return [error.code, ...error.issues.map(({ code, path }) => `${code} ${path.join('/')}`).toSorted()]
    }
  }
  const good = {
    name: 'Ana',
    count: 1,
    kind: 'a',
    on: '2026-11-20',
    tags: ['x'],
    zone: 'UTC',
    deep: { name: 'Bo' },
  }
  t.strictSame(faultsOf(good), good)
  t.strictSame(
    faultsOf({
      name: 'too long',
      count: 10,
      kind: 'c',
      on: 'today',
      tags: ['x', 'y', 'z'],
      zone: 'Moon/Base',
      deep: { nmae: 'Bo' },
      extra: 1,
    }),
    [
      'invalid_input',
      'invalid_code kind',
      'invalid_format on',
      'invalid_time_zone zone',
      'required deep/name',
      'too_large count',
      'too_long name',
      'too_many tags',
      'unknown_field deep/nmae',
      'unknown_field extra',
    ],
  )
  t.strictSame(faultsOf({ ...good, name: '', count: 0, tags: [], on: 7, deep: null }), [
    'invalid_input',
    'invalid_type deep',
    'invalid_type on',
    'too_few tags',
    'too_short name',
    'too_small count',
  ])
  t.strictSame(faultsOf({ ...good, name: 'a\u0000b' }), ['invalid_input', 'invalid_unicode name'])
  t.strictSame(faultsOf(undefined), ['invalid_input', 'required '])
})

t.test('a fault never repeats the value that was sent', async (t) => {
  const secret = 'Jane Doe, 1991-04-12'
  const Sample = z.strictObject({ kind: z.enum(['a', 'b']), on: CalendarDate, name: Text(3), count: z.int() })
  try {
    parseInput(Sample, { kind: secret, on: secret, name: secret, count: secret })
    t.fail('it is refused')
  } catch (error) {
    const places = error instanceof AppError ? error.issues.map(({ path }) => path.join('/')) : []
    t.strictSame(new Set(places), new Set(['kind', 'on', 'name', 'count']))
    t.notMatch(JSON.stringify(error), /Jane|1991/)
    t.notMatch(String(error), /Jane|1991/)
  }
})
