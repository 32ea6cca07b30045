// Answers in Node.js, one line a question. Arguments: the module, and a folder for a copy of it.
import fs from "node:fs";
import readline from "node:readline";
import { answering } from "./answering.mjs";

const copy = `${process.argv[3]}/walker.mjs`; // a name that Node.js takes for a module
fs.copyFileSync(process.argv[2], copy);
const said = answering(await import(copy));

for await (const line of readline.createInterface({ input: process.stdin })) process.stdout.write(`${said(line)}\n`);
