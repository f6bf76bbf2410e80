import Tensors

/// What a runtime checks of the shapes that it is given and of those that its library answers.
extension Tensor {
    /// How many rows of `width` values there are, for models that read them by their address.
    func rowCount(ofWidth width: Int) throws(RuntimeError) -> Int {
        guard shape.count == 2, shape[1] == width else {
            throw .runFailed(reason: "it takes rows of \(width) values, but a tensor of shape \(shape) came")
        }
        return shape[0]
    }
}

extension TensorStorage {
    /// The most bytes that an answer's size alone, times its rows, may ask for.
    private static let mostBytes = 1 << 31

    /// Memory for `shape` of FP32.
    convenience init(floats shape: [Int]) throws(RuntimeError) {
        guard let byteCount = Tensor.byteCount(of: .fp32, shape: shape), byteCount <= Self.mostBytes else {
            throw .runFailed(
                reason: "its answer would have shape \(shape), which is too large; send fewer rows at once"
            )
        }
        self.init(byteCount: byteCount)
    }
}

extension RuntimeError {
    /// A library that answers a shape which its own data does not have.
    static func impossible(_ shape: [Int]) -> RuntimeError {
        .runFailed(reason: "an output has shape \(shape), and its data does not fit that")
    }
}
