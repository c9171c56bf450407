/** A cluster of Slurm with one node, in a temporary folder and on free ports. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const PATH = [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter);

export interface SlurmCluster {
  /** A folder for files of the test. */
  readonly folder: string;
  /** For `sbatch` and the other commands. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command of Slurm. @throws Error with what it printed */
  call(command: string, ...args: string[]): string;
  /** Ends the daemons and what they have started, and removes the folder. */
  stop(): Promise<void>;
}

/** Starts a cluster; a reason, as text, if that is not possible here. */
export async function startSlurm(): Promise<SlurmCluster | string> {
  if (process.getuid?.() !== 0) return 'its daemons need root';
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'scontrol'].filter(
    (name) => !isInstalled(name),
  );
  if (missing.length > 0) return `no ${missing.join(', ')}`;
  const folder = mkdtempSync(join(tmpdir(), 'lexel-slurm-'));
  const at = (name: string) => join(folder, name);
  for (const name of ['state', 'spool']) mkdirSync(at(name));
  writeFileSync(at('key'), randomBytes(128), { mode: 0o600 });
  const [controller, node] = [await freePort(), await freePort()];
  const host = hostname().split('.')[0];
  const conf = at('slurm.conf');
  writeFileSync(
    conf,
    `ClusterName=lexel
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
AuthType=auth/munge
# A requeued task waits as long as a credential is valid, at least 5 seconds.
AuthInfo=socket=${at('munge')},cred_expire=5
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${at('state')}
SlurmdSpoolDir=${at('spool')}
SlurmctldPidFile=${at('slurmctld.pid')}
SlurmdPidFile=${at('slurmd.pid')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=2,batch_sched_delay=1
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=5
NodeName=${host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=test Nodes=${host} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env: NodeJS.ProcessEnv = { ...process.env, PATH, SLURM_CONF: conf };
  // In a job of another cluster, these would be passed on.
  for (const name of Object.keys(env)) if (/^(SLURM_(?!CONF)|SBATCH_)/.test(name)) delete env[name];
  const daemons: { child: ChildProcess; output: string }[] = [];
  const start = (command: string, ...args: string[]) => {
    const daemon = { child: spawn(command, args, { env }), output: '' };
    const add = (chunk: Buffer) => {
      daemon.output += chunk;
    };
    daemon.child.stdout?.on('data', add);
    daemon.child.stderr?.on('data', add);
    daemons.push(daemon);
  };
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { env, cwd: folder, encoding: 'utf8' });
  const call = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = run(command, ...args);
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  };
  const stop = async () => {
    run('scancel', '--user=root');
    for (const { child } of daemons.toReversed()) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const munge = [
    'key-file=key',
    'socket=munge',
    'pid-file=munged.pid',
    'log-file=munged.log',
    'seed-file=seed',
  ];
  start('munged', '--foreground', '--force', ...munge.map((one) => `--${one.replace('=', `=${folder}/`)}`));
  await until(() => existsSync(at('munge')));
  start('slurmctld', '-D', '-f', conf);
  start('slurmd', '-D', '-f', conf);
  const idle = () => run('sinfo', '--noheader', '--format=%t').stdout.trim() === 'idle';
  if (await until(idle)) return { folder, env, call, stop };
  const said = daemons.map(({ output }) => output.trim().split('\n').slice(-3).join('\n')).join('\n');
  await stop();
  return `it does not start:\n${said}`;
}

const isInstalled = (name: string) => PATH.split(delimiter).some((folder) => existsSync(join(folder, name)));

/** @returns false if that did not become true in time */
export async function until(condition: () => boolean, seconds = 30): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > end) return false;
    await new Promise((done) => setTimeout(done, 200));
  }
  return true;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
