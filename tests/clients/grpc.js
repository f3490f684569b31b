// gRPC as a POS written in JavaScript speaks it: @grpc/grpc-js and our .proto files.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import descriptor from 'protobufjs/ext/descriptor/index.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const OURS = path.join(HERE, '../../proto');
const FORM = { longs: Number, enums: String, defaults: true, oneofs: true };

// The services of kiosk.v1, by our .proto files: `{OrderService, MenuService, …}`.
export function fromFiles() {
  const files = ['order', 'menu', 'event'].map((name) => `kiosk/v1/${name}.proto`);
  return servicesOf(loader.loadSync(files, { ...FORM, includeDirs: [OURS] }));
}

// The same services, knowing only the address: the server describes itself.
export async function fromReflection(address) {
  const client = connect(reflectionService(), address);
  const stream = client.ServerReflectionInfo();
  const answers = stream[Symbol.asyncIterator]();
  const ask = async (request) => {
    stream.write(request);
    return (await answers.next()).value;
  };
  const { listServicesResponse } = await ask({ listServices: '' });
  const services = listServicesResponse.service.map(({ name }) => name);
  const files = new Map();
  const wanted = [{ fileContainingSymbol: 'kiosk.v1.MenuService' }];
  for (const request of wanted) {
    const { fileDescriptorResponse } = await ask(request);
    for (const bytes of fileDescriptorResponse.fileDescriptorProto) {
      const file = descriptor.FileDescriptorProto.decode(bytes);
      if (files.has(file.name)) continue;
      files.set(file.name, file);
      wanted.push(...file.dependency.map((fileByFilename) => ({ fileByFilename })));
    }
  }
  stream.end();
  client.close();
  const set = descriptor.FileDescriptorSet.fromObject({ file: [...files.values()] });
  return { services, kiosk: servicesOf(loader.loadFileDescriptorSetFromObject(set, FORM)) };
}

export function connect(Service, address) {
  return new Service(address, grpc.credentials.createInsecure());
}

// A unary call; rejects with a ServiceError.
export function call(client, method, message) {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 10_000;
    client[method](message, { deadline }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

// The error of a call that must fail: its code's name, its message, and its google.rpc details.
export async function failure(client, method, message) {
  try {
    return { unexpected: await call(client, method, message) };
  } catch (error) {
    const [bytes] = error.metadata.get('grpc-status-details-bin');
    return { code: grpc.status[error.code], message: error.details, details: bytes ? details(bytes) : [] };
  }
}

const RPC = loader.loadSync('status.proto', { ...FORM, includeDirs: [HERE] });

function details(bytes) {
  return RPC['google.rpc.Status'].deserialize(bytes).details.map(({ type_url: url, value }) => {
    const type = url.split('/').pop();
    return { type, ...RPC[type]?.deserialize(value) };
  });
}

function servicesOf(definition) {
  return grpc.loadPackageDefinition(definition).kiosk.v1;
}

// gRPC's own package of the reflection protocol brings its .proto file.
function reflectionService() {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'));
  const file = path.join(folder, 'build/proto/grpc/reflection/v1/reflection.proto');
  return grpc.loadPackageDefinition(loader.loadSync(file, FORM)).grpc.reflection.v1.ServerReflection;
}
