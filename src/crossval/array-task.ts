/**
 * The task of an array job that this process belongs to, from the variables that its scheduler sets.
 *
 * A process on another machine cannot be seen, so the lock that it holds is not taken over. A task that is started again
 * on another machine would then wait for ever for its own earlier start. But a scheduler starts a task again only after
 * its earlier start has ended:
 *
 * - Slurm requeues a task when its processes have ended on the node, or when the node is down.
 * - Kubernetes creates a pod for an index when the earlier pod has ended, or has been removed together with its node
 *   (`podReplacementPolicy: Failed`, which is the only policy beside a `podFailurePolicy`).
 *
 * So a later start of a task may take over the locks of its earlier starts; never the reverse, and never those of
 * another task. The guarantee fails if a node is given up although it still runs and reaches the disk. The earlier start
 * then sees before its next write that it no longer holds its locks (`checkHeld` in lock-file.ts), and its folds fail there.
 */

import * as z from '../util/zod.js';

export const ArrayTask = z.object({
  /** Names the task among all that share the disk, such as `slurm cluster 1234_5`. */
  name: z.string(),
  /** How often the scheduler had started the task before. */
  start: z.int().nonnegative(),
});
export type ArrayTask = z.infer<typeof ArrayTask>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The task and its number of earlier starts; null outside of a job. */
export function arrayTask(environment: Environment = process.env): ArrayTask | null {
  return slurmTask(environment) ?? kubernetesTask(environment);
}

/** Whether `holder` is an earlier start of the same task. */
export function isEarlierStart(holder: ArrayTask | undefined, task: ArrayTask | null): boolean {
  return !!holder && !!task && holder.name === task.name && holder.start < task.start;
}

/** An identifier of the pod if this is one of an Indexed Job: all pods of an index have the same host name. */
export function podOf({ JOB_COMPLETION_INDEX: index, LEXEL_POD }: Environment = process.env): string | null {
  return index !== undefined && LEXEL_POD ? LEXEL_POD : null;
}

function slurmTask(environment: Environment): ArrayTask | null {
  const { SLURM_CLUSTER_NAME: cluster = '', SLURM_JOB_ID: job, SLURM_RESTART_COUNT } = environment;
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: index } = environment;
  const start = count(SLURM_RESTART_COUNT);
  if (!job || start === null) return null;
  return { name: `slurm ${cluster} ${array && index ? `${array}_${index}` : job}`, start };
}

/** Needs variables that deploy/kubernetes/job.yaml sets from the pod's labels and annotations. */
function kubernetesTask(environment: Environment): ArrayTask | null {
  const { JOB_COMPLETION_INDEX: index, LEXEL_JOB: job } = environment;
  const [failed, ignored] = [count(environment.LEXEL_JOB_FAILURES), count(environment.LEXEL_JOB_IGNORED)];
  if (!index || !job || !podOf(environment) || failed === null || ignored === null) return null;
  return { name: `kubernetes ${job} ${index}`, start: failed + ignored };
}

/** A number that is absent or empty as long as it is 0; null if it is something else. */
function count(text = ''): number | null {
  return /^\d{0,9}$/.test(text) ? Number(text) : null;
}
