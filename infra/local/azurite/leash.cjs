// Loaded before Azurite: says which free port it got, and ends it when whoever started it is gone.
"use strict";

const net = require("node:net");

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (...args) {
  // With port 0 Azurite itself only ever reports the 0 that it was asked for.
  this.once("listening", () => process.stdout.write(`listening ${this.address().port}\n`));
  return listen.apply(this, args);
};

// The starter holds the other end of this pipe: the system closes it even when the starter is killed.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
