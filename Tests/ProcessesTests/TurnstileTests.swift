import Processes
import Synchronization
import Testing

@Suite("Turnstile")
struct TurnstileTests {
    @Test("no more tasks than its capacity proceed at once", arguments: [1, 3])
    func capacity(_ capacity: Int) async {
        let turnstile = Turnstile(capacity: capacity)
        let (running, highest) = (Counter(), Counter())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await turnstile.pass {
                        highest.raise(to: running.add(1))
                        for _ in 0..<10 { await Task.yield() }
                        _ = running.add(-1)
                    }
                }
            }
        }
        #expect(running.value == 0)
        #expect((1...capacity).contains(highest.value))
    }

    @Test("an error frees the place")
    func error() async throws {
        struct Failure: Error {}
        let turnstile = Turnstile(capacity: 1)
        await #expect(throws: Failure.self) { try await turnstile.pass { throw Failure() } }
        #expect(await turnstile.pass { 7 } == 7)
    }
}

private final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }
    func add(_ difference: Int) -> Int { number.add(difference, ordering: .relaxed).newValue }
    func raise(to value: Int) { number.max(value, ordering: .relaxed) }
}
