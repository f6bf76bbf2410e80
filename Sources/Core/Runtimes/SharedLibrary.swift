import Foundation

/// A native library loaded with `dlopen`. It is never closed: the runtimes keep threads and registries in it.
struct SharedLibrary {
    let runtime: String
    let path: String
    private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    init(runtime: String, path: String) throws(RuntimeError) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
            throw .libraryUnusable(runtime: runtime, path: path, reason: reason)
        }
        self.runtime = runtime
        self.path = path
        self.handle = handle
    }

    /// Returns the function named `symbol` as the C function type `Function`.
    func function<Function>(_ symbol: String, as type: Function.Type) throws(RuntimeError) -> Function {
        guard let address = dlsym(handle, symbol) else {
            throw .symbolMissing(runtime: runtime, path: path, symbol: symbol)
        }
        // An optional C function type is a nullable pointer, so its wrapped type is never larger than one.
        return unsafeBitCast(address, to: type)
    }
}
