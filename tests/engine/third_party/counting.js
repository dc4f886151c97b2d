// Node's http server, answering in every way that it knows, and counting. GET /counts gives what it has seen.
const http = require("node:http");
const zlib = require("node:zlib");

const counts = { connections: 0, requests: {} };
const text = "a line of some length\n".repeat(1000);

const answers = {
  "/length": (_, response) => response.setHeader("Content-Length", 5).end("hello"),
  "/chunked": (_, response) => {
    response.writeHead(200, { Trailer: "X-Sum" });
    for (const part of ["one", "two", "three"]) response.write(part);
    response.addTrailers({ "X-Sum": "3" });
    response.end();
  },
  "/slowly": (_, response) => {
    response.write("one");
    setImmediate(() => response.end("two"));
  },
  "/gzip": (_, response) => {
    response.writeHead(200, { "Content-Encoding": "gzip" });
    response.end(zlib.gzipSync(text));
  },
  "/hints": (_, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("hello");
  },
  "/nothing": (_, response) => response.writeHead(204).end(),
  "/unchanged": (_, response) => response.writeHead(304, { ETag: '"1"' }).end(),
  "/last": (_, response) => response.writeHead(200, { Connection: "close" }).end("bye"),
  "/old": (_, response) => {
    response.socket.end("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  },
  "/refuses": (_, response) => response.writeHead(413, { Connection: "close" }).end("too large"),
};

const server = http.createServer((request, response) => {
  if (request.url === "/counts") {
    response.end(JSON.stringify(counts));
    return;
  }
  counts.requests[request.url] = (counts.requests[request.url] ?? 0) + 1;
  answers[request.url](request, response);
});
server.maxRequestsPerSocket = 11;
server.on("connection", () => counts.connections++);
server.listen(Number(process.argv[2]), "127.0.0.1");
