import type { PersonKey } from './data-keys.ts'
import { AppError } from './errors.ts'
import { decrypt, encrypt } from './key-wrapper.ts'

/** Where a value stands: a ciphertext that was moved to another place does not open there. */
export interface Place {
  readonly table: string
  readonly member: string
  /** The row, beside its network and person. */
  readonly row: string
}

const contextOf = ({ networkId, personId }: PersonKey, { table, member, row }: Place) =>
  JSON.stringify([networkId, personId, table, member, row])

/** A value of JSON, sealed for its place. Refused once the person's key was destroyed: there is no way back. */
export function sealValue(key: PersonKey, place: Place, value: unknown): string {
  if (key.secret === null)
    throw new AppError('record_erased', 'The data of this person was destroyed; nothing can be added to it.')
  return encrypt(key.secret, contextOf(key, place), Buffer.from(JSON.stringify(value))).toString('base64')
}

/** Throws when the value was not sealed for this place under this key. */
export function openValue(key: PersonKey, place: Place, sealed: string): unknown {
  if (key.secret === null) throw new Error('The key was destroyed')
  return JSON.parse(
    decrypt(key.secret, contextOf(key, place), Buffer.from(sealed, 'base64')).toString('utf8'),
  )
}
