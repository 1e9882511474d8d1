/** Mulberry32: the same seed makes the same faults, as far as the machine keeps the same pace. */
export function createChance(seed: number) {
  let state = seed | 0
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    happens: (share: number) => unit() < share,
    between: (from: number, to: number) => from + unit() * (to - from),
    below: (count: number) => Math.floor(unit() * count),
  }
}

export type Chance = ReturnType<typeof createChance>
