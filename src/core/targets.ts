import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Where the service may send to, when an organization names an address of its own. */
export interface Targets {
  /** For development and tests: also http, this machine and private networks. */
  readonly local: boolean
  /** A receiver proves that it means to be one by repeating a word, rather than by any answer of success. */
  readonly challenge: boolean
  /** The addresses of a name, as they are now. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>
}

export const targetFaults = [
  'url_not_https',
  'url_with_credentials',
  'url_port',
  'url_unresolvable',
  'url_not_public',
] as const
export type TargetFault = (typeof targetFaults)[number]

/** Longer than a slow name server, shorter than anybody waits. */
const resolveMs = 4_000

/** Asked over the network and not of the system: its resolver blocks one of four threads that all file access shares. */
async function resolvePublic(hostname: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: resolveMs / 2, tries: 2 })
  const found = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
  return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
}

async function resolveAsSystem(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

export const publicTargets: Targets = { local: false, challenge: true, resolve: resolvePublic }
export const localTargets: Targets = { local: true, challenge: false, resolve: resolveAsSystem }

/** Below 1024 live services that would take a request for a command of theirs; 443 is where https is. */
const isPlausiblePort = (port: number) => port === 443 || port >= 1024

/** What can be said of a URL before its name is resolved. */
export function faultOfUrl(url: URL, { local }: Targets): TargetFault | undefined {
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:')) return 'url_not_https'
  if (url.username !== '' || url.password !== '') return 'url_with_credentials'
  if (!local && !isPlausiblePort(Number(url.port || 443))) return 'url_port'
  return undefined
}

/**
 * The addresses of a URL that may be connected to. All of them have to be allowed: a name that leads to a public and
 * to an internal address leads to an internal one. Whoever connects uses these and asks no second time, since the second
 * answer may be another.
 */
export async function addressesOf(url: URL, targets: Targets): Promise<readonly string[] | TargetFault> {
  const fault = faultOfUrl(url, targets)
  if (fault) return fault
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) ? [host] : await inTime(targets.resolve(host)).catch(() => [])
  if (addresses.length === 0) return 'url_unresolvable'
  return addresses.every((address) => isAllowed(address, targets)) ? addresses : 'url_not_public'
}

/** Allowed in development. Link-local is not: there the metadata services of clouds hand out credentials. */
const localRanges = ['loopback', 'private', 'uniqueLocal']

/** What IANA has given out of IPv6; the rest is called unicast too, old forms that hold an IPv4 address among it. */
const givenOut = ipaddr.IPv6.parseCIDR('2000::/3')

const isInUse = (address: ipaddr.IPv4 | ipaddr.IPv6) =>
  address instanceof ipaddr.IPv4 || address.match(givenOut)

/**
 * Only what is a plain public address: not private, shared (CGNAT), link-local, multicast or reserved, and none that hides
 * an IPv4 address in another (IPv4-mapped, NAT64, 6to4, Teredo).
 */
export function isAllowed(address: string, { local }: Pick<Targets, 'local'>): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  const range = parsed.range()
  return (range === 'unicast' && isInUse(parsed)) || (local && localRanges.includes(range))
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The name was not resolved in time')), resolveMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
