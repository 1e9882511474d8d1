import t from 'tap'
import { AppError } from '../../src/core/errors.ts'
import { whenReachable } from '../../src/waiting.ts'

const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: '127.0.0.1', port: 1 })
const away = Object.assign(new AppError('service_unavailable', 'Repeat it.'), { cause: refused })

t.test('a start waits for a database that is away, and says once what it waits for', async (t) => {
  const said: string[] = []
  const answers = [refused, away, 'there']
  const open = async () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }
  t.equal(await whenReachable(open, (line) => said.push(line)), 'there')
  t.match(said, [/^The database does not answer at 127\.0\.0\.1:1\..* tried again for 30 s/])
  t.equal(said.length, 1)
})

t.test('it gives up in the end, and at once where waiting would not help', async (t) => {
  let tries = 0
  const open = (error: Error) => async () => {
    tries += 1
    throw error
  }
  const silent = () => {}
  await t.rejects(whenReachable(open(refused), silent, 400), refused)
  t.ok(tries > 1, 'it tried')
  tries = 0
  const wrong = Object.assign(new Error('password'), { code: '28P01' })
  await t.rejects(whenReachable(open(wrong), silent), wrong)
  t.equal(tries, 1)
})
