// The vendor's own clients against a camfleet server; what each of them saw goes to stdout, one JSON line each.
//
// Usage: node clients.js PLAN, PLAN being JSON: {folder, port, id, secret, name}; `folder` holds node_modules.
'use strict';

const path = require('path');
const { createRequire } = require('module');

const plan = JSON.parse(process.argv[2]);
const load = createRequire(path.join(plan.folder, 'package.json'));
const VERSION = '2020-05-15';
const wrong = 'not-' + plan.secret;

// A call: (action, fields, secret) => the answer, or throws. Lists are JSON text, as the vendor's SDKs send them.

function popCore(method) {
  const { RPCClient } = load('@alicloud/pop-core');
  return (action, fields, secret) => {
    const client = new RPCClient({
      accessKeyId: plan.id, accessKeySecret: secret, endpoint: `http://127.0.0.1:${plan.port}`, apiVersion: VERSION,
      codes: ['0'], opts: { timeout: 20000 }, // a Code that is "0" is an error to it unless it is told
    });
    return client.request(action, fields, { method });
  };
}

function openApi(module, signature, method) {
  const loaded = load(module);
  const Client = loaded.default;
  const { Config, Params, OpenApiRequest } = loaded.$OpenApiUtil || loaded;
  const { RuntimeOptions } = loaded.$OpenApiUtil ? load('@darabonba/typescript') : load('@alicloud/tea-util');
  return async (action, fields, secret) => {
    const client = new Client(new Config({
      accessKeyId: plan.id, accessKeySecret: secret, endpoint: `127.0.0.1:${plan.port}`, protocol: 'HTTP',
      regionId: 'cn-hangzhou', readTimeout: 20000, connectTimeout: 20000,
    }));
    if (signature) client._signatureAlgorithm = signature;
    const params = new Params({
      action, version: VERSION, protocol: 'HTTP', pathname: '/', method, authType: 'AK', style: 'RPC',
      reqBodyType: 'formData', bodyType: 'json',
    });
    const request = new OpenApiRequest(method === 'GET' ? { query: fields } : { body: fields });
    return (await client.callApi(params, request, new RuntimeOptions({}))).body;
  };
}

function rpcClient(method) {
  const { default: Client, Config } = load('@alicloud/rpc-client');
  const { RuntimeOptions } = load('@alicloud/tea-util');
  return (action, fields, secret) => {
    const client = new Client(new Config({
      accessKeyId: plan.id, accessKeySecret: secret, endpoint: `127.0.0.1:${plan.port}`, protocol: 'HTTP',
      regionId: 'cn-hangzhou', readTimeout: 20000, connectTimeout: 20000,
    }));
    const [query, body] = method === 'GET' ? [fields, null] : [null, fields];
    return client.doRequest(action, 'HTTP', method, VERSION, 'AK', query, body, new RuntimeOptions({}));
  };
}

const CALLS = {
  'pop-core GET': () => popCore('GET'),
  'pop-core POST': () => popCore('POST'),
  'pop-core post': () => popCore('post'),
  'openapi-client ACS3': () => openApi('@alicloud/openapi-client', '', 'POST'),
  'openapi-client ACS3 GET': () => openApi('@alicloud/openapi-client', '', 'GET'),
  'openapi-client v2': () => openApi('@alicloud/openapi-client', 'v2', 'POST'),
  'openapi-core ACS3': () => openApi('@alicloud/openapi-core', '', 'POST'),
  'openapi-core v2': () => openApi('@alicloud/openapi-core', 'v2', 'POST'),
  'rpc-client POST': () => rpcClient('POST'),
  'rpc-client GET': () => rpcClient('GET'),
};

/** What a client makes of an error: {code, message}; null when it took it for a success. */
async function errorOf(call) {
  try {
    await call();
  } catch (error) {
    return { code: String(error.code), message: String(error.message) };
  }
  return null;
}

async function life(call) {
  const created = await call('CreateComputeInstance', {
    InstanceName: plan.name,
    AlgorithmType: 'PICTURE',
    Devices: JSON.stringify([{ DeviceId: '1', StartStream: false }]),
    Algorithms: JSON.stringify([{ AlgorithmId: '1', AlgorithmName: '人脸算法' }]),
    ScheduleType: 'EVERYDAY',
    ScheduleTimes: JSON.stringify([{ StartTime: '10:00:00', EndTime: '11:00:00' }]),
  }, plan.secret);
  const id = created.Data.InstanceId;
  const list = await call('ListInstances', { InstanceName: plan.name, PageSize: 100 }, plan.secret);
  // What generic clients make of an array: InstanceIds.1
  const deleted = await call('BatchDeleteInstance', { 'InstanceIds.1': id }, plan.secret);
  const after = await call('ListInstances', { PageSize: 100 }, plan.secret);
  return {
    created: created.Code,
    id,
    listed: list.Data.Items.filter((item) => item.InstanceId === id).map((item) => item.InstanceName),
    algorithms: list.Data.Items.flatMap((item) => item.Algorithms.map((one) => one.AlgorithmName)),
    deleted: deleted.Code,
    left: after.Data.Items.length,
    wrongSecret: await errorOf(() => call('ListInstances', {}, wrong)),
    wrongAction: await errorOf(() => call('StartInstance', {}, plan.secret)),
    missing: await errorOf(() => call('BatchDeleteInstance', {}, plan.secret)),
    failed: await errorOf(() => call('BatchDeleteInstance', { InstanceIds: JSON.stringify([id]) }, plan.secret)),
  };
}

async function main() {
  for (const [name, make] of Object.entries(CALLS)) {
    let saw;
    try {
      saw = await life(make());
    } catch (error) {
      saw = { error: String(error.stack || error) };
    }
    console.log(JSON.stringify({ client: name, ...saw }));
  }
}

main().then(() => process.exit(0));
