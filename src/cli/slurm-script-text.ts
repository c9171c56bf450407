/** The script of an array job of Slurm. */

import { ATTEMPTS } from '../crossval/index.js';
import { EXIT_CODES } from '../util/errors.js';
import { shellWord } from '../util/shell.js';

export interface SlurmJob {
  readonly tasks: number;
  readonly name: string;
  /** CPUs of a task. */
  readonly cpus: number;
  /** As Slurm writes them; the cluster's defaults if absent. */
  readonly time?: string;
  readonly mem?: string;
  readonly partition?: string;
  /** Absolute path of the folder in which the command was typed. */
  readonly folder: string;
  /** The words that start Lexel, such as node and its script. */
  readonly lexel: readonly string[];
  /** The words after `lexel loo`, without those below. */
  readonly options: readonly string[];
  /** Options whose values are variables of the shell: how the task's folds use its CPUs. */
  readonly parallel: readonly string[];
  /** The command that wrote the script. */
  readonly command: string;
}

/** Seconds before the time limit at which Slurm asks the task to stop. It may be up to a minute early. */
export const WARNING = 120;

/** A job whose tasks fail for a reason that no restart mends must end at some time. */
const MOST_RESTARTS = 10;

export function slurmScript(job: SlurmJob): string {
  const { tasks, name, cpus, time, mem, partition, folder, lexel, options, parallel, command } = job;
  const given = (option: string, value: string | undefined) =>
    value ? [`#SBATCH --${option}=${value}`] : [];
  const words = ['loo', ...options].map(shellWord).join(' ');
  return `${[
    '#!/bin/bash',
    `# An array job of Slurm that trains the folds of one run, in ${tasks} task${tasks === 1 ? '' : 's'}. Written by:`,
    `#   ${command}`,
    '# Submit it with sbatch, whose options win over those below.',
    '',
    `#SBATCH --job-name=${name}`,
    `#SBATCH --array=1-${tasks}`,
    `#SBATCH --cpus-per-task=${cpus}`,
    ...given('time', time),
    ...given('mem', mem),
    ...given('partition', partition),
    '# One log for each task. A task that is started again appends to its log.',
    '#SBATCH --output=%x-%A_%a.log',
    '#SBATCH --open-mode=append',
    '# A task may be started again. Slurm sends USR1 to this script before the time is over.',
    '#SBATCH --requeue',
    `#SBATCH --signal=B:USR1@${WARNING}`,
    '',
    `cd ${shellWord(folder)} || exit 1`,
    '',
    `lexel=(${lexel.map(shellWord).join(' ')})`,
    `task=("\${lexel[@]}" ${words} --array-job`,
    `  --shard "$SLURM_ARRAY_TASK_ID/${tasks}" ${parallel.join(' ')})`,
    '',
    '# A task that failed is not requeued after this number of restarts.',
    `most_restarts=${MOST_RESTARTS}`,
    ...BODY,
  ].join('\n')}\n`;
}

const { poisoned, failed } = EXIT_CODES;

const BODY = `
child=
asked=
signalled=

# stop SIGNAL: asks Lexel to stop. It then exits with ${EXIT_CODES.interrupted}, and the next start goes on from the last checkpoint.
stop() {
  asked=$1
  signalled=yes
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap 'stop USR1' USR1
trap 'stop TERM' TERM

"\${task[@]}" &
child=$!
# The signal may have come before the line above.
[ -z "$asked" ] || stop "$asked"

# A signal ends the wait early, with a code of its own: then this waits again. 127: Lexel's code is known already.
code=127
while :; do
  signalled=
  wait "$child"
  ended=$?
  [ "$ended" -eq 127 ] || code=$ended
  [ -n "$signalled" ] || break
done

# requeue WHY: has Slurm start this task again, on this or another node. Slurm then ends this script.
requeue() {
  echo "$1 (exit code $code). Requeueing the task."
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" || echo 'The task could not be requeued.'
}

restarts=\${SLURM_RESTART_COUNT:-0}
if [ "$code" -eq ${poisoned} ]; then
  # Trying again would change nothing: these folds failed every time (--attempts, by default ${ATTEMPTS}).
  echo "Poisoned folds are left (exit code $code). The task is not requeued."
elif [ "$asked" = USR1 ] && { [ "$code" -ge 128 ] || [ "$code" -eq ${failed} ]; }; then
  requeue 'Stopped before the time limit'
elif [ -z "$asked" ] && [ "$code" -eq ${failed} ] && [ "$restarts" -lt "$most_restarts" ]; then
  requeue 'Folds failed, or could not begin'
fi
exit "$code"`.split('\n');
