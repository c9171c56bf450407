/** A Redis server of the test's own. Where it is missing, tests that need it are skipped with a message. */
import { hasRedis as isInstalled } from '../../scripts/redis-server.mjs';

export { type RedisServer, startRedis } from '../../scripts/redis-server.mjs';

/** Whether redis-server is installed; prints a message if not. */
export function hasRedis(): boolean {
  const there = isInstalled();
  if (!there) console.warn('skipped: redis-server is not installed');
  return there;
}
