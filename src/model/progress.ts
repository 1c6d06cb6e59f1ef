import type { Task } from './plan.ts'
import type { Outcome } from './result.ts'

/** Told what apply is at; draws it or not. Results never depend on it. */
export interface Progress {
  /** These are worked on now, together. */
  begin(tasks: readonly Task[]): void
  finish(task: Task, outcomes: readonly Outcome[]): void
  /** Resolves when nothing more will be drawn. */
  close(): Promise<void>
}
