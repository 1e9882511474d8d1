/** What a field costs: itself, and how many times what is selected in it. Read before anything is executed. */
export interface Price {
  readonly own: number
  /** Multiplied by `first`. */
  readonly page?: boolean
  /** Multiplied by the length of this argument. */
  readonly perItemOf?: string
}

export const priced = (price: Price) => ({ price })
