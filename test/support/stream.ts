export interface Message {
  readonly id?: string
  readonly event?: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events freely
  readonly data?: any
  readonly comment?: string
}

/** Reads server-sent events from an answer, one message at a time; the end is undefined. */
export function readStream(answer: Response) {
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  async function next(): Promise<Message | undefined> {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const message = toMessage(text.slice(0, end))
        text = text.slice(end + 2)
        return message
      }
      const { value, done } = await reader.read()
      if (done) return undefined
      text += decoder.decode(value, { stream: true })
    }
  }
  return {
    next,
    /** The next that fits; undefined when the stream ends before. */
    async until(fits: (message: Message) => boolean): Promise<Message | undefined> {
      for (;;) {
        const message = await next()
        if (!message || fits(message)) return message
      }
    },
    cancel: () => reader.cancel(),
  }
}

function toMessage(block: string): Message {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? []
    fields[name || 'comment'] = value
  }
  return { ...fields, ...(fields.data !== undefined && { data: JSON.parse(fields.data) }) }
}
