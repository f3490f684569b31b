// Three ways to follow the events, each with the library that most people take for it. Each gives
// `{ next(), close() }`, where `next` is the next durable event in one shape: `{event, epoch, seq, orderId, status}`.
import { on, once } from 'node:events';
import mqtt from 'mqtt';
import WebSocket from 'ws';
import { call, connect } from './grpc.js';

// What the wires name differently: on gRPC an event is known by its field.
const NAMES = { orderCreated: 'order:created', orderStatusChanged: 'order:status_changed' };

export async function grpcStream(EventService, address) {
  const client = connect(EventService, address);
  const stream = client.Subscribe({});
  const messages = stream[Symbol.asyncIterator]();
  const { value } = await messages.next();
  if (value.message !== 'resumed') throw new Error(`expected resumed, not ${value.message}`);
  const next = async () => {
    const { event } = (await messages.next()).value;
    const { orderId, status } = event[event.payload];
    return { event: NAMES[event.payload], ...event.position, orderId, status };
  };
  // A cancelled stream ends with an error, which nobody waits for any more.
  const close = () => {
    stream.on('error', () => {});
    stream.cancel();
    client.close();
  };
  return { next, close };
}

export async function webSocket(address) {
  const socket = new WebSocket(`ws://${address}/ws`);
  const messages = on(socket, 'message');
  const frame = async () => JSON.parse((await messages.next()).value[0]);
  const hello = await frame();
  const next = async () => seen(await frame());
  const send = (event, data) => socket.send(JSON.stringify({ event, id: event, data }));
  return { hello, frame, next, send, close: () => socket.close() };
}

export async function mqttEvents(address) {
  const client = mqtt.connect(`mqtt://${address}`);
  await once(client, 'connect');
  const messages = on(client, 'message');
  await client.subscribeAsync('kiosk/+/event/order/#', { qos: 1 });
  const next = async () => seen(JSON.parse((await messages.next()).value[1]));
  return { next, close: () => client.end() };
}

function seen({ event, epoch, seq, data }) {
  return { event, epoch, seq, orderId: data?.orderId, status: data?.status };
}
