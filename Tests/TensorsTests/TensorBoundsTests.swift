import Tensors
import Testing

@Suite("Bounds of tensors")
struct TensorBoundsTests {
    @Test(
        "the number of elements of a shape is the product of its lengths",
        arguments: [
            ([], 1), ([3], 3), ([2, 3, 4], 24), ([0], 0), ([3, 0], 0), ([0, 1 << 26], 0), ([0, 1 << 27], nil),
            ([-1], nil),
            ([-1, -1], nil), ([0, -1], nil), ([.max], nil), ([.max, 0], nil), ([1 << 32, 1 << 32], nil),
            ([0, 1 << 40, 1 << 40], nil),
        ] as [([Int], Int?)]
    )
    func counts(shape: [Int], count: Int?) {
        #expect(Tensor.elementCount(of: shape) == count)
    }

    @Test("a shape that does not match its storage is rejected")
    func shapes() {
        let storage = TensorStorage(byteCount: 24)
        #expect(Tensor(checking: [2, 3], of: .fp32, storage: storage)?.elementCount == 6)
        for shape in [[5], [7], [2, 4], [-2, -3], [], [0], [.max, .max]] {
            #expect(Tensor(checking: shape, of: .fp32, storage: storage) == nil, "\(shape)")
        }
        #expect(Tensor(checking: [1 << 62], of: .fp64, storage: storage) == nil)
    }

    @Test("strings must be consecutive and within their storage")
    func texts() {
        for (offsets, isFine) in [
            ([0, 2, 4], true), ([0, 0, 0], true), ([0, 2], false), ([0, 2, 4, 4], false), ([0, 3, 2], false),
            ([0, 2, 5], false), ([-1, 2, 4], false), ([], false),
        ] {
            let storage = TensorStorage(byteCount: 4)
            storage.bytes.initializeMemory(as: UInt8.self, repeating: 0x61)
            storage.offsets = ContiguousArray(offsets)
            #expect((Tensor(checking: [2], of: .bytes, storage: storage) != nil) == isFine, "\(offsets)")
        }
    }

    @Test("reading an element out of range ends the process")
    func elements() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor(.fp32, shape: [2], elements: [1, 2] as [Float]).number(at: 2)
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor(.fp32, shape: [2], elements: [1, 2] as [Float]).number(at: -1)
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor(.fp32, shape: [2], elements: [1, 2] as [Float]).element(at: 0, as: Double.self)
        }
        await #expect(processExitsWith: .failure) { _ = Tensor(shape: [1], strings: [[65]]).string(at: 1) }
        await #expect(processExitsWith: .failure) {
            _ = Tensor(dataType: .fp32, shape: [3], storage: TensorStorage(byteCount: 8))
        }
    }
}
