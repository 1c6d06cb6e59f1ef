// Programs that certwright starts lead process groups of their own: a Ctrl-C at the terminal is not theirs to see, and
// whatever they started ends with them. None of them outlives certwright, unless that is killed outright.

const leaders = new Set<number>()
let watched = false

/** To be called as soon as a program has been started (detached). */
export function leadGroup(child: {
  readonly pid?: number | undefined
  once(event: 'exit', then: () => void): unknown
}): void {
  const { pid } = child
  if (pid === undefined) return
  if (!watched) {
    process.on('exit', () => {
      for (const each of leaders) endGroup(each, 'SIGKILL')
    })
    watched = true
  }
  leaders.add(pid)
  child.once('exit', () => leaders.delete(pid))
}

export function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
