import { createHash } from 'node:crypto'
import t from 'tap'
import { notices, noticeVersion } from '../../../src/domains/disclosures/notice.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

t.test('the statements are those of 42 CFR 2.32(a) as of 2024, to the letter', async (t) => {
  t.equal(noticeVersion, '2024-1')
  t.equal(sha256(notices.long), 'dae0b4d455d63722bc4e0d3760e8319ba4ea929068b0a9d96244bf20c338245d')
  t.equal(sha256(notices.short), '79fee3d6dff7e052183c61b66bfed589f0f45dcf330bb277e07b396bd12e9774')
})

t.test('no words of the superseded statements are in them', async (t) => {
  const superseded = [
    'prohibits unauthorized disclosure of these records',
    'prohibit you from making any further disclosure',
    'restrict any use of',
    'investigate or prosecute',
    'with regard to a crime',
    'identifies a patient as having',
    'sufficient for this purpose',
  ]
  for (const text of Object.values(notices)) {
    for (const words of superseded) t.notOk(text.includes(words), words)
  }
})

t.test('what the 2024 rule added is in the long one', async (t) => {
  for (const words of [
    'use or disclosure',
    'civil, criminal, administrative, or legislative proceedings',
    '42 CFR 2.12(c)(5)',
    '42 CFR 2.64 or 2.65',
    'covered entity or business associate',
    '45 CFR part 164, subparts A and E',
  ])
    t.ok(notices.long.includes(words), words)
})
