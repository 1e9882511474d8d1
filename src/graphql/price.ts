/** What a field costs: itself, and how many times what is selected in it. Read before anything is executed. */
export interface Price {
  readonly own: number
  /** Multiplied by `first`. */
  readonly page?: boolean
  /** Multiplied by the length of this argument. */
  readonly perItemOf?: string
}

export const priced = (price: Price) => ({ price })

/** How a relation of many parents is read: as one statement for the level, or for one parent after the other. */
export const together = { reads: 'together' } as const
export const oneByOne = { reads: 'one by one' } as const
