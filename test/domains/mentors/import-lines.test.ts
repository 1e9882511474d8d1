import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { NewMentor } from '../../../src/domains/mentors/contract.ts'
import {
  type ColumnType,
  type ImportLine,
  readCsv,
  readNdjson,
} from '../../../src/domains/mentors/import-lines.ts'

const columns = {
  displayName: 'text',
  languages: 'list',
  availability: 'list',
  capacity: 'number',
  willing: 'boolean',
  notes: 'json',
} as const

const csv = (body: string, linesMax = 100) => readCsv(body, { columns, linesMax })
const ndjson = (body: string, linesMax = 100) => readNdjson(body, { linesMax })

/** A line as a reader of the report sees it: what was read, or the codes of what is wrong. */
const seen = (lines: readonly ImportLine[]) =>
  lines.map((read) => [
    read.line,
    'value' in read ? read.value : read.faults.map(({ path, code }) => [code, ...path].join(' ')),
  ])

t.test('each line of NDJSON is a value of its own', async (t) => {
  t.strictSame(seen(ndjson('{"capacity":1}\n{"capacity":2}\n')), [
    [1, { capacity: 1 }],
    [2, { capacity: 2 }],
  ])
  t.strictSame(seen(ndjson('7\nnull\n"Sample"\n[]')), [
    [1, 7],
    [2, null],
    [3, 'Sample'],
    [4, []],
  ])
  t.strictSame(ndjson(''), [], 'and nothing is no lines')
})

t.test('a line that is no JSON is refused, and those around it are read', async (t) => {
  const lines = ndjson('{"a":1}\n{"a":\n\n  \n{"a":2} {"a":3}\r\n{"a":4}\r\n')
  t.strictSame(seen(lines), [
    [1, { a: 1 }],
    [2, ['malformed_json']],
    [5, ['malformed_json']],
    [6, { a: 4 }],
  ])
  t.notMatch(JSON.stringify(ndjson('{"displayName":"Sample Mentor')), /Sample/, 'and is not repeated')
})

t.test('lines may end as any system ends them, and begin with a byte order mark', async (t) => {
  for (const end of ['\n', '\r\n', '\r']) {
    t.strictSame(seen(ndjson(['\uFEFF{"a":1}', '', '{"a":2}', ''].join(end))), [
      [1, { a: 1 }],
      [3, { a: 2 }],
    ])
    t.strictSame(seen(csv(['\uFEFFdisplayName,capacity', 'Ana,1', '', 'Bo,2', ''].join(end))), [
      [2, { displayName: 'Ana', capacity: 1 }],
      [4, { displayName: 'Bo', capacity: 2 }],
    ])
  }
})

t.test('cells become what their column holds', async (t) => {
  const header = 'displayName,languages,availability,capacity,willing,notes'
  const rule = 'FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18'
  t.strictSame(seen(csv(`${header}\nAna,en | es,"${rule}|FREQ=DAILY;BYHOUR=7",8,TRUE,"{""a"":[1]}"`)), [
    [
      2,
      {
        displayName: 'Ana',
        languages: ['en', 'es'],
        availability: [rule, 'FREQ=DAILY;BYHOUR=7'],
        capacity: 8,
        willing: true,
        notes: { a: [1] },
      },
    ],
  ])
  t.strictSame(seen(csv(`${header}\nAna,,|, ,false,""`)), [
    [2, { displayName: 'Ana', availability: [], willing: false }],
  ])
})

t.test('what is not of its column’s type is left for the schema to name', async (t) => {
  for (const cell of ['many', '1e999', '0x10', '1.', 'Infinity', '1'.repeat(400), '--1', '1 2']) {
    t.strictSame(seen(csv(`capacity\n${cell}`)), [[2, { capacity: cell }]])
  }
  t.strictSame(seen(csv('capacity\n-3\n2.5\n08')), [
    [2, { capacity: -3 }],
    [3, { capacity: 2.5 }],
    [4, { capacity: 8 }],
  ])
  t.strictSame(seen(csv('willing\nyes')), [[2, { willing: 'yes' }]])
  t.strictSame(seen(csv('notes,capacity\n{,1\n2,1')), [
    [2, ['malformed_json notes']],
    [3, { notes: 2, capacity: 1 }],
  ])
})

t.test('quoted cells hold commas, quotes and lines, and rows keep the numbers of an editor', async (t) => {
  const body = 'displayName,capacity\r\n"Ana, ""the\r\nfirst""",1\r\n\r\nBo,2\r\n"Cy\n\nDee",3\r\nEve,4'
  t.strictSame(seen(csv(body)), [
    [2, { displayName: 'Ana, "the\r\nfirst"', capacity: 1 }],
    [5, { displayName: 'Bo', capacity: 2 }],
    [6, { displayName: 'Cy\n\nDee', capacity: 3 }],
    [9, { displayName: 'Eve', capacity: 4 }],
  ])
})

t.test('what a spreadsheet would run is kept as it is', async (t) => {
  for (const cell of ['=1+1', '+1', '-1', '@SUM(A1)'])
    t.strictSame(seen(csv(`displayName\n${cell}`)), [[2, { displayName: cell }]])
})

