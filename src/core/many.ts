import { z } from 'zod'
import type { AppError } from './errors.ts'
import { Id } from './id.ts'

/** As many as one statement reads by id. Callers with more ask in turns. */
export const manyMax = 1_000

const ids = z.array(Id).max(manyMax)

/** Many of a kind by their ids, or what belongs to many. */
export const Many = z.strictObject({ ids })

/** The first page of what belongs to each of many: the pages after it are asked for one by one. */
export const FirstPages = z.strictObject({ ids, limit: z.int().min(1).max(100) })

/**
 * For one of many: the answer that a request for this id alone would get, or its refusal. An id for which there is none
 * does not exist, or is not the caller's to see.
 */
export interface Each<Answer> {
  readonly id: string
  readonly answer: Answer | AppError
}

export const eachById = <Row extends { readonly id: string }>(rows: readonly Row[]): Each<Row>[] =>
  rows.map((row) => ({ id: row.id, answer: row }))
