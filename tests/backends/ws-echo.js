// An echo by the ws package: compression, subprotocols, close codes. Prints its port, then "close CODE REASON" for every end.
const { WebSocketServer } = require('ws');
const server = new WebSocketServer({
  host: '127.0.0.1', port: 0, perMessageDeflate: { threshold: 0 },
  handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),
});
server.on('listening', () => console.log(server.address().port));
server.on('connection', (socket) => {
  socket.on('close', (code, reason) => console.log(`close ${code} ${reason}`.trim()));
  socket.on('message', (data, isBinary) => {
    if (!isBinary && data.toString() === 'close me') socket.close(4001, 'as asked');
    else socket.send(data, { binary: isBinary });
  });
});