t.test('a row that is no CSV is refused, and those around it are read', async (t) => {
  const around = (row: string) => csv(`displayName,capacity\nAna,1\n${row}\nBo,2\n"Cy",3`)
  const others = [
    [2, { displayName: 'Ana', capacity: 1 }],
    [4, { displayName: 'Bo', capacity: 2 }],
    [5, { displayName: 'Cy', capacity: 3 }],
  ]
  const forgotten = ['"Dee,4', 'Dee,"4', 'Dee "4', 'Dee "D" Doe,4', '"Dee" Doe,4', '"', 'Dee,4"']
  for (const row of forgotten) {
    t.strictSame(seen(around(row)), [others[0], [3, ['malformed_csv']], ...others.slice(1)], row)
  }
  for (const row of ['Dee', 'Dee,4,', '"Dee,4"', 'Dee;4']) {
    t.strictSame(seen(around(row)), [others[0], [3, ['wrong_number_of_columns']], ...others.slice(1)], row)
  }
  t.notMatch(JSON.stringify(around('"Dee,4')), /Dee/, 'and is not repeated')
})

t.test('a quote that is forgotten and closed by chance says which lines it took along', async (t) => {
  const [taken, next] = csv('displayName,capacity\n"Ana,1\nBo,2\nCy",3,4\nDee,5')
  t.strictSame(taken, {
    line: 2,
    faults: [
      {
        path: [],
        code: 'wrong_number_of_columns',
        detail: 'The header has 2 columns, this row 3. The row goes on to line 4.',
      },
    ],
  })
  t.strictSame(next, { line: 5, value: { displayName: 'Dee', capacity: 5 } })
})

t.test('rows without anything in them are no lines', async (t) => {
  const body = '\n ,\ndisplayName , capacity\n,\n  ,  \n"",""\n,,,\nAna,1\n,,\n'
  t.strictSame(seen(csv(body)), [[8, { displayName: 'Ana', capacity: 1 }]])
  t.strictSame(csv('displayName,capacity\n'), [])
})

t.test('without a header that can be used nothing is read', async (t) => {
  t.strictSame(seen(csv('')), [[1, ['header_missing']]])
  t.strictSame(seen(csv('\n\n')), [[1, ['header_missing']]])
  t.strictSame(seen(csv('displayName,"capacity\nAna,1')), [[1, ['malformed_csv']]])
  t.strictSame(seen(csv('\ndisplayName,salary,capacity,capacity,\nAna,1,2,3,4')), [
    [2, ['unknown_column salary', 'repeated_column capacity', 'unknown_column ']],
  ])
  for (const name of ['__proto__', 'constructor', 'toString', 'DisplayName', 'displayName;capacity']) {
    t.strictSame(seen(csv(`${name}\nAna`)), [[1, [`unknown_column ${name}`]]])
  }
  const [line] = csv(`${','.repeat(100_000)}x`)
  t.ok(line && 'faults' in line && line.faults.length === 20, 'and a long one is not answered at length')
})

t.test('beyond the bound nothing is read, and the first line too many is named', async (t) => {
  const rows = (count: number) => Array.from({ length: count }, (_, at) => `\n${at}\n`).join('')
  t.equal(csv(`capacity${rows(3)}`, 3).length, 3)
  t.strictSame(seen(csv(`capacity${rows(4)}`, 3)), [[8, ['too_many_lines']]])
  t.equal(ndjson(rows(3), 3).length, 3)
  t.strictSame(seen(ndjson(rows(4), 3)), [[8, ['too_many_lines']]])
})

t.test('the examples of the guide are read, and are mentors', async (t) => {
  const guide = readFileSync('docs/guides/availability-and-import.md', 'utf8')
  const example = (language: string) =>
    new RegExp(`\`\`\`${language}\n(.+?)\`\`\``, 's').exec(guide)?.[1] ?? ''
  const lists = ['languages', 'modes', 'substances', 'pathways', 'availability', 'serviceArea']
  const types: Record<string, ColumnType> = {
    ...{ displayName: 'text', type: 'text', timeZone: 'text', capacity: 'number' },
    ...Object.fromEntries(lists.map((name) => [name, 'list'])),
  }
  const lines = [...readCsv(example('csv'), { columns: types, linesMax: 10 }), ...ndjson(example('json'))]
  t.equal(lines.length, 4)
  for (const line of lines)
    t.ok('value' in line && NewMentor.safeParse(line.value).success, JSON.stringify(line))
})

const fixed = { seed: 20_261_118, numRuns: 300 }
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
const messy = fc.string({ unit: fc.constantFrom('a', ' ', '"', ',', ';', '|', '\n', '\r', '\r\n', 'é') })

t.test('every text that is quoted comes back, on the line where it began', async () => {
  fc.assert(
    fc.property(fc.array(messy, { maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\r'), (names, end) => {
      const rows = names.map((name) => `${quoted(name)},1`)
      const read = csv(['displayName,capacity', ...rows, ''].join(end))
      let line = 2
      const expected = names.map((name) => {
        const at = line
        line += name.split(/\r\n|\n|\r/).length
        const displayName = name.trim()
        return { line: at, value: { ...(displayName !== '' && { displayName }), capacity: 1 } }
      })
      return JSON.stringify(read) === JSON.stringify(expected)
    }),
    fixed,
  )
})

t.test('whatever is sent, each line has one answer, in order', async () => {
  const bodies = fc.oneof(messy, fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(bodies, (body) =>
      [csv(`displayName,capacity\n${body}`), csv(body), ndjson(body)].every((lines) => {
        const numbers = lines.map(({ line }) => line)
        return numbers.every((line, at) => line > (numbers[at - 1] ?? 0))
      }),
    ),
    fixed,
  )
})

t.test(
  'a quote forgotten on every line costs each line its own fault, not the length of the file',
  async (t) => {
    const began = performance.now()
    const lines = csv(`displayName\n${'Dee"\n'.repeat(10_001)}`, 20_000)
    t.equal(lines.length, 10_001)
    t.ok(performance.now() - began < 10_000, 'reading on to the end from each line would take minutes')
  },
)
