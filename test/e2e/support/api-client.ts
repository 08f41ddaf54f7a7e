import { Agent, request } from 'node:https';
import type { JsonObject } from '../../../inventory';

export interface Answer {
  readonly status: number;
  /** What the API server said; `{ text }` where that is not JSON. */
  readonly body: JsonObject;
  /** The texts of the Warning headers, in their order. */
  readonly warnings: readonly string[];
  /** By which the audit log names the request. */
  readonly auditId: string;
}

export interface RequestOptions {
  readonly body?: JsonObject;
  /** @default application/json */
  readonly contentType?: string;
  /** Everything happens, admission included, but nothing is stored. @default false */
  readonly dryRun?: boolean;
  /** The user to act as. @default the client's own */
  readonly as?: string;
}

interface Resource {
  readonly name: string;
  readonly namespaced: boolean;
}

/** Talks to an API server as JSON over HTTPS, with a bearer token. */
export class ApiClient {
  private readonly agent: Agent;
  private readonly resources = new Map<string, Promise<ReadonlyMap<string, Resource>>>();

  /** @param certificate PEM of the certificate that the API server shows */
  public constructor(
    private readonly server: string,
    certificate: string,
    private readonly token: string,
  ) {
    this.agent = new Agent({ keepAlive: true, ca: certificate });
  }

  public get(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request('GET', path, options);
  }

  public async create(object: JsonObject, options: RequestOptions = {}): Promise<Answer> {
    return this.request('POST', await this.pathOf(object, false), { ...options, body: object });
  }

  /** Replaces the object, or one of its subresources. */
  public async update(object: JsonObject, options: RequestOptions & { subresource?: string } = {}): Promise<Answer> {
    const { subresource, ...rest } = options;
    const path = await this.pathOf(object);
    return this.request('PUT', subresource === undefined ? path : `${path}/${subresource}`, { ...rest, body: object });
  }

  /** Server-side apply. */
  public async apply(object: JsonObject, options: RequestOptions = {}): Promise<Answer> {
    return this.request('PATCH', `${await this.pathOf(object)}?fieldManager=test&force=true`, {
      ...options,
      body: object,
      contentType: 'application/apply-patch+yaml',
    });
  }

  public async delete(object: JsonObject, options: RequestOptions = {}): Promise<Answer> {
    return this.request('DELETE', await this.pathOf(object), options);
  }

  /** The URL path of an object, or of the collection it would be created in. */
  public async pathOf(object: JsonObject, named = true): Promise<string> {
    const { apiVersion, kind } = object as { apiVersion: string; kind: string };
    const metadata = object.metadata as { namespace?: string; name?: string };
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resource = (await this.discover(root)).get(kind);
    if (resource === undefined) throw new Error(`the API server knows no ${kind} in ${apiVersion}`);
    const scope = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${root}${scope}/${resource.name}${named ? `/${metadata.name}` : ''}`;
  }

  public request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body, contentType = 'application/json', dryRun = false, as } = options;
    const url = new URL(path, this.server);
    if (dryRun) url.searchParams.set('dryRun', 'All');
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}`, accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = contentType;
    if (as !== undefined) headers['impersonate-user'] = as;
    return new Promise((resolve, reject) => {
      const call = request(url, { method, headers, agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            body: response.headers['content-type']?.includes('json') ? JSON.parse(text) : { text },
            warnings: warningsOf(response.rawHeaders),
            auditId: String(response.headers['audit-id']),
          });
        });
      });
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  public close(): void {
    this.agent.destroy();
  }

  private discover(root: string): Promise<ReadonlyMap<string, Resource>> {
    let resources = this.resources.get(root);
    if (resources === undefined) {
      resources = this.get(root).then(({ body }) => {
        const list = (body.resources ?? []) as unknown as (Resource & { kind: string })[];
        return new Map(list.filter(({ name }) => !name.includes('/')).map((resource) => [resource.kind, resource]));
      });
      this.resources.set(root, resources);
    }
    return resources;
  }
}

/** `299 - "text"`, with quotes and backslashes escaped (RFC 7234, 5.5). */
function warningsOf(rawHeaders: readonly string[]): string[] {
  return rawHeaders.flatMap((name, index) => {
    if (index % 2 === 1 || name.toLowerCase() !== 'warning') return [];
    const quoted = /^\d+ \S+ "(.*)"$/.exec(rawHeaders[index + 1] ?? '')?.[1];
    return quoted === undefined ? [] : [quoted.replace(/\\(.)/g, '$1')];
  });
}
