// node tls.js <gRPC address> <HTTPS address> <the CA's certificate>
//
// Clients that trust a box's CA, by the options that their libraries have for it, and one that does
// not. Prints one JSON object a line for each thing seen.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import grpc from '@grpc/grpc-js';
import { io } from 'socket.io-client';
import WebSocket from 'ws';
import { call, fromFiles } from './grpc.js';

const [grpcAddress, webAddress, caFile] = process.argv.slice(2);
const say = (what, seen) => console.log(JSON.stringify({ what, ...seen }));
const ca = readFileSync(caFile);

const { MenuService } = fromFiles();
const trusting = new MenuService(grpcAddress, grpc.credentials.createSsl(ca));
say('grpc', { items: (await call(trusting, 'ListMenus', {})).items.length });
trusting.close();
const distrusting = new MenuService(grpcAddress, grpc.credentials.createSsl());
say('distrust', await call(distrusting, 'ListMenus', {}).then(() => ({}), ({ code }) => ({ code: grpc.status[code] })));
distrusting.close();

const [answer] = await once(https.get(`https://${webAddress}/healthz`, { ca }), 'response');
say('https', { status: answer.statusCode, protocol: answer.socket.getProtocol() });
answer.resume();

const screen = new WebSocket(`wss://${webAddress}/ws`, { ca });
const [hello] = await once(screen, 'message');
say('wss', { event: JSON.parse(hello).event });
screen.close();

for (const transport of ['polling', 'websocket']) {
  const socket = io(`https://${webAddress}`, { ca, transports: [transport], forceNew: true });
  await once(socket, 'connect');
  socket.emit('join_kitchen', { roomType: 'kitchen' });
  const [{ roomType }] = await once(socket, 'Join_room_success');
  say('socket.io', { transport, roomType });
  socket.disconnect();
}
// Connections that are kept alive for a next request would keep the process alive.
https.globalAgent.destroy();
