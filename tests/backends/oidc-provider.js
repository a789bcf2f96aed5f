// A certified OpenID Connect provider that nobody here wrote. Arguments: its port (0: a free one), the console's address, and the address to listen on
// (127.0.0.1; another one for compose.oidc.yaml, where people reach it as localhost). Prints its port.
// Whoever types a name signs in as that name, with the groups below. /control/rollover gives it new keys only.
const { createServer } = require('node:http');
const { generateKeyPairSync, randomUUID } = require('node:crypto');

const groups = { ann: ['admins', 'staff'], olga: ['ops'], tom: ['team-a'], nora: ['staff'] };
const [port, consoleUrl, bind] = [Number(process.argv[2] || 0), process.argv[3], process.argv[4] || '127.0.0.1'];

// What the library has to say goes where a person can read it, and not between the lines that a test waits for.
console.info = console.log = console.warn = (...words) => console.error(...words);

const newKey = () => ({ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomUUID() });

async function main() {
  const { Provider } = await import('oidc-provider');
  let handle;
  const server = createServer((request, response) => {
    if (request.url === '/control/rollover') {
      start();
      response.end('rolled over');
    } else {
      handle(request, response);
    }
  });
  await new Promise((done) => server.listen(port, bind, done));
  const issuer = `http://${bind === '127.0.0.1' ? bind : 'localhost'}:${server.address().port}`;
  const start = () => {
    const provider = new Provider(issuer, {
      clients: [{
        client_id: 'console', client_secret: 'the secret of the console', grant_types: ['authorization_code'], response_types: ['code'],
        redirect_uris: [`${consoleUrl}/signin-oidc`], post_logout_redirect_uris: [`${consoleUrl}/signout-callback-oidc`],
        backchannel_logout_uri: `${consoleUrl.replace('localhost', '127.0.0.1')}/oidc/backchannel-logout`, backchannel_logout_session_required: true,
      }],
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'], groups: ['groups'] },
      scopes: ['openid', 'profile', 'email', 'groups'],
      features: { backchannelLogout: { enabled: true } },
      // It protects itself from calling this very machine, which is where the console of a test is.
      fetch: (url, { dispatcher, ...options }) => fetch(url, options),
      cookies: { keys: ['for tests only'] },
      jwks: { keys: [newKey()] },
      findAccount: (_, id) => ({
        accountId: id,
        claims: () => ({ sub: id, name: id, preferred_username: id, email: `${id}@example.com`, email_verified: true, groups: groups[id] ?? [] }),
      }),
    });
    handle = provider.callback();
  };
  start();
  process.stdout.write(`${server.address().port}\n`);
}

main();
