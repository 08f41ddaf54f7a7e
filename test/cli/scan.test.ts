import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { casemate, goodPod, pod, workInFolder } from './support';

const write = workInFolder();
const baseline = ['scan', '--profile', 'baseline'];

describe('exit status', () => {
  test('is 0 where every control holds', async () => {
    write('good.yaml', goodPod);
    expect(await casemate([...baseline, 'good.yaml'])).toMatchObject({ status: 0, stderr: '' });
  });

  test('is 1 where one does not', async () => {
    write('web.yaml', pod);
    const { status, stdout } = await casemate([...baseline, 'web.yaml']);
    expect(status).toBe(1);
    expect(stdout).toContain('no-host-ipc  web.yaml:5:3');
  });

  test('counts findings at or above --fail-on alone', async () => {
    write('web.yaml', pod);
    expect((await casemate([...baseline, '--fail-on', 'high', 'web.yaml'])).status).toBe(1);
    expect((await casemate([...baseline, '--fail-on', 'critical', 'web.yaml'])).status).toBe(0);
  });

  test('is 2 where something could not be read, and the rest is reported all the same', async () => {
    mkdirSync('k8s');
    write('k8s/broken.yaml', 'kind: Pod\nspec: [\n');
    write('k8s/web.yaml', pod);
    const { status, stdout, stderr } = await casemate([...baseline, 'k8s']);
    expect(status).toBe(2);
    expect(stdout).toContain('no-privileged-containers');
    expect(stderr).toMatch(/^k8s\/broken\.yaml:\d+:\d+: error: .+ \(document 1\)\n$/);
  });

  test('is 2 where a path does not exist', async () => {
    write('web.yaml', goodPod);
    const { status, stderr } = await casemate(['scan', 'web.yaml', 'nowhere']);
    expect(status).toBe(2);
    expect(stderr).toContain('nowhere: error: does not exist');
  });

  test('is 2 where there is nothing to judge', async () => {
    write('empty.yaml', '# nothing\n');
    const { status, stdout, stderr } = await casemate(['scan', 'empty.yaml']);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: found no Kubernetes objects in empty.yaml\n',
    });
  });

  test('is not changed by warnings, which are shown', async () => {
    write('twice.yaml', goodPod.replace('kind: Pod', 'kind: Pod\nkind: Pod'));
    const { status, stderr } = await casemate([...baseline, 'twice.yaml']);
    expect(status).toBe(0);
    expect(stderr).toContain('twice.yaml:3:1: warning: ');
  });

  test.each([
    [['scan'], 'found no paths, expected files, folders, or - for stdin'],
    [['scan', '--profile', 'strict', 'x'], 'unknown profile "strict": expected baseline, restricted, hardened'],
    [['scan', '--kubernetes', '2.0', 'x'], "option '--kubernetes <minor>' argument '2.0' is invalid"],
    [['scan', '--fail-on', 'bad', 'x'], 'unknown severity "bad": expected critical, high, medium, low'],
    [['scan', '--format', 'xml', 'x'], 'Allowed choices are table, json, sarif'],
    [['scan', '--config', 'none.yaml', 'x'], 'none.yaml: cannot be read'],
    [['scan', '--frmat', 'json', 'x'], "unknown option '--frmat'"],
  ])('is 2 for %j, and nothing is printed on stdout', async (args, message) => {
    const { status, stdout, stderr } = await casemate(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('the configuration', () => {
  test('is ./casemate.yaml, if there is one', async () => {
    write('web.yaml', pod);
    write('casemate.yaml', 'profile: baseline\nfailOn: critical\n');
    const { status, stdout } = await casemate(['scan', 'web.yaml']);
    expect(status).toBe(0);
    expect(stdout).toContain('(baseline, Kubernetes 1.37)');
  });

  test('is the file that --config names, and options come before it', async () => {
    write('web.yaml', pod);
    write('casemate.yaml', 'profile: restricted\n');
    write('other.yaml', 'profile: hardened\nkubernetes: "1.35"\nfailOn: low\n');
    const args = ['scan', '--config', 'other.yaml', '--profile', 'baseline', '--fail-on', 'critical', 'web.yaml'];
    const { status, stdout } = await casemate(args);
    expect(status).toBe(0);
    expect(stdout).toContain('(baseline, Kubernetes 1.35)');
  });

  test('grants exemptions, which a manifest cannot grant itself', async () => {
    write('web.yaml', pod.replace('securityContext: {privileged: true}', ''));
    const exemption =
      '{control: no-host-ipc, object: {kind: Pod, namespace: shop, name: web}, reason: r, until: 9999-12-31}';
    expect((await casemate([...baseline, 'web.yaml'])).status).toBe(1);
    write('casemate.yaml', `exemptions: [${exemption}]\n`);
    const { status, stdout } = await casemate([...baseline, 'web.yaml']);
    expect(status).toBe(0);
    expect(stdout).toContain('1 exempted');
  });

  test('that is wrong is told where it is wrong', async () => {
    write('web.yaml', pod);
    write('casemate.yaml', 'profile: baseline\nfailon: low\n');
    const { status, stderr } = await casemate(['scan', 'web.yaml']);
    expect(status).toBe(2);
    expect(stderr).toBe(
      'error: casemate.yaml:2:1: found the unknown field "failon", expected profile, kubernetes, failOn, exemptions\n',
    );
  });
});

describe('the report', () => {
  test('as JSON is one object', async () => {
    write('web.yaml', pod);
    const { stdout } = await casemate([...baseline, '--format', 'json', 'web.yaml']);
    expect(JSON.parse(stdout)).toMatchObject({ profile: 'baseline', summary: { objects: 1 } });
  });

  test('is the same every time', async () => {
    write('web.yaml', pod);
    for (const format of ['table', 'json', 'sarif']) {
      const args = ['scan', '--format', format, 'web.yaml'];
      expect(await casemate(args)).toEqual(await casemate(args));
    }
  });

  test('goes to the file that --output names, and leaves nothing beside it', async () => {
    write('web.yaml', pod);
    write('report.json', 'old');
    const { status, stdout } = await casemate([...baseline, '--format', 'json', '--output', 'report.json', 'web.yaml']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(JSON.parse(readFileSync('report.json', 'utf8')).findings).toHaveLength(2);
    expect(readdirSync('.').sort()).toEqual(['report.json', 'web.yaml']);
  });

  test('is written through a link, which stays one', async () => {
    write('web.yaml', pod);
    write('target.txt', 'old');
    symlinkSync('target.txt', 'link.txt');
    await casemate([...baseline, '--output', 'link.txt', 'web.yaml']);
    expect(readFileSync('target.txt', 'utf8')).toContain('no-host-ipc');
  });

  test('goes to no file where something could not be read, but to stdout', async () => {
    write('web.yaml', `${pod}---\nspec: [\n`);
    const { status, stdout, stderr } = await casemate([...baseline, '--output', 'report.txt', 'web.yaml']);
    expect(status).toBe(2);
    expect(existsSync('report.txt')).toBe(false);
    expect(stdout).toContain('no-host-ipc');
    expect(stderr).toContain('report.txt is not written');
  });

  test('that cannot be written is a wrong call', async () => {
    write('web.yaml', pod);
    const { status, stderr } = await casemate([...baseline, '--output', 'no/such/folder.txt', 'web.yaml']);
    expect(status).toBe(2);
    expect(stderr).toContain('--output no/such/folder.txt: cannot be written');
  });
});

describe('on a terminal', () => {
  test('progress is shown, and gone before the report', async () => {
    write('web.yaml', pod);
    const { stdout, stderr } = await casemate([...baseline, 'web.yaml'], { isTTY: true });
    const clear = '\r\u001b[K';
    expect(stderr).toBe(`${clear}reading web.yaml${clear}judging 1 object${clear}`);
    expect(stdout).toContain('\u001b[31mhigh');
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('there is no colour with %j', async (env) => {
    write('web.yaml', pod);
    expect((await casemate([...baseline, 'web.yaml'], { isTTY: true, env })).stdout).not.toContain('\u001b');
  });

  test('names of files and keys in errors steer nothing', async () => {
    write('a\u001b[2J.yaml', '"\\e]0;x": 1\n"\\e]0;x": 1\n');
    const { stderr } = await casemate(['scan', 'a\u001b[2J.yaml']);
    expect(stderr).toContain('a\\u{1b}[2J.yaml');
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
