// What apply is at, drawn on standard error. The only file that knows listr2; results are apply's, not listr2's.
import type { Task } from '../model/plan.ts'
import type { Progress } from '../model/progress.ts'
import type { Outcome } from '../model/result.ts'
import { line, report, type Shown } from './shown.ts'

export async function createProgress(
  stream: NodeJS.WriteStream,
  quiet: boolean,
  tell: (line: Shown) => void,
): Promise<Progress> {
  if (quiet) return silent
  // A terminal that does not know its width cannot be drawn on.
  return stream.isTTY && stream.columns > 0 ? createDrawing(stream) : createLines(tell)
}

const silent: Progress = { begin: () => undefined, finish: () => undefined, close: async () => undefined }

const describe = report((task: Task) => {
  if (task.kind === 'issue') return `${task.host}: issue ${task.pair}`
  if (task.kind === 'install') return `${task.host}: install ${task.files.length} files`
  if (task.kind === 'restore') return `${task.host}: restore ${task.generation}`
  if (task.kind === 'service') return `${task.host}: ${task.action} ${task.name}`
  return `${task.host}: alarms`
})

function hasFailed(outcomes: readonly Outcome[]): boolean {
  return outcomes.some(({ status }) => status !== 'done' && status !== 'skipped')
}

function summarise(outcomes: readonly Outcome[]): string {
  if (hasFailed(outcomes)) return 'failed'
  return outcomes.some(({ status }) => status === 'skipped') ? 'skipped' : 'done'
}

/** One line a task, for logs. */
function createLines(tell: (line: Shown) => void): Progress {
  return {
    begin: () => undefined,
    finish: (task, outcomes) => tell(line`${summarise(outcomes)}: ${describe(task)}`),
    close: async () => undefined,
  }
}

/** As many tasks as are drawn one by one; more are counted. */
const maximumLines = 10

/** listr2 draws; each of its tasks waits for apply to finish the real one. */
async function createDrawing(stream: NodeJS.WriteStream): Promise<Progress> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2')
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stream, stream) })
  const settlers = new Map<Task, (failed: boolean) => void>()
  let drawn: Promise<unknown> = Promise.resolve()
  const follow = (task: Task) => new Promise<boolean>((resolve) => settlers.set(task, resolve))
  const draw = (lines: ReturnType<typeof oneByOne>) => {
    const rendererOptions = { logger }
    const list = new Listr(lines, {
      rendererOptions,
      concurrent: true,
      registerSignalListeners: false,
      exitOnError: false,
    })
    drawn = drawn.then(() => list.run())
  }
  return {
    begin: (tasks) => {
      if (tasks.length > 0)
        draw(tasks.length > maximumLines ? counted(tasks, follow) : oneByOne(tasks, follow))
    },
    finish: (task, outcomes) => settlers.get(task)?.(hasFailed(outcomes)),
    close: async () => {
      for (const settle of settlers.values()) settle(false)
      await drawn
    },
  }
}

type Follow = (task: Task) => Promise<boolean>

interface Line {
  readonly title: Shown
  readonly task: (context: unknown, line: { output: string | object }) => Promise<void>
}

function oneByOne(tasks: readonly Task[], follow: Follow): Line[] {
  return tasks.map((task) => {
    const failed = follow(task)
    const title = describe(task)
    return { title, task: async () => fail(await failed, title) }
  })
}

/** A list that is taller than the terminal cannot be drawn: one line counts. */
function counted(tasks: readonly Task[], follow: Follow): Line[] {
  const all = tasks.map(follow)
  const title = line`${tasks[0]?.kind ?? ''}: ${tasks.length} tasks`
  return [
    {
      title,
      task: async (_context, drawn) => {
        let done = 0
        const counts = all.map(async (each) => {
          const failed = await each
          done += 1
          drawn.output = `${done} of ${tasks.length}`
          return failed
        })
        fail((await Promise.all(counts)).includes(true), title)
      },
    },
  ]
}

function fail(failed: boolean, title: Shown): void {
  if (failed) throw new Error(title)
}
