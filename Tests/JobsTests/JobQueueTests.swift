import Jobs
import Testing

@Suite("The job queue")
struct JobQueueTests {
    @Test("gives a freed place to the one who has waited longest")
    func turns() async {
        let queue = JobQueue(concurrency: 1)
        #expect(await queue.enter(RunningJob()))
        async let second = queue.enter(RunningJob())
        queue.leave()
        #expect(await second)
        queue.leave()
        #expect(await queue.enter(RunningJob()))
    }

    @Test("lets a job go that is stopped while it waits")
    func stopped() async {
        let queue = JobQueue(concurrency: 1)
        #expect(await queue.enter(RunningJob()))
        let job = RunningJob()
        async let place = queue.enter(job)
        job.end(.stopped)
        #expect(await place == false)
        queue.leave()
        #expect(await queue.enter(RunningJob()))
    }

    @Test("keeps the first reason why a job ends, unless the server ends")
    func reasons() {
        let job = RunningJob()
        job.end(.timedOut)
        job.end(.stopped)
        #expect(job.end == .timedOut)
        job.end(.serverEnds)
        #expect(job.end == .serverEnds)
    }
}
