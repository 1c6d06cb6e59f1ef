// What comes back from a host, bounded in every direction: bytes and records an answer, time an answer, and work a byte.
import { HostError } from '../../model/host.ts'
import { endGroup } from '../process-group.ts'
import { explainSsh } from './errors.ts'

/** What a script printed: records of fields, in order. */
export type Records = readonly (readonly string[])[]

export interface Bounds {
  /** From the question to the end of its answer, however often something comes in between. */
  readonly timeoutMs: number
  readonly maximumBytes: number
}

interface Talker {
  readonly pid?: number | undefined
  readonly stdout: NodeJS.ReadableStream | null
  readonly stderr: NodeJS.ReadableStream | null
}

const maximumRecords = 100_000
/** No record has more; what follows is not looked at. */
const maximumFields = 64

interface Waiting {
  readonly resolve: (records: Records) => void
  readonly reject: (error: Error) => void
}

/** Collects the records of one answer after another; lines without the nonce are somebody else's. */
export function readAnswers(
  child: Talker,
  exited: Promise<{ exitCode?: number | undefined }>,
  nonce: string,
) {
  const prefix = Buffer.from(`${nonce} `)
  const stderr = keepEnds(child.stderr)
  let records: string[][] = []
  let bytes = 0
  /** Before the first question: room for what start-up files say. */
  let maximumBytes = 1024 * 1024
  let waiting: Waiting | undefined
  let ended: HostError | undefined

  /** What a host that breaks the rules says afterwards is not listened to, and nothing of it is waited for. */
  const stop = (error: HostError) => {
    if (ended) return
    finish(error)
    child.stdout?.removeAllListeners('data').resume()
    endGroup(child.pid, 'SIGKILL')
  }
  const finish = (error: HostError) => {
    ended ??= error
    records = []
    waiting?.reject(ended)
    waiting = undefined
  }
  const take = (line: Buffer) => {
    if (ended || !line.subarray(0, prefix.length).equals(prefix)) return
    if (!waiting) return stop(new HostError('it spoke without having been asked', true))
    const fields = line.toString('latin1', prefix.length).split(' ', maximumFields)
    if (fields[0] !== 'end') {
      if (records.push(fields) > maximumRecords)
        stop(new HostError(`it answers with more than ${maximumRecords} records`, true))
      return
    }
    waiting.resolve(records)
    waiting = undefined
    records = []
    bytes = 0
  }
  const lines = splitLines(take)
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maximumBytes)
      stop(new HostError(`it answers with more than ${Math.floor(maximumBytes / 1024)} KiB`, true))
    else lines(chunk)
  })
  void exited.then(({ exitCode }) => finish(new HostError(explainSsh(stderr(), exitCode), true)))
  return {
    next: (bounds: Bounds): Promise<Records> =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended)
        maximumBytes = bounds.maximumBytes
        const timer = setTimeout(
          () => stop(new HostError(`it did not answer within ${bounds.timeoutMs / 1000} s`, true)),
          bounds.timeoutMs,
        )
        waiting = {
          resolve: (found) => {
            clearTimeout(timer)
            resolve(found)
          },
          reject: (error) => {
            clearTimeout(timer)
            reject(error)
          },
        }
      }),
  }
}

/** Every byte is looked at once, however long a line grows. */
function splitLines(take: (line: Buffer) => void): (chunk: Buffer) => void {
  let begun: Buffer[] = []
  return (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const part = chunk.subarray(from, end)
      take(begun.length === 0 ? part : Buffer.concat([...begun, part]))
      begun = []
      from = end + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
}

const keptBytes = 4096

/** The beginning and the end of what is said on a stream: ssh explains itself in one of them. */
function keepEnds(stream: NodeJS.ReadableStream | null): () => string {
  let head = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  stream?.on('data', (chunk: Buffer) => {
    const room = keptBytes - head.length
    if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)])
    if (chunk.length > room)
      tail = Buffer.concat([tail, chunk.subarray(Math.max(room, 0))]).subarray(-keptBytes)
  })
  return () => Buffer.concat([head, tail]).toString('utf8')
}
