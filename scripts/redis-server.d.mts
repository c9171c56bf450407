export interface RedisServer {
  readonly url: string;
  /** Starts the server again after `stop`, on the same port and empty. */
  start(): Promise<void>;
  /** Kills the server. */
  stop(): Promise<void>;
  /** `stop`, then `start`. */
  restart(): Promise<void>;
  /** From now on the server accepts connections, but does not answer. */
  hang(): void;
  close(): Promise<void>;
}

export interface RedisServerOptions {
  /** The server asks for it. */
  readonly password?: string;
  /** Files of a key and its certificate: the server speaks TLS only. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Address to listen on, with a password; default this machine only. */
  readonly host?: string;
}

/** Whether redis-server is installed. */
export function hasRedis(): boolean;

/**
 * Starts a server, and kills it when this process exits.
 * @throws Error if redis-server cannot be started
 */
export function startRedis(options?: RedisServerOptions): Promise<RedisServer>;
