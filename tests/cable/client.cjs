// The official client against a server: node client.cjs <ws url> <identifiers as JSON>.
// What it is told comes out as lines of JSON; a line that comes in is an action to perform: {"name": ..., "action": ...}.
const readline = require("node:readline");

// What the client expects of a browser.
globalThis.addEventListener = () => {};
globalThis.removeEventListener = () => {};
globalThis.document = { visibilityState: "visible" };

const ActionCable = require("@rails/actioncable");
ActionCable.adapters.WebSocket = require("ws");

const [url, identifiers] = process.argv.slice(2);
const tell = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const subscriptions = {};

for (const [name, identifier] of Object.entries(JSON.parse(identifiers))) {
  const consumer = ActionCable.createConsumer(url);
  subscriptions[name] = consumer.subscriptions.create(identifier, {
    connected: ({ reconnected }) => tell({ name, state: "connected", reconnected }),
    disconnected: ({ willAttemptReconnect }) => tell({ name, state: "disconnected", willAttemptReconnect }),
    rejected: () => tell({ name, state: "rejected" }),
    received: (frame) => tell({ name, ...frame }),
  });
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { name, action } = JSON.parse(line);
  subscriptions[name].perform(action);
}).on("close", () => process.exit(0));
