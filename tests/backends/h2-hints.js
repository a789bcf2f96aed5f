// HTTP/2 by Node: node h2-hints.js URL TABLE ROUNDS PARALLEL. Asks for URL in ROUNDS rounds of PARALLEL requests over one connection, whose
// dynamic table has TABLE bytes. Prints a line for each request: the interim statuses with their Link fields, the status, the body's length.
const http2 = require('http2');
const [url, table, rounds, parallel] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const session = http2.connect(url, { rejectUnauthorized: false, settings: { headerTableSize: table } });
session.on('error', (error) => {
  console.log(`session ${error.message}`);
  process.exit(1);
});
const ask = () =>
  new Promise((done) => {
    const said = [];
    let length = 0;
    const stream = session.request({ ':path': '/', 'x-padding': 'p'.repeat(200) });
    stream.on('headers', (head) => said.push(`${head[':status']} ${head.link ?? ''}`.trim()));
    stream.on('response', (head) => said.push(`${head[':status']}`));
    stream.on('data', (piece) => (length += piece.length));
    stream.on('error', (error) => said.push(error.message));
    stream.on('close', () => {
      console.log([...said, length].join(' | '));
      done();
    });
  });
(async () => {
  for (let round = 0; round < rounds; round++) await Promise.all(Array.from({ length: parallel }, ask));
  console.log('over');
  session.close();
})();
