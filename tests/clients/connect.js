// node connect.js <HTTP address> <gRPC address> <descriptor set>
//
// A Connect client of the box, which knows the contract by its descriptors, places an order and makes
// mistakes; a gRPC client makes the same ones. Prints one JSON object a line for each thing seen.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { connect, failure, fromFiles } from './grpc.js';

const [webAddress, grpcAddress, descriptors] = process.argv.slice(2);
const say = (what, seen) => console.log(JSON.stringify({ what, ...seen }));

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const transport = createConnectTransport({
  baseUrl: `http://${webAddress}`,
  httpVersion: '1.1',
  useBinaryFormat: false,
});
const OrderService = registry.getService('kiosk.v1.OrderService');
const orders = createClient(OrderService, transport);
const grpcOrders = connect(fromFiles().OrderService, grpcAddress);

const wish = { requestId: randomUUID(), items: [{ menuId: 17, quantity: 2 }], payType: 1 };
const json = (answer) => toJson(OrderService.method.placeOrder.output, answer, { alwaysEmitImplicit: true });
say('placed', json(await orders.placeOrder(wish)));
say('repeated', json(await orders.placeOrder(wish)));

const mistakes = {
  fields: ['PlaceOrder', { ...wish, requestId: 'not a UUID', items: [{ menuId: 1, quantity: 0 }] }],
  total: ['PlaceOrder', { ...wish, requestId: randomUUID(), expectedTotal: 1 }],
  order: ['GetOrder', { orderId: 'ORD-1-nobody' }],
};
for (const [name, [method, message]] of Object.entries(mistakes)) {
  say('mistake', {
    name,
    connect: await refusal(orders[method[0].toLowerCase() + method.slice(1)](message)),
    grpc: await failure(grpcOrders, method, message),
  });
}
grpcOrders.close();

// The error of a call that must fail, as `failure` tells gRPC's.
async function refusal(call) {
  try {
    return { unexpected: String(await call) };
  } catch (error) {
    const { code, rawMessage: message, details } = ConnectError.from(error);
    const word = Code[code].replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
    return { code: word, message, details: details.map(({ type, debug }) => ({ type, ...debug })) };
  }
}
