// node socketio.js <address>
//
// Socket.IO clients on strings: reads one JSON command a line, prints one JSON object a line for
// each thing that a client hears. It judges nothing: the test that pulls the strings does.
//
//   {"do": "connect", "as": "kitchen", "with": {…options of io()}}
//   {"do": "emit", "as": "kitchen", "args": ["join_kitchen", {…}], "callback": true}
//   {"do": "leave", "as": "kitchen"}
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const [address] = process.argv.slice(2);
const sockets = new Map();
const say = (as, what, seen) => console.log(JSON.stringify({ as, what, ...seen }));

function connect(as, options) {
  const { namespace = '/', ...rest } = options ?? {};
  const socket = io(`http://${address}${namespace}`, { forceNew: true, ...rest });
  sockets.set(as, socket);
  const transport = () => socket.io.engine?.transport?.name;
  socket.on('connect', () => {
    say(as, 'connect', { id: socket.id, recovered: socket.recovered, transport: transport() });
    socket.io.engine.once('upgrade', () => say(as, 'upgrade', { transport: transport() }));
  });
  socket.on('disconnect', (reason) => say(as, 'disconnect', { reason }));
  socket.on('connect_error', (error) => say(as, 'connect_error', { message: error.message }));
  socket.onAny((event, ...args) => say(as, 'event', { event, args }));
}

const commands = {
  connect: ({ as, with: options }) => connect(as, options),
  emit({ as, args, callback }) {
    const answer = (...given) => say(as, 'callback', { event: args[0], args: given });
    sockets.get(as).emit(...args, ...(callback ? [answer] : []));
  },
  leave({ as }) {
    sockets.get(as).disconnect();
    sockets.delete(as);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  commands[command.do](command);
}
for (const socket of sockets.values()) socket.disconnect();
