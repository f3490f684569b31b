// node main.js <gRPC address> <HTTP address> <MQTT address>
//
// Does what a café's POS, screen and gadget do, and prints one JSON object a line for each thing
// seen. It judges nothing: the test that starts it knows what must be seen.
import { randomUUID } from 'node:crypto';
import { grpcStream, mqttEvents, webSocket } from './followers.js';
import { call, connect, failure, fromFiles, fromReflection } from './grpc.js';

const [grpcAddress, webAddress, mqttAddress] = process.argv.slice(2);
const say = (what, seen) => console.log(JSON.stringify({ what, ...seen }));

const { services, kiosk: reflected } = await fromReflection(grpcAddress);
const menuOf = (Service) => call(connect(Service, grpcAddress), 'ListMenus', {});
say('reflection', { services, menu: (await menuOf(reflected.MenuService)).items });

const { OrderService, MenuService, EventService } = fromFiles();
const orders = connect(OrderService, grpcAddress);
say('menu', { menu: (await menuOf(MenuService)).items });

const wires = {
  grpc: await grpcStream(EventService, grpcAddress),
  ws: await webSocket(webAddress),
  mqtt: await mqttEvents(mqttAddress),
};

// Two large iced Americanos with an extra shot.
const wish = {
  requestId: randomUUID(),
  items: [{ menuId: 1, quantity: 2, options: [{ optionId: 2 }, { optionId: 12 }, { optionId: 21 }] }],
  payType: 'CARD',
  source: 'POS',
  externalId: 'POS-7',
};
const placed = await call(orders, 'PlaceOrder', wish);
say('placed', placed);
say('repeated', await call(orders, 'PlaceOrder', wish));
const { orderId } = placed.order;
const move = (status) => ({ requestId: randomUUID(), orderId, status });
for (const status of ['MAKING', 'READY']) say('moved', await call(orders, 'SetOrderStatus', move(status)));

for (const [wire, follower] of Object.entries(wires)) {
  say('seen', { wire, events: [await follower.next(), await follower.next(), await follower.next()] });
}

const items = [{ menuId: 1, quantity: 0 }, { menuId: 4711, quantity: 1 }];
const wrong = {
  fields: await failure(orders, 'PlaceOrder', { ...wish, requestId: 'not a UUID', items }),
  total: await failure(orders, 'PlaceOrder', { ...wish, requestId: randomUUID(), externalId: '', expectedTotal: 1 }),
  step: await failure(orders, 'SetOrderStatus', move('PENDING')),
  order: await failure(orders, 'GetOrder', { orderId: 'ORD-1-nobody' }),
};
say('errors', wrong);

const { epoch, seq } = placed.position;
const late = await webSocket(webAddress);
late.send('resume', { epoch, seq });
const frames = [];
do frames.push(await late.frame());
while (frames.at(-1).event !== 'resumed');
say('resumed', { frames });
late.send('brew', {});
say('refused', await late.frame());

// Otherwise the connections would keep the process alive.
for (const follower of [...Object.values(wires), late]) follower.close();
orders.close();
