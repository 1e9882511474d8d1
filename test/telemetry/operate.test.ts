import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { eventTypes } from '../../src/domains/events/classes.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { startService } from '../support/service.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}
interface Panel {
  readonly id: number
  readonly title: string
  readonly targets: readonly { readonly expr: string }[]
}

const read = (path: string) => readFileSync(path, 'utf8')
const alerts: Rule[] = parse(read('docs/operate/alerts.yml')).groups.flatMap(
  ({ rules }: { rules: Rule[] }) => rules,
)
const panels: Panel[] = JSON.parse(read('docs/operate/dashboard.json')).panels
const guide = read('docs/guides/operate.md')

/** Names of metrics of the service and of Node; words of PromQL have no underscore of this kind. */
const metricsIn = (text: string) =>
  [...text.matchAll(/\b(?:alongside|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name)
const expressions = [
  ...alerts.map(({ expr }) => expr),
  ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
]

t.test(
  'every metric that alerts, dashboard and guide speak of is exported, and none is left out',
  async (t) => {
    const { metrics } = await startService(t, { measured: true })
    const exported = new Map(
      (await metrics?.registry.getMetricsAsJSON())?.map(({ name, type }) => [name, String(type)]) ?? [],
    )
    const isExported = (name: string) => {
      const family = name.replace(/_(bucket|count|sum)$/, '')
      return exported.has(name) || (family !== name && exported.get(family) === 'histogram')
    }
    const spoken = [...expressions, guide].flatMap(metricsIn)
    t.ok(spoken.length > 50)
    t.same(
      // The roles of the database have names of this kind too.
      [...new Set(spoken)].filter((name) => !isExported(name) && name !== 'alongside_system'),
      [],
      'nothing is spoken of that there is not',
    )
    const own = [...exported.keys()].filter((name) => name.startsWith('alongside_'))
    t.same(
      own.filter((name) => !guide.includes(`\`${name}\``)),
      [],
      'the guide explains each of ours',
    )
    const watched = new Set(expressions.flatMap(metricsIn))
    t.same(
      own.filter((name) => ![...watched].some((one) => one.startsWith(name))),
      [],
      'and each is looked at',
    )
  },
)

t.test('labels in alerts and dashboard have values that there are', async (t) => {
  const queues = new Set([...jobs.map(({ name }) => name), 'dead_letters'])
  const types = new Set<string>(eventTypes)
  for (const expr of expressions) {
    for (const [, queue = ''] of expr.matchAll(/queue="([^"]+)"/g)) t.ok(queues.has(queue), queue)
    for (const [, type = ''] of expr.matchAll(/[{ ]type="([^"]+)"/g)) t.ok(types.has(type), type)
    t.match(expr, /job="alongside"/, 'each asks the job that the guide names')
  }
})

t.test('an alert says what it means, whether to wake somebody, and the guide what to do', async (t) => {
  t.ok(alerts.length > 10)
  for (const { alert, labels, annotations } of alerts) {
    t.ok(['page', 'ticket'].includes(labels.severity), alert)
    t.ok(annotations.summary.length > 20, alert)
    t.match(guide.slice(guide.indexOf('## At an alert')), alert, 'the guide says what to do')
  }
  t.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length)
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
})
