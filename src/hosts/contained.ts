// The one boundary between a host and the run: whatever is thrown beyond it is a HostError of that host, and whatever
// comes back has the shape and the ranges that everything else relies on. One host harms no other.
import { type Host, HostError } from '../model/host.ts'
import { asHostError, oneLine } from '../model/unexpected.ts'
import { checkAnswer, checkOutcome } from './answer.ts'
import { checkCanaries } from './canaries.ts'

/** A public key or a signature is smaller, whatever its type. */
const maximumKeyBytes = 8192
const maximumFileBytes = 1024 * 1024

export function containHost(host: Host): Host {
  return {
    name: host.name,
    lock: (request) => contain(() => host.lock(request)),
    gather: (request) => contain(async () => checkAnswer(request, await host.gather(request))),
    generateKey: (request) =>
      contain(async () => {
        const staged = await host.generateKey(request)
        return { ...staged, spki: small(staged.spki, maximumKeyBytes) }
      }),
    readPublicKey: (location) =>
      contain(async () => small(await host.readPublicKey(location), maximumKeyBytes)),
    sign: (request) => contain(async () => small(await host.sign(request), maximumKeyBytes)),
    readPrivateKey: (location) =>
      contain(async () => small(await host.readPrivateKey(location), maximumFileBytes)),
    install: (transaction) => contain(() => host.install(transaction)),
    restore: (request) => contain(() => host.restore(request)),
    listGenerations: () => contain(() => host.listGenerations()),
    findSuperseded: (paths) => contain(() => host.findSuperseded(paths)),
    forget: (generations) => contain(() => host.forget(generations)),
    run: (command) => contain(async () => checkOutcome(await host.run(command))),
    probeTls: (probe) => contain(() => host.probeTls(probe)),
    presentCanaries: (request) =>
      contain(async () => checkCanaries(request, await host.presentCanaries(request))),
    writeState: (path, text) => contain(() => host.writeState(path, text)),
    // What is left behind is swept by the next run; nothing that fails here may hide what was done.
    discard: () => contain(() => host.discard()).catch(() => undefined),
    close: () => contain(() => host.close()).catch(() => undefined),
  }
}

async function contain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const known = asHostError(error)
    known.message = oneLine(known.message)
    throw known
  }
}

function small(bytes: Uint8Array, maximum: number): Uint8Array {
  if (bytes.length > 0 && bytes.length <= maximum) return bytes
  throw new HostError(`it hands out ${bytes.length} bytes where a key or a signature belongs`)
}
