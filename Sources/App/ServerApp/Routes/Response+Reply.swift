import HTTPTypes
import Hummingbird
import NIOCore
import NativeAPI

extension Response {
    init(_ reply: Reply, _ context: RoutedContext) async throws {
        let body: ResponseBody =
            switch reply.body {
            case .bytes(let bytes): ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            case .file(let path): try await FileIO().loadFile(path: path, context: context)
            case .stream(let pieces, let byteCount):
                ResponseBody(contentLength: byteCount) { writer in
                    for try await piece in pieces { try await writer.write(ByteBuffer(bytes: piece)) }
                    try await writer.finish(nil)
                }
            }
        self.init(
            status: .init(code: reply.status.rawValue),
            headers: [.contentType: reply.contentType],
            body: body
        )
    }

    init(json body: [UInt8], status: HTTPResponse.Status) {
        self.init(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
