// A client in JavaScript, against the port in the first argument.

import { decode, encode } from "@msgpack/msgpack";
import { Request, Subscriber } from "zeromq";

const remote = new Request({ receiveTimeout: 1000, linger: 0 });
remote.connect(`tcp://127.0.0.1:${process.argv[2]}`);

async function ask(...frames) {
  await remote.send(frames);
  const [reply] = await remote.receive();
  return reply.toString();
}

const notify = (fields) => ask(`notify.${fields.subject}`, encode(fields));

const bus = new Subscriber({ receiveTimeout: 10000, linger: 0 });
bus.connect(`tcp://127.0.0.1:${await ask("SUB_PORT")}`);
bus.subscribe("pupil.", "notify.plugin.", "picture");

async function next(prefix) {
  for (;;) {
    const [topic, payload, ...raw] = await bus.receive();
    if (topic.toString().startsWith(prefix)) {
      return { topic: topic.toString(), fields: decode(payload), raw };
    }
  }
}

const datum = await next("pupil.");
const replies = [
  await ask("v"),
  await ask("T soon"),
  await ask("hello"),
  await ask("picture", encode({ width: 1, ratio: 0.5 }), Buffer.from([1, 2, 3])),
  await notify({ subject: "start_plugin", name: "Annotation_Capture" }),
];
const started = await next("notify.plugin.");
bus.unsubscribe("pupil.");
bus.close();
remote.close();

console.log(
  JSON.stringify({
    replies,
    datum: { topic: datum.topic, id: datum.fields.id, norm_pos: datum.fields.norm_pos },
    started: { topic: started.topic, name: started.fields.name },
  }),
);
