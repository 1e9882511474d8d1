/** What a field costs: itself, and how many times what is selected in it. Read before anything is executed. */
export interface Price {
  readonly own: number
  /** Multiplied by `first`. */
  readonly page?: boolean
  /** The whole, multiplied by the length of this argument. */
  readonly perItemOf?: string
  /** A list without pages, and of how many at most: multiplied by it. */
  readonly list?: number
  /** What `limit` may be: lists at once in the answer are as much shorter as it is smaller than the most. */
  readonly limit?: Limit
}

export interface Limit {
  readonly most: number
  readonly unsaid: number
}

/** Of a list whose contract sets no bound: codes with a date or two, not people. */
export const listLengthAssumed = 5

export const priced = (price: Price) => ({ price })

/** The price of what is asked for one at a time: its own statements, not a share of them. */
export const ownStatements = 5

/** How a relation of many parents is read: as one statement for the level, or for one parent after the other. */
export const together = { reads: 'together' } as const
export const oneByOne = { reads: 'one by one' } as const
