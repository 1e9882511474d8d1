/** Where business time comes from. Tests and the demo move it; nothing else may call `Date.now()`. */
export interface TimeSource {
  readonly now: () => Date
}

export const systemTime: TimeSource = { now: () => new Date() }
