import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

/**
 * Where a request comes from: the peer, or the address that the proxies whose word is taken name. What is no address, as
 * a proxy may pass it on, is told as none: it would not fit where it is kept.
 */
export function addressOf({ ip }: Pick<FastifyRequest, 'ip'>): string | undefined {
  return isIP(ip) === 0 ? undefined : ip
}

/** A provider gives a customer at least this much of IPv6; who counted single addresses would count nobody twice. */
const customerBits = 64

/** Whom an address stands for when requests are counted. */
export function callerAt(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${customerBits}`).toString()
}
