/* The peer `ws`, on Node.
 *
 * usage: node by_ws.cjs PORT
 *
 * Each state is framed once and kept in one piece, since `socket.send()` would frame it anew for every phone. `ws` offers
 * the framing; sending what is framed is not in its documentation, and is how Socket.IO broadcasts over it.
 */
const { createServer } = require('node:http')
const { Sender, WebSocketServer } = require('ws')

const TEXT = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true }
let newest = []

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    publish(Buffer.concat(chunks))
    response.writeHead(204).end()
  })
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false, skipUTF8Validation: true })

sockets.on('connection', (socket) => socket._sender.sendFrame(newest))

function publish(state) {
  newest = [Buffer.concat(Sender.frame(state, TEXT))]
  for (const socket of sockets.clients) {
    if (socket.readyState === socket.OPEN) socket._sender.sendFrame(newest)
  }
}

server.listen(Number(process.argv[2]), '127.0.0.1')
