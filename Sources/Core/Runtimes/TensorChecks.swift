import Tensors

/// Checks on the shapes of inputs and outputs.
extension Tensor {
    /// Returns the number of rows of `width` values, for models that read the rows through a pointer.
    func rowCount(ofWidth width: Int) throws(RuntimeError) -> Int {
        guard shape.count == 2, shape[1] == width else {
            throw .runFailed(reason: "it expects rows of \(width) values, but the input has shape \(shape)")
        }
        return shape[0]
    }
}

extension TensorStorage {
    /// The maximum bytes that an output may have.
    private static let mostBytes = 1 << 31

    /// Allocates memory for FP32 values of `shape`.
    convenience init(floats shape: [Int]) throws(RuntimeError) {
        guard let byteCount = Tensor.byteCount(of: .fp32, shape: shape), byteCount <= Self.mostBytes else {
            throw .runFailed(
                reason: "its output would have shape \(shape), which is too large; send fewer rows at once"
            )
        }
        self.init(byteCount: byteCount)
    }
}

extension RuntimeError {
    /// The error for a library that returns a shape that does not match its data.
    static func impossible(_ shape: [Int]) -> RuntimeError {
        .runFailed(reason: "an output has shape \(shape), which does not match its data")
    }
}
