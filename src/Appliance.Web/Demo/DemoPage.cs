namespace Appliance.Web.Demo;

/// <summary>The chat's page: one file without outside parts, for light and dark screens.</summary>
internal static class DemoPage
{
    /// <summary>The page; <c>{server}</c> stands for the server that delivered it.</summary>
    public const string Html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Appliance demo chat</title>
        <style>
          :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
          * { box-sizing: border-box; }
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; height: 100vh; margin: 0 auto; padding: 1.5rem 1rem; display: flex; flex-direction: column; gap: .75rem; }
          h1 { font-size: 1.25rem; margin: 0; }
          p { margin: 0; }
          .quiet { opacity: .75; font-size: .875rem; }
          #state::before { content: "\25CF"; margin-right: .4em; color: #c60; }
          #state.on::before { color: #2a4; }
          #log { flex: 1; overflow: auto; border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; }
          #log p { overflow-wrap: anywhere; }
          #log b { margin-right: .5em; }
          form { display: flex; gap: .5rem; }
          label { display: flex; flex-direction: column; font-size: .875rem; }
          label:nth-child(2) { flex: 1; }
          label:first-child input { width: 8rem; }
          input, button { font: inherit; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; }
          button { align-self: end; background: #2450c8; border-color: #2450c8; color: #fff; cursor: pointer; }
        </style>
        </head>
        <body>
        <h1>Demo chat</h1>
        <p id="state" class="quiet" role="status">connecting</p>
        <p class="quiet">Open this page in a second window. This page came from {server}; the WebSocket may go to the other server, and both share the room.</p>
        <div id="log" role="log" aria-label="Messages" tabindex="0"></div>
        <form>
          <label>Name<input id="name" maxlength="30" autocomplete="off"></label>
          <label>Message<input id="text" maxlength="500" autocomplete="off" autofocus></label>
          <button>Send</button>
        </form>
        <script>
          const at = id => document.getElementById(id), log = at('log');
          at('name').value = 'guest-' + Math.floor(Math.random() * 900 + 100);
          let socket, wait = 500;
          function connect() {
            socket = new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/chat/');
            socket.onopen = () => { wait = 500; at('state').textContent = 'connected through the proxy'; at('state').className = 'quiet on'; };
            socket.onclose = event => {
              at('state').textContent = 'closed (' + event.code + '), connecting again'; at('state').className = 'quiet';
              setTimeout(connect, wait); wait = Math.min(wait * 2, 8000);
            };
            socket.onmessage = event => {
              let said; try { said = JSON.parse(event.data); } catch { said = { name: '', text: event.data }; }
              const line = document.createElement('p'), name = document.createElement('b');
              name.textContent = said.name; line.append(name, said.text); log.append(line); log.scrollTop = log.scrollHeight;
            };
          }
          document.forms[0].onsubmit = event => {
            event.preventDefault();
            if (!at('text').value || socket.readyState !== 1) return;
            socket.send(JSON.stringify({ name: at('name').value, text: at('text').value })); at('text').value = '';
          };
          connect();
        </script>
        </body>
        </html>
        """;
}
