/**
 * Lets Node read TypeScript, in worker threads too: `--import=tsx` by itself does so in the main thread alone. tsx keeps what it
 * transpiled; ts-node, which tap brings, does it anew in every process.
 */
import { register } from 'tsx/esm/api'

register()
