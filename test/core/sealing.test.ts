import { createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { createDataKeys, type PersonKey } from '../../src/core/data-keys.ts'
import { kmsWrapper, masterKeyWrapper } from '../../src/core/key-wrapper.ts'
import { openValue, type Place, sealValue } from '../../src/core/sealing.ts'

const key: PersonKey = {
  networkId: 'network-1',
  personId: 'person-1',
  secret: createSecretKey(Buffer.alloc(32, 3)),
}
const place: Place = { table: 'patients', member: 'name', row: 'row-1' }
const anyPlace = fc.record({ table: fc.string(), member: fc.string(), row: fc.string() })
const anyJson = fc.jsonValue({ maxDepth: 3 }).map((value): unknown => JSON.parse(JSON.stringify(value)))

t.test('what is sealed opens in its own place, as it was', async (t) => {
  fc.assert(
    fc.property(anyPlace, anyJson, (at, value) => {
      t.same(openValue(key, at, sealValue(key, at, value)), value)
    }),
  )
})

// If a ciphertext opened elsewhere, whoever can write to the database could show one person's words as another's.
t.test('it opens in no other place, of no other person and in no other network', async () => {
  fc.assert(
    fc.property(anyPlace, anyPlace, anyJson, (at, elsewhere, value) => {
      const sealed = sealValue(key, at, value)
      const same =
        JSON.stringify([at.table, at.member, at.row]) ===
        JSON.stringify([elsewhere.table, elsewhere.member, elsewhere.row])
      return same || throws(() => openValue(key, elsewhere, sealed))
    }),
  )
  const sealed = sealValue(key, place, 'Sample')
  t.throws(() => openValue({ ...key, personId: 'person-2' }, place, sealed))
  t.throws(() => openValue({ ...key, networkId: 'network-2' }, place, sealed))
})

t.test(
  'a changed, shortened or foreign ciphertext does not open, and a destroyed key opens and seals nothing',
  async (t) => {
    fc.assert(
      fc.property(anyJson, fc.nat(), fc.nat(), (value, at, cut) => {
        const sealed = Buffer.from(sealValue(key, place, value), 'base64')
        const changed = Buffer.from(sealed)
        changed[at % sealed.length] = (changed[at % sealed.length] ?? 0) ^ 1
        const shorter = sealed.subarray(0, cut % sealed.length)
        return [changed, shorter].every((bytes) =>
          throws(() => openValue(key, place, bytes.toString('base64'))),
        )
      }),
    )
    const sealed = sealValue(key, place, 'Sample')
    t.throws(() => openValue({ ...key, secret: createSecretKey(randomBytes(32)) }, place, sealed))
    t.throws(() => openValue({ ...key, secret: null }, place, sealed))
    t.throws(() => sealValue({ ...key, secret: null }, place, 'Sample'), { code: 'record_erased' })
    t.not(sealValue(key, place, 'Sample'), sealed, 'the same words never look the same twice')
  },
)

t.test('a data key unwraps for its own person alone, under any master key that is configured', async (t) => {
  const [old, next] = [randomBytes(32), randomBytes(32)]
  const before = createDataKeys(masterKeyWrapper([old]))
  const { key: made, wrapped } = await before.create('network-1', 'person-1')
  const during = createDataKeys(masterKeyWrapper([next, old]))
  const opened = await during.open('network-1', 'person-1', wrapped)
  t.ok(made.secret && opened.secret?.equals(made.secret))
  await t.rejects(during.open('network-1', 'person-2', wrapped))
  await t.rejects(during.open('network-2', 'person-1', wrapped))

  const rewrapped = await during.rewrap('network-1', 'person-1', wrapped)
  const after = createDataKeys(masterKeyWrapper([next]))
  t.ok(
    (await after.open('network-1', 'person-1', rewrapped)).secret?.equals(
      made.secret ?? key.secret ?? createSecretKey(next),
    ),
  )
  await t.rejects(after.open('network-1', 'person-1', wrapped), /master key that is not configured/)
  await t.rejects(before.open('network-1', 'person-1', rewrapped), /master key that is not configured/)
})

t.test('a key management service takes over from the master key, and what it wrapped needs it', async (t) => {
  const master = masterKeyWrapper([randomBytes(32)])
  const { wrapped, key: made } = await createDataKeys(master).create('network-1', 'person-1')
  // Stands for a service elsewhere: a wrapper under a key that only it has.
  const kms = masterKeyWrapper([randomBytes(32)])
  const both = createDataKeys(kmsWrapper(kms, master))
  t.ok(
    (await both.open('network-1', 'person-1', wrapped)).secret?.equals(
      made.secret ?? createSecretKey(randomBytes(32)),
    ),
  )
  const rewrapped = await both.rewrap('network-1', 'person-1', wrapped)
  await createDataKeys(kmsWrapper(kms, undefined)).open('network-1', 'person-1', rewrapped)
  await t.rejects(createDataKeys(master).open('network-1', 'person-1', rewrapped))
  t.match(both.currentId, /^kms:/)
})

function throws(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}
