/**
 * Chance that repeats: the same seed and name give the same numbers on every machine. Each kind of thing draws from a
 * stream of its own, so that one more draw for mentors does not change every referral.
 */
export function createRandom(seed, name) {
  let state = hash(`${seed} ${name}`)
  /** mulberry32: 32 bits. */
  function bits() {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const unit = () => bits() / 2 ** 32
  const random = {
    unit,
    bits,
    chance: (share) => unit() < share,
    between: (from, to) => from + unit() * (to - from),
    /** A whole number from 0 on, below `count`. */
    below: (count) => Math.floor(unit() * count),
    one: (list) => list[Math.floor(unit() * list.length)],
    /** Waiting times and lengths: many short, few long. */
    exponential: (mean) => -Math.log(1 - unit()) * mean,
    some: (list, count) => {
      const left = [...list]
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(unit() * left.length), 1)[0])
    },
    /** UUIDv7 by shape: sorts by its instant, like those that the service makes. */
    id: (ms) => {
      const [a, b, c] = [bits(), bits(), bits()]
      const at = hex(Math.floor(ms), 12)
      return `${at.slice(0, 8)}-${at.slice(8)}-7${hex(a >>> 20, 3)}-${hex(0x8000 | ((a >>> 4) & 0x3fff), 4)}-${hex(b, 8)}${hex(c >>> 16, 4)}`
    },
  }
  return random
}

const hex = (value, digits) => value.toString(16).padStart(digits, '0')

/** FNV-1a. */
function hash(text) {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value | 0
}

/** Draws from `[[value, weight], …]`. */
export function weighted(pairs) {
  const total = pairs.reduce((sum, [, weight]) => sum + weight, 0)
  return (random) => {
    let left = random.unit() * total
    for (const [value, weight] of pairs) {
      left -= weight
      if (left < 0) return value
    }
    return pairs.at(-1)[0]
  }
}
