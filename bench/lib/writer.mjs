/**
 * A process that makes changes at a fixed rate, whether or not those before are answered: a service that falls behind is not
 * spared. Started by bench/events.mjs, so that neither receivers nor followers hold it up.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { changes } from './changes.mjs'
import { clock, createApi } from './client.mjs'

/** More than this unanswered, and the service has drowned: what is due then is counted as refused. */
const waitingMax = 1_000

async function write({ base, client, kind, programId, perSecond, forSeconds }) {
  const { path, body } = changes[kind]
  const api = createApi(base, client, 64)
  const total = Math.round(perSecond * forSeconds)
  const [made, faults] = [[], []]
  let waiting = 0
  const make = async (dueAt) => {
    waiting += 1
    try {
      const { id } = await api.post(path, body({ programId }))
      // From when it was due: a request that had to wait to be sent waited for the service.
      made.push({ id, dueAt, answeredAt: clock() })
    } catch (error) {
      faults.push(error.message)
    } finally {
      waiting -= 1
    }
  }
  await api.authorization()
  const begun = clock()
  const sent = []
  for (let n = 0; n < total; n += 1) {
    const dueAt = begun + (n * 1000) / perSecond
    const early = dueAt - clock()
    if (early > 1) await delay(early)
    if (waiting < waitingMax) sent.push(make(dueAt))
    else faults.push(`not sent: ${waitingMax} are unanswered`)
  }
  await Promise.all(sent)
  const seconds = (clock() - begun) / 1000
  await api.close()
  return { made, faults, achieved: made.length / Math.max(seconds, forSeconds) }
}

process.on('message', (asked) => write(asked).then((written) => process.send({ written }), (error) => process.send({ failed: error.message })))
process.on('disconnect', () => process.exit())
