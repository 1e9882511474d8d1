import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type KeyWrapper, keyBytes } from './key-wrapper.ts'

/** The key under which one person's names and words are sealed. It belongs to the person, not to an organization. */
export interface PersonKey {
  readonly networkId: string
  readonly personId: string
  /** Null once it was destroyed: nothing of that person can be read or written any more. */
  readonly secret: KeyObject | null
}

export interface DataKeys {
  readonly currentId: string
  readonly create: (networkId: string, personId: string) => Promise<{ key: PersonKey; wrapped: Buffer }>
  readonly open: (networkId: string, personId: string, wrapped: Buffer) => Promise<PersonKey>
  /** The same key under the present key-encryption key. */
  readonly rewrap: (networkId: string, personId: string, wrapped: Buffer) => Promise<Buffer>
}

/** Some 10 MB; fewer, and a page of patients asks a key management service a hundred times. */
const keptMax = 50_000
/** How long a process may remember a key that was destroyed: nobody finds its wrapped bytes, but memory can be dumped. */
const keptMs = 5 * 60_000
/** A key management service that hangs must not hold a transaction and its locks. */
const wrapperTimeoutMs = 5_000

const contextOf = (networkId: string, personId: string) => `${networkId}|${personId}`

/** Keys of persons over a wrapper; the unwrapped ones are remembered by their wrapped bytes. */
export function createDataKeys(wrapper: KeyWrapper): DataKeys {
  const opened = new LRUCache<string, KeyObject>({ max: keptMax, ttl: keptMs })
  return {
    currentId: wrapper.currentId,
    async create(networkId, personId) {
      const bytes = randomBytes(keyBytes)
      const wrapped = await inTime(wrapper.wrap(bytes, contextOf(networkId, personId)))
      return { key: { networkId, personId, secret: createSecretKey(bytes) }, wrapped }
    },
    async open(networkId, personId, wrapped) {
      const context = contextOf(networkId, personId)
      const name = `${context}|${wrapped.toString('base64')}`
      const known = opened.get(name)
      if (known) return { networkId, personId, secret: known }
      const secret = createSecretKey(await inTime(wrapper.unwrap(wrapped, context)))
      opened.set(name, secret)
      return { networkId, personId, secret }
    },
    async rewrap(networkId, personId, wrapped) {
      const context = contextOf(networkId, personId)
      return inTime(wrapper.wrap(await inTime(wrapper.unwrap(wrapped, context)), context))
    },
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error('The key management service did not answer in time')),
      wrapperTimeoutMs,
    )
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
