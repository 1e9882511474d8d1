import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Scope } from '../core/context.ts'
import type { Service } from '../db/access.ts'
import { listNetworks } from '../domains/organizations/network.ts'
import { buildDemoNetwork } from './network.ts'
import { consentOf, samplePatient } from './people.ts'

export interface DemoClient {
  readonly organizationId: string
  readonly organizationName: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes: readonly Scope[]
}

export interface DemoCredentials {
  readonly baseUrl: string
  readonly networkId: string
  readonly clients: Readonly<Record<string, DemoClient>>
  readonly programs: readonly {
    readonly id: string
    readonly name: string
    readonly organizationId: string
  }[]
}

export interface Demo {
  readonly credentialsPath: string
  /** Creates a referral as it stands, pasted into any shell. */
  readonly curl: string
}

/**
 * On an empty database, makes the demo network and writes its clients' credentials, readable by this user
 * alone. On any other start the file is only pointed at, with the address that is right this time.
 */
export async function ensureDemo(
  service: Service,
  now: Date,
  { baseUrl, dataDir }: { readonly baseUrl: string; readonly dataDir: string },
): Promise<Demo | undefined> {
  const credentialsPath = resolve(join(dataDir, 'demo-credentials.json'))
  const credentials =
    (await listNetworks(service)).length > 0
      ? await readCredentials(credentialsPath)
      : await buildDemoNetwork(service, now)
  if (!credentials) return undefined
  await mkdir(dataDir, { recursive: true })
  await writeFile(credentialsPath, `${JSON.stringify({ ...credentials, baseUrl }, null, 2)}\n`, {
    mode: 0o600,
  })
  return { credentialsPath, curl: curlFor({ ...credentials, baseUrl }, now) }
}

async function readCredentials(path: string): Promise<Omit<DemoCredentials, 'baseUrl'> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

function curlFor({ baseUrl, clients, programs }: DemoCredentials, now: Date): string {
  const { clientId = '', clientSecret = '' } = clients.clinic ?? {}
  const body = {
    placerId: 'DEMO-ORDER-1',
    patient: { ...samplePatient(99), name: 'Sample Patient' },
    programId: programs[0]?.id,
    reason: ['transition_of_care'],
    priority: 'urgent',
    preferences: { languages: ['en'], modes: ['phone'] },
    consent: consentOf('Sample Patient', now),
  }
  const token = `curl -s -u ${clientId}:${clientSecret} -d grant_type=client_credentials ${baseUrl}/oauth/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'`
  return `curl -s ${baseUrl}/v1/referrals -H "Authorization: Bearer $(${token})" -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
}
