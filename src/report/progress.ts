// What apply is at, drawn on standard error. The only file that knows listr2; results are apply's, not listr2's.
import type { Task } from '../model/plan.ts'
import type { Progress } from '../model/progress.ts'
import type { Outcome } from '../model/result.ts'

export async function createProgress(stream: NodeJS.WriteStream, quiet: boolean): Promise<Progress> {
  if (quiet) return silent
  // A terminal that does not know its width cannot be drawn on.
  return stream.isTTY && stream.columns > 0 ? createDrawing(stream) : createLines(stream)
}

const silent: Progress = { start: () => undefined, finish: () => undefined, close: async () => undefined }

function describe(task: Task): string {
  if (task.kind === 'issue') return `${task.host}: issue ${task.pair}`
  if (task.kind === 'install') return `${task.host}: install ${task.files.length} files`
  if (task.kind === 'service') return `${task.host}: ${task.action} ${task.name}`
  return `${task.host}: alarms`
}

function hasFailed(outcomes: readonly Outcome[]): boolean {
  return outcomes.some(({ status }) => status !== 'done' && status !== 'skipped')
}

/** One line a task, for logs. */
function createLines(stream: NodeJS.WriteStream): Progress {
  return {
    start: () => undefined,
    finish: (task, outcomes) =>
      stream.write(`${hasFailed(outcomes) ? 'failed' : 'done'}: ${describe(task)}\n`),
    close: async () => undefined,
  }
}

/** listr2 draws; each of its tasks waits for apply to finish the real one. */
async function createDrawing(stream: NodeJS.WriteStream): Promise<Progress> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2')
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stream, stream) })
  let settle: (failed: boolean) => void = () => undefined
  let drawn: Promise<unknown> = Promise.resolve()
  return {
    start: (task) => {
      const title = describe(task)
      const failed = new Promise<boolean>((resolve) => {
        settle = resolve
      })
      const draw = async () => {
        if (await failed) throw new Error(title)
      }
      const list = new Listr([{ title, task: draw }], {
        rendererOptions: { logger },
        registerSignalListeners: false,
        exitOnError: false,
      })
      drawn = drawn.then(() => list.run())
    },
    finish: (_task, outcomes) => settle(hasFailed(outcomes)),
    close: async () => {
      settle(false)
      await drawn
    },
  }
}
