import AWS
import Definitions

/// The sizes of the parts that an object was uploaded in, for clients that read it part by part.
struct ObjectParts {
    /// The header in which an object keeps the sizes, such as `8388608*12,1024`.
    static let header = "x-roost-parts"

    /// Sizes in bytes, each with the number of consecutive parts that have it.
    private var runs: [(byteCount: Int, count: Int)] = []

    init(byteCounts: some Sequence<Int>) {
        for byteCount in byteCounts {
            if runs.last?.byteCount == byteCount {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((byteCount, 1))
            }
        }
    }

    /// Returns `nil` for an object that was uploaded whole, or if the stored sizes do not match the object's.
    init?(of object: ObjectRecord) {
        guard let text = object.headers[Self.header] else { return nil }
        var rest = object.byteCount
        for run in text.split(separator: ",") {
            let numbers = run.split(separator: "*").map { Int($0) }
            guard (1...2).contains(numbers.count), let byteCount = numbers[0], byteCount >= 0,
                let count = numbers.count > 1 ? numbers[1] : 1, S3Service.partCount.contains(count),
                let sum = byteCount.times(count), sum <= rest
            else { return nil }
            rest -= sum
            runs.append((byteCount, count))
        }
        guard rest == 0, S3Service.partCount.contains(count) else { return nil }
    }

    var text: String {
        runs.map { $0.count == 1 ? "\($0.byteCount)" : "\($0.byteCount)*\($0.count)" }.joined(separator: ",")
    }

    var count: Int { runs.reduce(0) { $0 + $1.count } }

    /// Returns the bytes of a part, or `nil` if the object has no such part.
    ///
    /// - Parameter number: Counted from 1, whatever numbers the parts were uploaded with.
    func range(of number: Int) -> Range<Int>? {
        var start = 0
        var passed = 0
        for run in runs {
            guard number > passed + run.count else {
                guard number > passed else { return nil }
                start += (number - passed - 1) * run.byteCount
                return start..<start + run.byteCount
            }
            passed += run.count
            start += run.count * run.byteCount
        }
        return nil
    }
}
