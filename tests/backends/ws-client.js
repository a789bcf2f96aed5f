// A client by the ws package: node ws-client.js URL. Prints "open", "message TEXT" and "close CODE REASON"; sends every line of its input.
const WebSocket = require('ws');
const socket = new WebSocket(process.argv[2]);
socket.on('open', () => {
  console.log('open');
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => socket.send(line));
});
socket.on('message', (data) => console.log(`message ${data}`));
socket.on('error', (error) => console.log(`error ${error.message}`));
socket.on('close', (code, reason) => {
  console.log(`close ${code} ${reason}`.trim());
  process.exit(0);
});
